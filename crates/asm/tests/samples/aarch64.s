// Spellings of AArch64 assembly, and the directives that only this target has.
# A comment at the start of a line.
	.cpu generic
	.arch armv8.2-a+crc+crypto+lse
	.arch_extension crc
	.text
	.align 2
	.global start
	.type start, %function
start:
	.cfi_startproc
	stp	x29, x30, [sp, -32]!	// numbers without #
	.cfi_def_cfa_offset 32
	.cfi_offset 29, -32
	.cfi_offset x30, -24
	mov	x29, sp
	.cfi_def_cfa_register x29
	str	d8, [sp, 16]
	.cfi_offset d8, -16
	.cfi_negate_ra_state
	MOV	X0, #0x1234
	mov	w1, 0xffff0000
	mov	x2, -1
	mov	w3, #-2
	mov	x4, 0x5555555555555555
	mov	sp, x5
	mov	wsp, w5
	mov	x6, xzr
	add	x0, x1, 4095
	add	x0, x1, #1, lsl 12
	add	x0, x1, -16
	sub	sp, sp, #-32
	adds	w0, w1, #0x1000
	cmp	x0, #-5
	cmn	w0, 7
	cmp	x1, w2, uxtw
	cmp	x1, w2, sxtb 2
	add	x0, x1, x2, lsl 3
	add	x0, sp, x2
	add	x0, sp, x2, lsl #3
	add	x0, x1, w2, uxth #1
	sub	w0, wsp, w3, uxtw 2
	neg	x0, x1, asr #4
	negs	w0, w1
	ngc	x0, x1
	mvn	w0, w1, ror #3
	tst	x0, #0xff
	tst	w0, w1, lsl 1
	bic	x0, x1, #0xf0
	and	w0, w1, 0x80000000
	ands	x0, x1, x2, ror 63
	lsl	x0, x1, 4
	lsl	w0, w1, #31
	lsr	x0, x1, x2
	asr	w0, w1, 3
	ror	x0, x1, #13
	ubfx	x0, x1, 3, 5
	sbfiz	w0, w1, #4, #2
	bfi	x0, x1, 60, 4
	bfxil	w0, w1, 8, 8
	bfc	x3, #5, #6
	sxtb	x0, w1
	uxth	w0, w1
	sxtw	x0, w1
	uxtw	x0, w1
	cset	w0, eq
	csetm	x0, lo
	cinc	x0, x1, hs
	cinv	w0, w1, ge
	cneg	x0, x1, mi
	csel	x0, x1, x2, ne
	ccmp	x0, #3, #4, gt
	ccmn	w0, w1, 0, al
	mul	x0, x1, x2
	mneg	w0, w1, w2
	smull	x0, w1, w2
	umnegl	x0, w1, w2
1:	b	1b
	b	2f
	b.eq	1b
	beq	2f
	b.hs	2f
	blo	2f
	cbz	x0, 2f
	tbnz	w0, #5, 1b
	tbz	x0, 40, 2f
2:	bl	other
	b	other + 4
	br	x16
	blr	x17
	ret	x3
	adr	x0, 1b
	adrp	x0, object
	add	x0, x0, :lo12:object
	add	x0, x0, #:lo12:object + 8
	ldr	x1, [x0, #:lo12:object]
	ldr	w1, [x0, :lo12:object]
	ldrb	w1, [x0, #:lo12:object+1]
	str	q0, [x0, #:lo12:object]
	adrp	x0, :got:other
	ldr	x0, [x0, #:got_lo12:other]
	adrp	x0, :gottprel:thread
	ldr	x0, [x0, #:gottprel_lo12:thread]
	add	x0, x1, #:tprel_hi12:thread, lsl #12
	add	x0, x0, #:tprel_lo12_nc:thread
	adrp	x0, :tlsdesc:thread
	ldr	x1, [x0, #:tlsdesc_lo12:thread]
	add	x0, x0, #:tlsdesc_lo12:thread
	.tlsdesccall thread
	blr	x1
	adrp	x0, :tlsgd:thread
	add	x0, x0, #:tlsgd_lo12:thread
	movz	x0, #:abs_g3:object
	movk	x0, #:abs_g2_nc:object
	movk	x0, #:abs_g1_nc:object
	movk	x0, #:abs_g0_nc:object
	movz	x0, #:tprel_g1:thread
	movk	x0, #:tprel_g0_nc:thread
	ldr	x0, =0x123456789abcdef
	ldr	x1, =other
	ldr	w2, =77
	ldr	x3, =other
	ldr	d1, =0x3ff8000000000000
	ldr	x0, literal
	ldrsw	x0, literal
	ldr	q0, literal
	ldr	x0, [x1]
	ldr	x0, [x1, 8]
	ldr	x0, [x1, -8]
	ldr	x0, [x1], 16
	ldr	x0, [x1, 16]!
	ldr	x0, [x1, x2]
	ldr	x0, [x1, x2, lsl 3]
	ldr	w0, [x1, w2, uxtw]
	ldr	w0, [x1, w2, sxtw #2]
	ldr	w0, [x1, x2, sxtx]
	ldrsb	w0, [x1, 3]
	ldrsh	x0, [x1, #6]
	ldrsw	x0, [x1, x2, lsl #2]
	ldur	x0, [x1, #-3]
	ldp	x0, x1, [sp], 32
	ldp	w0, w1, [x2, -8]
	ldp	q0, q1, [x2, 32]!
	ldpsw	x0, x1, [x2]
	stnp	d0, d1, [x2, 16]
	prfm	pldl1keep, [x0, 8]
	prfm	#7, [x0]
	prfm	pstl2strm, literal
	ldxr	x0, [x1]
	stlxr	w0, x1, [x2]
	ldaxp	x0, x1, [x2]
	ldar	w0, [x1, #0]
	casal	x0, x1, [x2]
	caspal	x0, x1, x2, x3, [x4]
	ldaddal	w0, w1, [x2]
	staddl	x0, [x1]
	swpb	w0, w1, [x2]
	mrs	x0, tpidr_el0
	mrs	x0, s3_3_c13_c0_2
	msr	FPCR, x1
	msr	daifset, #2
	dmb	ish
	dmb	#11
	dsb	sy
	isb
	hint	#25
	paciasp
	bti	c
	bti	jc
	nop
	yield
	svc	0
	brk	#1000
	udf	#3
	dc	civac, x0
	dc	zva, x1
	ic	ialluis
	ic	ivau, x2
	at	s1e1r, x3
	tlbi	vmalle1
	tlbi	vae1, x4
	sys	#3, c7, c4, #1, x0
	crc32cx	w0, w1, x2
	clrex
	fmov	d0, 1.0
	fmov	s1, #-0.5
	fmov	d0, 3.1e+1
	fmov	x0, d1
	fmov	d1, xzr
	fmov	v0.d[1], x1
	fmov	v1.4s, #2.0
	fcmp	d0, 0.0
	fcmpe	s0, #0.0
	fcmp	d0, d1
	fcsel	d0, d1, d2, ls
	fccmp	s0, s1, 4, lt
	fmadd	d0, d1, d2, d3
	fcvtzs	x0, d0, #3
	scvtf	d0, w0
	ucvtf	v0.2d, v1.2d
	frintm	d0, d1
	frintz	v0.4s, v1.4s
	add	v0.4s, v1.4s, v2.4s
	ADD	D0, D1, D2
	mov	v0.16b, v1.16b
	mov	v0.s[1], w2
	mov	v0.d[1], v1.d[0]
	mov	x0, v1.d[1]
	mov	w0, v1.s[3]
	mov	d0, v1.d[1]
	mov	s0, v1.s[2]
	dup	v0.8h, w1
	dup	v0.4s, v1.s[3]
	umov	w0, v1.b[15]
	smov	x0, v1.h[2]
	ins	v0.h[7], v1.h[0]
	movi	v0.4s, 0
	movi	v0.4s, 0x12, lsl 8
	movi	v0.8h, #255, lsl #0
	movi	v0.2s, #1, msl #8
	movi	v0.2d, 0xff00ff00ff00ff00
	movi	d0, #0
	movi	v0.16b, 0xe
	mvni	v0.4s, 0x7f, msl 16
	orr	v0.4s, #1, lsl #24
	bic	v0.8h, #3
	shl	v0.4s, v1.4s, 31
	ushr	v0.2d, v1.2d, 64
	sshll2	v0.8h, v1.16b, #3
	uxtl	v0.8h, v1.8b
	sxtl2	v0.2d, v1.4s
	xtn2	v0.16b, v1.8h
	shrn	v0.4h, v1.4s, #5
	mla	v0.4s, v1.4s, v2.s[3]
	fmla	v0.2d, v1.2d, v2.d[1]
	fmul	s0, s1, v2.s[1]
	umull2	v0.4s, v1.8h, v15.h[7]
	pmull	v0.1q, v1.1d, v2.1d
	addv	b0, v1.16b
	uaddlv	h0, v1.8b
	addp	d0, v1.2d
	faddp	s0, v1.2s
	cmeq	v0.16b, v1.16b, #0
	cmgt	d0, d1, 0
	fcmeq	v0.2s, v1.2s, 0.0
	fcmge	d0, d1, #0.0
	ext	v0.16b, v1.16b, v2.16b, 3
	tbl	v0.16b, {v1.16b}, v2.16b
	tbl	v0.8b, {v1.16b, v2.16b, v3.16b}, v4.8b
	tbx	v0.16b, {v30.16b, v31.16b}, v2.16b
	ld1	{v0.16b}, [x0]
	ld1	{v0.4s, v1.4s}, [x0], 32
	ld1	{v0.2d-v3.2d}, [x0], x1
	ld1	{v0.s}[3], [x0]
	ld1	{v0.b}[7], [x0], 1
	ld1r	{v0.8h}, [x0]
	ld2	{v0.8b, v1.8b}, [x0], #16
	ld3	{v31.4s, v0.4s, v1.4s}, [sp]
	ld4	{v0.h, v1.h, v2.h, v3.h}[2], [x0], x5
	st1	{v0.1d}, [x0]
	st2	{v0.16b, v1.16b}, [x2], 32
	st4	{v4.2s - v7.2s}, [x1]
	aese	v0.16b, v1.16b
	sha256h	q0, q1, v2.4s
	sha1h	s0, s1
count	.req	x19
half	.req	w19
	add	count, count, #1
	ldr	half, [COUNT]
	.unreq	count
	.unreq	half
	.inst	0xd503201f, 0x12345678
	.ltorg
literal:
	.xword	object, other - ., 3
	.dword	4
	.word	5, other
	.hword	6
	.2byte	7
	.byte	8, 'a'
	.align	3
	.4byte	literal - start
	.8byte	literal - start
	ret
	.cfi_endproc
	.size	start, .-start
	.data
	.align	4
object:
	.quad	start
	.int	1; .short 2
	.section	.tdata, "awT", %progbits
thread:	.word	1
