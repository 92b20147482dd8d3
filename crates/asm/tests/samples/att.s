	.text
.macro save reg, off=8
	movq %\reg, \off(%rsp)
.endm
.macro sum from=0, to=5
	.long \from
	.if \to-\from
	sum "(\from+1)",\to
	.endif
.endm
.macro many first, rest:vararg
	.byte \first
	.ifnb \rest
	many \rest
	.endif
.endm
.macro lab
1:	jmp 1b
.Lx\@:	jmp .Lx\@
.endm
	save rax
	save rbx, 16
	save off=24, reg=rcx
	sum 0,3
	many 1,2,3,4
	lab
	lab
	.rept 3
	nop
	.endr
	.irp r,rax,rbx,r12
	push %\r
	.endr
	.irpc c,abc
	.ascii "\c"
	.endr
	.set X, 5
	.rept 4
	.byte X
	.set X, X+1
	.endr
	Y = 300
	movl $Y, %eax
	addl $X, %ebx
	.if X == 9
	.byte 0x11
	.elseif X == 10
	.byte 0x22
	.else
	.byte 0x33
	.endif
	.ifdef foo
	.byte 1
	.endif
	.ifndef foo
	.byte 2
	.endif
	.ifc a, a
	.byte 3
	.endif
	.ifeqs "a","b"
	.byte 4
	.endif
1:	jmp 1f
2:	jmp 1b
	jne 2b
1:	nop
	.altmacro
.macro am x, y
	LOCAL l1
l1:	.long x, y
	jmp l1
.endm
	am 1, %(2+3)
	.noaltmacro
	.purgem save
	.byte 1+2*3, (1+2)*3, -1, ~0, 1<<4, 0x10|3, 7&3, 5^1, !0, 10%3, 5==5, 5!=5, 5>4, 1&&1, 0||1
	.byte 'a', 'b, '\n
	.short 0x1234, 010, 0b101
	.octa 0x123456789abcdef0112233445566
	.quad 1f - 1b, foo, foo+4, foo - .
1:
	.ascii "a\tb\n\101\x41\"" "def"
	.asciz "x", "y"
	.string16 "ab"
	.float 1.5, -0.25e3
	.double 3.14159265358979
	.uleb128 300, 1b-2b
	.sleb128 -300
	.fill 3, 2, 0x1234
	.fill 2
	.skip 4, 0xaa
	.zero 3
	.space 2
	.p2align 4,,10
	.balign 8
	.p2align 3, 0x90
	.org . + 5
	.comm c1,10,8
	.lcomm lc1,16
	.local lc2
	.comm lc2,4,4
	.section .foo,"aw",@progbits
	.long 1
	.pushsection .bar,"a"
	.long 2
	.popsection
	.long 3
	.previous
	nop
	.subsection 1
	.byte 0xcc
	.subsection 0
	.byte 0xdd
	.section .mstr,"aMS",@progbits,1
	.string "abc"
	.section .grp,"axG",@progbits,grpsym,comdat
	.weak grpsym
grpsym:	ret
	.text
	.globl main
	.type main, @function
main:
	.cfi_startproc
	push %rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	mov %rsp, %rbp
	.cfi_def_cfa_register rbp
	lock; incl (%rax)
	lock incw (%rax)
	lock addl $1, %fs:4(%rax)
	rep movsb
	rep; stosq
	repz cmpsb
	repne scasb %es:(%rdi), %al
	movsl %ds:(%rsi), %es:(%rdi)
	notrack jmp *%rax
	bnd ret
	data16 leaq x@tlsgd(%rip), %rdi
	.byte 0x66
	rex64 call __tls_get_addr@PLT
	movq foo@GOTPCREL(%rip), %rax
	movl foo@GOTPCREL(%rip), %eax
	call *foo@GOTPCREL(%rip)
	jmp *foo@GOTPCREL(%rip)
	addq foo@GOTPCREL(%rip), %r9
	movq %fs:0, %rax
	movq foo@TPOFF, %rax
	leaq foo@TPOFF(%rax), %rcx
	addq foo@GOTTPOFF(%rip), %rax
	movabsq $foo, %rax
	movabs $0x1122334455667788, %rcx
	movabs 0x1122334455667788, %al
	mov $foo, %eax
	mov $foo, %rax
	movq $-1, %rax
	movq $0x80000000, %rax
	pushq $foo
	push $5
	push $500
	cmpltss %xmm1, %xmm2
	cmpneqpd (%rax), %xmm3
	vcmpnge_uqps %ymm1, %ymm2, %ymm3
	imul $3, %eax
	imulq $300, (%rax), %rcx
	xchg %eax, %ecx
	xchg %rcx, %rax
	xchg %ecx, (%rax)
	test %eax, (%rcx)
	shll %eax
	shl %cl, %ecx
	shldl %cl, %eax, %ebx
	shldl %eax, %ebx
	fadd %st(2), %st
	fadd %st, %st(3)
	faddp
	fsubp
	fsubrp %st, %st(1)
	fxch
	fcomi %st(2)
	fldt (%rax)
	fildll 8(%rsp)
	fnstsw
	in (%dx), %al
	inb $5, %al
	out %eax, %dx
	movzx %al, %ecx
	movsx %ax, %rdx
	movslq %eax, %rbx
	movzb %cl, %ebx
	cvtsi2sd %eax, %xmm1
	cvtsi2sdq (%rax), %xmm1
	cvttsd2si %xmm0, %rax
	movd %xmm0, %rax
	movq %xmm0, %rax
	movq (%rax), %xmm9
	int $0x80
	int $3
	nopw 0x0(%rax,%rax,1)
	nopw %cs:0x0(%rax,%rax,1)
	jmp *%rcx
	jmp *(%rax,%rbx,8)
	call *16(%rax)
	jrcxz 1f
	loop 1f
1:	ret $8
	repz ret
	leaveq
	retq
	{disp32} movl (%rax), %ebx
	{disp8} movl (%rax), %ebx
	{vex3} vaddps %xmm1,%xmm2,%xmm3
	{store} movl %eax, %ebx
	{load} movl %eax, %ebx
	cs movl (%rax), %eax
	movb $0xff, %al
	addw $0xffff, %ax
	addl $0xffffffff, %eax
	movl $-2147483648, %ecx
	addq $-129, %rax
	andq $0xffffffffffffff00, %rsp
	movl %eax, foo(,%rcx,4)
	movl %eax, (,%rcx,1)
	mov %fs, %ax
	mov %eax, %ds
	mov %cr0, %rax
	mov %rax, %db7
	sysretq
	lretq
	iretq
	enter $16, $0
	ljmp *(%rax)
	xlat
	.cfi_endproc
	.size main, .-main
	.set alias, main
	.globl alias
	.weakref wr, target
	call wr
	.symver main, main@@VER_1
	.hidden hid
	.long hid
	.ident "hello"
	# comment ; still comment
	/* block
	comment */ nop /* x */ ; nop
	.code32
	pushl %eax
	addl $1, (%eax)
	movl foo, %eax
	.code16
	movw %ax, (%bx,%si)
	movl %eax, 4(%ebx)
	jmp 1f
1:	.code64
	nop
