# The stub, x86-64: long stub(struct spawn *rdi). struct spawn: u64 clone_args @0, u64 size @8, u64 pairs @16 (s32 from, to; -1 ends), u64 image @24,
# u64 argv @32, u64 envp @40, s64 failure @48, u64 empty @56. The child has the parent's stack pointer and must not write below or above it.
    .globl stub
stub:
    push    %rbx
    mov     %rdi, %rbx
    mov     8(%rbx), %rsi
    mov     (%rbx), %rdi
    mov     $435, %eax              # clone3
    syscall
    test    %rax, %rax
    jz      child
    pop     %rbx
    ret
child:
    mov     16(%rbx), %r8
pair:
    mov     (%r8), %edi
    test    %edi, %edi
    js      image
    mov     4(%r8), %esi
    xor     %edx, %edx
    mov     $292, %eax              # dup3
    syscall
    test    %rax, %rax
    js      failed
    add     $8, %r8
    jmp     pair
image:
    mov     24(%rbx), %rdi
    mov     56(%rbx), %rsi
    mov     32(%rbx), %rdx
    mov     40(%rbx), %r10
    mov     $0x1000, %r8d           # AT_EMPTY_PATH
    mov     $322, %eax              # execveat
    syscall
failed:
    mov     %rax, 48(%rbx)
    mov     $127, %edi
    mov     $231, %eax              # exit_group
    syscall
    hlt
