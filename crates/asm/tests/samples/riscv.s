# Every kind of operand, pseudo-instruction and directive of RISC-V.
	.attribute arch, "rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0"
	.attribute stack_align, 16
	.attribute unaligned_access, 1
	.text
	.globl start
	.type start, @function
start:
	# constants
	li a0, 0
	li a0, 31
	li a0, 32
	li a0, -32
	li a0, -33
	li a0, 2047
	li a0, 2048
	li a0, -2048
	li a0, -2049
	li a0, 0x1000
	li a0, 0x1f000
	li a0, 0x20000
	li a0, -0x20000
	li a0, 0x7ffff000
	li a0, 0x7fffffff
	li a0, 0x80000000
	li a0, 0xffffffff
	li a0, -0x80000000
	li a0, -0x80000001
	li a0, 0x123456789abcdef0
	li a0, 0x8000000000000000
	li a0, 0xffffffffffffffff
	li a0, 0x100000000
	li a0, 0x1000000000000
	li a0, 0xdeadbeefcafebabe
	li sp, 0x1000
	li ra, 0x7fff
	li zero, 5
	li t0, 0x0123456700000000
	li x5, (1<<40)-1
	li a0, 'a'
	# moves and arithmetic aliases
	mv a0, a1
	mv a0, zero
	mv zero, a1
	move a0, fp
	not a0, a1
	neg a0, a1
	negw a0, a1
	sext.w a0, a1
	sext.w a0, a0
	sext.b a0, a1
	sext.h a0, a1
	zext.b a0, a1
	zext.h a0, a1
	zext.w a0, a1
	seqz a0, a1
	snez a0, a1
	sltz a0, a1
	sgtz a0, a1
	sgt a0, a1, a2
	sgtu a0, a1, a2
	add a0, a0, 4
	add a0, a1, 2000
	addw a0, a0, 4
	and a0, a0, 7
	or a0, a0, 7
	xor a0, a0, -1
	slt a0, a1, 5
	sltu a0, a1, 5
	sll a0, a0, 5
	srl a0, a0, 5
	sra a0, a0, 5
	sllw a0, a0, 5
	addi sp, sp, -64
	addi sp, sp, 64
	addi a0, sp, 64
	addi a0, sp, 0
	lui a0, 0x12345
	lui a0, 0xfffff
	lui a0, 1
	auipc a0, 0x12345
	auipc a0, 0
	# addresses
	la a0, external
	la a0, local
	lla a0, local+4
	la.tls.ie a0, tls
	la.tls.gd a0, tls
	la a0, 0x12345
	.option pic
	la a0, external
	lla a0, external
	.option nopic
	lb a0, local
	lbu a0, local
	lh a0, local
	lhu a0, local+2
	lw a0, local
	lwu a0, local
	ld a0, external
	sb a0, local, t0
	sh a0, local, t0
	sw a0, local, t0
	sd a0, local, t0
	flw fa0, local, t0
	fld fa0, local, t0
	fsw fa0, local, t0
	fsd fa0, local, t0
	lui a0, %hi(external)
	addi a0, a0, %lo(external)
	lw a1, %lo(external+8)(a0)
	sw a1, %lo(external+8)(a0)
	fld fa1, %lo(external)(a0)
	lui a0, %hi(0x12345fff)
	addi a0, a0, %lo(0x12345fff)
1:	auipc a0, %pcrel_hi(external)
	addi a0, a0, %pcrel_lo(1b)
	sd a0, %pcrel_lo(1b)(a0)
2:	auipc a1, %got_pcrel_hi(external)
	ld a1, %pcrel_lo(2b)(a1)
3:	auipc a1, %tls_ie_pcrel_hi(tls)
	ld a1, %pcrel_lo(3b)(a1)
4:	auipc a1, %tls_gd_pcrel_hi(tls)
	addi a1, a1, %pcrel_lo(4b)
	lui a0, %tprel_hi(tls)
	add a0, a0, tp, %tprel_add(tls)
	lw a0, %tprel_lo(tls)(a0)
	sw a0, %tprel_lo(tls+4)(a0)
	# jumps
	call external
	call external@plt
	call t0, external
	tail external
	jump external, t1
	j start
	j external
	j .+8
	nop
	jal start
	jal t0, start
	jr a0
	jr 8(a0)
	jr a0, 8
	jalr a0
	jalr 8(a0)
	jalr a0, a1
	jalr a0, 8(a1)
	jalr a0, a1, 8
	ret
	beqz a0, start
	bnez a0, start
	beqz t0, start
	blez a0, start
	bgez a0, start
	bltz a0, start
	bgtz a0, start
	beq a0, a1, 1f
	bne a0, a1, 1f
	blt a0, a1, 1f
	bge a0, a1, 1f
	bltu a0, a1, 1f
	bgeu a0, a1, 1f
	bgt a0, a1, 1f
	ble a0, a1, 1f
	bgtu a0, a1, 1f
	bleu a0, a1, 1f
	beq a0, zero, 1f
	bne zero, a0, 1f
	beq a0, a1, external
	beqz a0, external
	.zero 300
	beqz a0, 1f
1:	beqz a0, 1b
	.zero 5000
	beqz a0, 1b
	bnez s0, 1b
	blt a0, a1, 1b
	j 1b
	# memory
	lw a0, (a1)
	lw a0, 4(a1)
	lw a0, 4(sp)
	lw a0, 124(a1)
	lw a0, 128(a1)
	sd ra, 504(sp)
	sd ra, 512(sp)
	fld fa0, 8(sp)
	fsd fs0, 8(a0)
	ld a0, -8(a0)
	lr.w a0, (a1)
	lr.d.aq a0, 0(a1)
	sc.w.rl a0, a2, (a1)
	amoadd.w a0, a2, (a1)
	amoswap.d.aqrl a0, a2, (a1)
	amomaxu.d a0, a2, (a1)
	# floats
	fadd.s fa0, fa1, fa2
	fadd.d fa0, fa1, fa2, rtz
	fmadd.d fa0, fa1, fa2, fa3
	fmadd.s fa0, fa1, fa2, fa3, rup
	fmv.s fa0, fa1
	fabs.d fa0, fa1
	fneg.d fa0, fa1
	fmv.x.w a0, fa0
	fmv.x.s a0, fa0
	fmv.d.x fa0, a0
	fcvt.w.d a0, fa0
	fcvt.w.d a0, fa0, rtz
	fcvt.d.w fa0, a0
	fcvt.s.l fa0, a0
	fcvt.s.d fa0, fa1
	fcvt.d.s fa0, fa1
	feq.d a0, fa0, fa1
	fgt.s a0, fa0, fa1
	fge.d a0, fa0, fa1
	fclass.d a0, fa0
	fsqrt.d fa0, fa1
	# system
	fence
	fence rw, w
	fence iorw, iorw
	fence.i
	fence.tso
	ecall
	ebreak
	rdcycle a0
	rdtime a0
	rdinstret a0
	csrr a0, fcsr
	csrw fcsr, a0
	csrwi frm, 3
	csrs mstatus, a0
	csrrw a0, 0x300, a1
	csrrsi a0, cycle, 3
	csrw fflags, 5
	frcsr a0
	fscsr a0
	fscsr a0, a1
	frrm a0
	fsrm a0, a1
	fsflagsi 3
	unimp
	# explicit compressed
	c.nop
	c.addi a0, 1
	c.li a0, 5
	c.lui a0, 5
	c.mv a0, a1
	c.add a0, a1
	c.sub a0, a1
	c.andi a0, 3
	c.slli a0, 3
	c.srli a0, 3
	c.lw a0, 4(a1)
	c.sdsp a0, 8(sp)
	c.addi16sp sp, 16
	c.addi4spn a0, sp, 16
	c.jr a0
	c.jalr a0
	c.ebreak
	c.j start
	c.beqz a0, 5f
5:
	.option push
	.option norvc
	add a0, a0, a1
	nop
	ret
	.option pop
	add a0, a0, a1
	.option push
	.option norelax
	call external
	la a0, external
	lui a0, %hi(external)
	.option pop
	.p2align 4
	.balign 8
	.insn r 0x33, 0, 0, a0, a1, a2
	.insn i 0x13, 0, a0, a1, 13
	.insn i LOAD, 2, a0, 4(a1)
	.insn s 0x23, 2, a0, 4(a1)
	.insn u 0x37, a0, 0x1000
	.insn r4 MADD, 0, 0, a0, a1, a2, a3
	.insn 0x00000013
	.insn 4, 0x13
	.insn 2, 1
	.insn sb BRANCH, 0, a0, a1, start
	.insn b 0x63, 1, a0, a1, start
	.insn uj JAL, a0, start
	.size start, .-start
	.data
	.align 3
local:
	.byte 1
	.half 2
	.word 3
	.dword 4
	.2byte 5
	.4byte 6
	.8byte 7
	.float 1.5
	.double 2.5
	.dword external
	.dword external+8
	.word external-.
	.word start-local
	.dword local-start
	.word 1b-start
	.half 1b-start
	.byte 1b-start
	.word local-.
	.string "hello"
	.uleb128 300
	.sleb128 -5
	.section .tdata,"awT",@progbits
tls:	.word 1
	.word 2
	.section .debug_x,"",@progbits
	.dtprelword tls
	.section .rodata
	.word 1b-start
	.align 4
	.word .
	.section .init_array,"aw"
	.dword start
