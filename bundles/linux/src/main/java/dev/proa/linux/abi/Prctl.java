package dev.proa.linux.abi;

/** Constants of linux/prctl.h and linux/securebits.h. */
public final class Prctl {

  private Prctl() {}

  public static final int PR_SET_PDEATHSIG = 1;
  public static final int PR_GET_PDEATHSIG = 2;
  public static final int PR_GET_DUMPABLE = 3;
  public static final int PR_SET_DUMPABLE = 4;
  public static final int PR_GET_KEEPCAPS = 7;
  public static final int PR_SET_KEEPCAPS = 8;
  public static final int PR_SET_NAME = 15;
  public static final int PR_GET_NAME = 0x10;
  public static final int PR_GET_SECCOMP = 0x15;
  public static final int PR_SET_SECCOMP = 0x16;
  public static final int PR_CAPBSET_READ = 0x17;
  public static final int PR_CAPBSET_DROP = 0x18;
  public static final int PR_GET_SECUREBITS = 0x1b;
  public static final int PR_SET_SECUREBITS = 0x1c;
  public static final int PR_SET_CHILD_SUBREAPER = 0x24;
  public static final int PR_GET_CHILD_SUBREAPER = 0x25;
  public static final int PR_SET_NO_NEW_PRIVS = 0x26;
  public static final int PR_GET_NO_NEW_PRIVS = 0x27;
  public static final int PR_CAP_AMBIENT = 0x2f;
  public static final int PR_CAP_AMBIENT_IS_SET = 1;
  public static final int PR_CAP_AMBIENT_RAISE = 2;
  public static final int PR_CAP_AMBIENT_LOWER = 3;
  public static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;
  public static final int PR_SET_THP_DISABLE = 0x29;
  public static final int PR_SET_VMA = 0x53564d41;
  public static final int PR_SET_VMA_ANON_NAME = 0;
  public static final int SECBIT_NOROOT = 1;
  public static final int SECBIT_NOROOT_LOCKED = 2;
  public static final int SECBIT_NO_SETUID_FIXUP = 4;
  public static final int SECBIT_NO_SETUID_FIXUP_LOCKED = 8;
  public static final int SECBIT_KEEP_CAPS = 0x10;
  public static final int SECBIT_KEEP_CAPS_LOCKED = 0x20;
  public static final int SECBIT_NO_CAP_AMBIENT_RAISE = 0x40;
  public static final int SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED = 0x80;
}
