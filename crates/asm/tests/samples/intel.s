	.intel_syntax noprefix
	.text
	mov eax, ebx
	mov rax, [rbx]
	mov eax, dword ptr [rbx+rcx*4-8]
	mov byte ptr [rax], 5
	add qword ptr fs:[rax+8], 1
	lea rax, foo[rip]
	lea rax, [rip+foo]
	mov rax, qword ptr foo@GOTPCREL[rip]
	mov eax, offset foo
	mov rax, OFFSET FLAT:foo
	call foo
	call rax
	call qword ptr [rax]
	jmp [rax]
	jmp 1f
1:	ret
	movsx eax, byte ptr [rdx]
	movzx ecx, ax
	movsxd rax, ecx
	push 5
	push rax
	pop qword ptr [rax]
	imul eax, ebx, 5
	imul eax, 7
	shl eax, cl
	shl dword ptr [rax], 3
	fld tbyte ptr [rsp+16]
	fld dword ptr [rax]
	fild qword ptr [rax]
	fadd st(0), st(2)
	fsub st(1), st
	fsubrp st(1), st
	cvtsi2sd xmm0, eax
	cvtsi2sd xmm0, qword ptr [rax]
	cvttsd2si rax, xmm1
	movsd xmm0, qword ptr [rax]
	movq xmm0, rax
	addps xmm0, xmmword ptr [rax]
	vaddpd ymm0, ymm1, ymmword ptr [rax+rdx*8+64]
	rep movsb
	rep stosq
	lock add dword ptr [rax], 1
	cmpxchg16b [rdi]
	cdqe
	cqo
	test al, 1
	xchg rax, [rbx]
	mov ax, ds
	mov rax, fs:0
	mov eax, ds:foo
	mov eax, foo
	mov rax, 0x1122334455667788
	sete al
	cmove eax, ebx
	nop word ptr [rax+rax*1+0]
	int 0x80
	.att_syntax
	movl %eax, %ebx
