package dev.proa.linux.abi;

/** Constants of linux/wait.h and the si_code values of asm-generic/siginfo.h. */
public final class Wait {

  private Wait() {}

  public static final int P_ALL = 0;
  public static final int P_PID = 1;
  public static final int P_PGID = 2;
  public static final int P_PIDFD = 3;
  public static final int WNOHANG = 1;
  public static final int WUNTRACED = 2;
  public static final int WSTOPPED = 2;
  public static final int WEXITED = 4;
  public static final int WCONTINUED = 8;
  public static final int WNOWAIT = 0x1000000;
  public static final int __WNOTHREAD = 0x20000000;
  public static final long __WALL = 0x40000000L;
  public static final long __WCLONE = 0x80000000L;
  public static final int CLD_EXITED = 1;
  public static final int CLD_KILLED = 2;
  public static final int CLD_DUMPED = 3;
  public static final int CLD_TRAPPED = 4;
  public static final int CLD_STOPPED = 5;
  public static final int CLD_CONTINUED = 6;
}
