package dev.proa.linux.abi;

/** Constants of linux/seccomp.h, linux/audit.h, linux/filter.h. */
public final class Seccomp {

  private Seccomp() {}

  public static final int SECCOMP_MODE_FILTER = 2;
  public static final int SECCOMP_SET_MODE_FILTER = 1;
  public static final int SECCOMP_GET_ACTION_AVAIL = 2;
  public static final long SECCOMP_FILTER_FLAG_TSYNC = 0x1L;
  public static final long SECCOMP_FILTER_FLAG_LOG = 0x2L;
  public static final long SECCOMP_FILTER_FLAG_SPEC_ALLOW = 0x4L;
  public static final long SECCOMP_FILTER_FLAG_NEW_LISTENER = 0x8L;
  public static final long SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 0x10L;
  public static final long SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 0x20L;
  public static final int SECCOMP_RET_KILL_PROCESS = 0x80000000;
  public static final int SECCOMP_RET_KILL_THREAD = 0;
  public static final int SECCOMP_RET_TRAP = 0x30000;
  public static final int SECCOMP_RET_ERRNO = 0x50000;
  public static final int SECCOMP_RET_USER_NOTIF = 0x7fc00000;
  public static final int SECCOMP_RET_TRACE = 0x7ff00000;
  public static final int SECCOMP_RET_LOG = 0x7ffc0000;
  public static final int SECCOMP_RET_ALLOW = 0x7fff0000;
  public static final int SECCOMP_RET_DATA = 0xffff;
  public static final int AUDIT_ARCH_X86_64 = 0xc000003e;
  public static final int AUDIT_ARCH_AARCH64 = 0xc00000b7;
  public static final int AUDIT_ARCH_I386 = 0x40000003;
  public static final int AUDIT_ARCH_ARM = 0x40000028;
  public static final int BPF_LD = 0;
  public static final int BPF_LDX = 1;
  public static final int BPF_ST = 2;
  public static final int BPF_ALU = 4;
  public static final int BPF_JMP = 5;
  public static final int BPF_RET = 6;
  public static final int BPF_MISC = 7;
  public static final int BPF_W = 0;
  public static final int BPF_H = 8;
  public static final int BPF_B = 0x10;
  public static final int BPF_IMM = 0;
  public static final int BPF_ABS = 0x20;
  public static final int BPF_MEM = 0x60;
  public static final int BPF_AND = 0x50;
  public static final int BPF_OR = 0x40;
  public static final int BPF_JA = 0;
  public static final int BPF_JEQ = 0x10;
  public static final int BPF_JGT = 0x20;
  public static final int BPF_JGE = 0x30;
  public static final int BPF_JSET = 0x40;
  public static final int BPF_K = 0;
  public static final int BPF_X = 8;
  public static final int BPF_A = 0x10;
  public static final int BPF_MAXINSNS = 0x1000;
}
