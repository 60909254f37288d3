# The walker, aarch64. x19: the current step, as StepLayout has it: u32 number @0, u8 kind @4, u8 loaded @5, u16 index @6,
# u64 args[6] @8, s64 result @56, u64 success @64, u64 otherwise @72, u16 tolerated[4] @80.
    .globl _start
_start:
    movz    x19, #0x41, lsl #16
    movk    x19, #0x1000
step:
    ldrb    w20, [x19, #5]          // bit n: argument n is the address of the value
    ldp     x0, x1, [x19, #8]
    ldp     x2, x3, [x19, #24]
    ldp     x4, x5, [x19, #40]
    tbz     w20, #0, 1f
    ldr     x0, [x0]
1:  tbz     w20, #1, 1f
    ldr     x1, [x1]
1:  tbz     w20, #2, 1f
    ldr     x2, [x2]
1:  tbz     w20, #3, 1f
    ldr     x3, [x3]
1:  tbz     w20, #4, 1f
    ldr     x4, [x4]
1:  tbz     w20, #5, 1f
    ldr     x5, [x5]
1:  mov     x21, xzr                // detail of a failure
    ldr     w8, [x19]
    ldrb    w9, [x19, #4]
    cbz     w9, call
    cmp     w9, #2
    b.lt    repeat
    b.eq    clone
    cmp     w9, #4
    b.lt    gate
    b.eq    store
    cmp     w9, #6
    b.lt    check
    b.gt    again
                                    // EXEC: x22 the candidates, w23 the errno to tell, x24 whose it is
    mov     x22, x0
    mov     w23, #2                 // ENOENT
    mov     x24, xzr
candidate:
    ldr     x0, [x22, x21, lsl #3]
    cbz     x0, exhausted
    svc     #0
    neg     w25, w0
    cmp     w25, #2                 // ENOENT
    b.eq    nextone
    cmp     w25, #20                // ENOTDIR
    b.eq    nextone
    mov     x24, x21
    mov     w23, w25
    cmp     w25, #13                // EACCES: remembered, as execvp does
    b.ne    unexecutable
nextone:
    add     x21, x21, #1
    b       candidate
exhausted:
    cmp     x21, #1                 // the only candidate: its own errno
    csel    w23, w25, w23, eq
unexecutable:
    mov     x21, x24
    neg     x0, x23
    b       result
store:
    str     w1, [x0]
    mov     x0, xzr
    b       result
check:
    and     x0, x0, x1
    cmp     x0, x2
    neg     x3, x3
    csel    x0, xzr, x3, eq
    b       result
gate:
    svc     #0
    cmn     x0, #4                  // EINTR
    b.eq    step
    cbnz    x0, result
    mov     x0, #-125               // end of file: ECANCELED
    b       result
again:
    mov     x26, x0
    mov     w22, #128               // as often as bundles/linux, Fs.openat2
1:  mov     x0, x26
    svc     #0
    cmn     x0, #11                 // EAGAIN
    b.ne    result
    subs    w22, w22, #1
    b.ne    1b
    b       result
clone:
    svc     #0
    cbnz    x0, result
    ldr     x19, [x19, #72]         // the child
    b       step
repeat:
    mov     x26, x0
1:  mov     x0, x26
    svc     #0
    tbz     x0, #63, 2f
    bl      tolerated
    b.ne    fail
2:  add     x26, x26, #1
    ldr     x9, [x19, #48]
    cmp     x26, x9
    b.ls    1b
    mov     x0, xzr
    b       result
call:
    svc     #0
result:
    str     x0, [x19, #56]
    cmn     x0, #4095
    b.hs    1f
    ldr     x19, [x19, #64]
    b       step
1:  bl      tolerated
    b.ne    fail
    ldr     x19, [x19, #72]
    b       step
tolerated:                          // equal when -x0 is one of the four
    neg     w9, w0
    ldrh    w10, [x19, #80]
    cmp     w9, w10
    b.eq    1f
    ldrh    w10, [x19, #82]
    cmp     w9, w10
    b.eq    1f
    ldrh    w10, [x19, #84]
    cmp     w9, w10
    b.eq    1f
    ldrh    w10, [x19, #86]
    cmp     w9, w10
1:  ret
fail:
    neg     w0, w0
    sub     sp, sp, #16             // a StatusRecord
    mov     w9, #2
    ldrh    w10, [x19, #6]
    stp     w9, w10, [sp]
    stp     w0, w21, [sp, #8]
    ldr     w0, status
    mov     x1, sp
    mov     x2, #16
    mov     x8, #64                 // write
    svc     #0
    mov     x0, #125
    mov     x8, #94                 // exit_group
    svc     #0
    brk     #0
status:                         // the status descriptor, which whoever makes the image puts here
    .word   3
