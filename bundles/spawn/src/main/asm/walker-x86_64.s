# The walker, x86-64. rbx: the current step, as StepLayout has it: u32 number @0, u8 kind @4, u8 loaded @5, u16 index @6,
# u64 args[6] @8, s64 result @56, u64 success @64, u64 otherwise @72, u16 tolerated[4] @80.
    .globl _start
_start:
    mov     $0x411000, %ebx
step:
    movzbl  5(%rbx), %ebp           # bit n: argument n is the address of the value
    mov     8(%rbx), %rdi
    shr     %ebp
    jnc     1f
    mov     (%rdi), %rdi
1:  mov     16(%rbx), %rsi
    shr     %ebp
    jnc     1f
    mov     (%rsi), %rsi
1:  mov     24(%rbx), %rdx
    shr     %ebp
    jnc     1f
    mov     (%rdx), %rdx
1:  mov     32(%rbx), %r10
    shr     %ebp
    jnc     1f
    mov     (%r10), %r10
1:  mov     40(%rbx), %r8
    shr     %ebp
    jnc     1f
    mov     (%r8), %r8
1:  mov     48(%rbx), %r9
    shr     %ebp
    jnc     1f
    mov     (%r9), %r9
1:  xor     %r12d, %r12d            # detail of a failure
    movzbl  4(%rbx), %ecx
    mov     (%rbx), %eax
    dec     %ecx
    js      call
    jz      repeat
    dec     %ecx
    jz      clone
    dec     %ecx
    jz      gate
    dec     %ecx
    jz      store
    dec     %ecx
    jz      check
    dec     %ecx
    jnz     again
                                    # EXEC: r13 the candidates, r14d the errno to tell, r15d whose it is
    mov     %rdi, %r13
    mov     $2, %r14d               # ENOENT
    xor     %r15d, %r15d
candidate:
    mov     (%r13,%r12,8), %rdi
    test    %rdi, %rdi
    jz      exhausted
    mov     (%rbx), %eax
    syscall
    neg     %eax
    mov     %eax, %ebp
    cmp     $2, %eax                # ENOENT
    je      nextone
    cmp     $20, %eax               # ENOTDIR
    je      nextone
    mov     %r12d, %r15d
    mov     %eax, %r14d
    cmp     $13, %eax               # EACCES: remembered, as execvp does
    jne     unexecutable
nextone:
    inc     %r12d
    jmp     candidate
exhausted:
    cmp     $1, %r12d               # the only candidate: its own errno
    cmove   %ebp, %r14d
unexecutable:
    mov     %r14d, %eax
    mov     %r15d, %r12d
    neg     %rax
    jmp     result
store:
    mov     %esi, (%rdi)
    xor     %eax, %eax
    jmp     result
check:
    xor     %eax, %eax
    and     %rsi, %rdi
    cmp     %rdx, %rdi
    je      result
    sub     %r10, %rax
    jmp     result
gate:
    syscall
    cmp     $-4, %rax               # EINTR
    je      step
    test    %rax, %rax
    jnz     result
    mov     $-125, %rax             # end of file: ECANCELED
    jmp     result
again:
    mov     $128, %r13d             # as often as bundles/linux, Fs.openat2
1:  mov     (%rbx), %eax
    syscall
    cmp     $-11, %rax              # EAGAIN
    jne     result
    dec     %r13d
    jnz     1b
    jmp     result
clone:
    syscall
    test    %rax, %rax
    jnz     result
    mov     72(%rbx), %rbx          # the child
    jmp     step
repeat:
    syscall
    test    %rax, %rax
    jns     1f
    call    tolerated
    jne     fail
1:  inc     %rdi
    mov     (%rbx), %eax
    cmp     48(%rbx), %rdi
    jbe     repeat
    xor     %eax, %eax
    jmp     result
call:
    syscall
result:
    mov     %rax, 56(%rbx)
    cmp     $-4095, %rax
    jae     1f
    mov     64(%rbx), %rbx
    jmp     step
1:  call    tolerated
    jne     fail
    mov     72(%rbx), %rbx
    jmp     step
tolerated:                          # equal when -rax is one of the four
    mov     %eax, %ecx
    neg     %ecx
    cmp     %cx, 80(%rbx)
    je      1f
    cmp     %cx, 82(%rbx)
    je      1f
    cmp     %cx, 84(%rbx)
    je      1f
    cmp     %cx, 86(%rbx)
1:  ret
fail:
    neg     %eax
    sub     $16, %rsp               # a StatusRecord
    movl    $2, (%rsp)
    movzwl  6(%rbx), %ecx
    mov     %ecx, 4(%rsp)
    mov     %eax, 8(%rsp)
    mov     %r12d, 12(%rsp)
    mov     status(%rip), %edi
    mov     %rsp, %rsi
    mov     $16, %edx
    mov     $1, %eax                # write
    syscall
    mov     $125, %edi
    mov     $231, %eax              # exit_group
    syscall
    hlt
status:                             # the status descriptor, which whoever makes the image puts here
    .long   0x03030303
