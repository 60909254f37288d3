# The stub, aarch64: long stub(struct spawn *x0). struct spawn: u64 clone_args @0, u64 size @8, u64 pairs @16 (s32 from, to; -1 ends), u64 image @24,
# u64 argv @32, u64 envp @40, s64 failure @48, u64 empty @56. The child has the parent's stack pointer and must not write to the stack.
    .globl stub
stub:
    mov     x9, x0
    ldp     x0, x1, [x9]
    mov     x8, #435                // clone3
    svc     #0
    cbz     x0, child
    ret
child:
    ldr     x10, [x9, #16]
pair:
    ldp     w0, w1, [x10]
    tbnz    w0, #31, image
    mov     x2, xzr
    mov     x8, #24                 // dup3
    svc     #0
    tbnz    x0, #63, failed
    add     x10, x10, #8
    b       pair
image:
    ldr     x0, [x9, #24]
    ldr     x1, [x9, #56]
    ldp     x2, x3, [x9, #32]
    mov     x4, #0x1000             // AT_EMPTY_PATH
    mov     x8, #281                // execveat
    svc     #0
failed:
    str     x0, [x9, #48]
    mov     x0, #127
    mov     x8, #94                 // exit_group
    svc     #0
    brk     #0
