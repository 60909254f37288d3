package dev.proa.linux.abi;

/** Constants of linux/pidfd.h and linux/nsfs.h. */
public final class Pidfd {

  private Pidfd() {}

  public static final int PIDFD_NONBLOCK = 0x800;
  /** Since Linux 6.9. */
  public static final int PIDFD_SIGNAL_PROCESS_GROUP = 4;
  /** Since Linux 6.13. */
  public static final int PIDFD_GET_INFO = 0xc040ff0b;
  /** Since Linux 6.13. */
  public static final long PIDFD_INFO_PID = 0x1L;
  /** Since Linux 6.13. */
  public static final long PIDFD_INFO_CREDS = 0x2L;
  /** Since Linux 6.13. */
  public static final long PIDFD_INFO_CGROUPID = 0x4L;
  /** Since Linux 6.15. */
  public static final long PIDFD_INFO_EXIT = 0x8L;
  public static final int NS_GET_USERNS = 0xb701;
  public static final int NS_GET_PARENT = 0xb702;
  public static final int NS_GET_NSTYPE = 0xb703;
}
