package dev.proa.linux.abi;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;

/**
 * Structures of the kernel's interface, on 64-bit architectures: fields spelt as in the headers, pointers as 64-bit words. Names are the C types'.
 * {@code struct epoll_event} is the one that differs between architectures.
 */
public final class Layouts {
  private Layouts() {}

  /** linux/time_types.h. */
  public static final StructLayout TIMESPEC = structLayout(JAVA_LONG.withName("tv_sec"), JAVA_LONG.withName("tv_nsec")).withName("timespec");

  /** linux/openat2.h. */
  public static final StructLayout OPEN_HOW =
      structLayout(JAVA_LONG.withName("flags"), JAVA_LONG.withName("mode"), JAVA_LONG.withName("resolve")).withName("open_how");

  /** linux/stat.h. */
  public static final StructLayout STATX_TIMESTAMP =
      structLayout(JAVA_LONG.withName("tv_sec"), JAVA_INT.withName("tv_nsec"), JAVA_INT.withName("__reserved")).withName("statx_timestamp");

  /** linux/stat.h. */
  public static final StructLayout STATX =
      structLayout(
              JAVA_INT.withName("stx_mask"),
              JAVA_INT.withName("stx_blksize"),
              JAVA_LONG.withName("stx_attributes"),
              JAVA_INT.withName("stx_nlink"),
              JAVA_INT.withName("stx_uid"),
              JAVA_INT.withName("stx_gid"),
              JAVA_SHORT.withName("stx_mode"),
              paddingLayout(2),
              JAVA_LONG.withName("stx_ino"),
              JAVA_LONG.withName("stx_size"),
              JAVA_LONG.withName("stx_blocks"),
              JAVA_LONG.withName("stx_attributes_mask"),
              STATX_TIMESTAMP.withName("stx_atime"),
              STATX_TIMESTAMP.withName("stx_btime"),
              STATX_TIMESTAMP.withName("stx_ctime"),
              STATX_TIMESTAMP.withName("stx_mtime"),
              JAVA_INT.withName("stx_rdev_major"),
              JAVA_INT.withName("stx_rdev_minor"),
              JAVA_INT.withName("stx_dev_major"),
              JAVA_INT.withName("stx_dev_minor"),
              JAVA_LONG.withName("stx_mnt_id"),
              paddingLayout(104))
          .withName("statx");

  /** asm-generic/statfs.h. */
  public static final StructLayout STATFS =
      structLayout(
              JAVA_LONG.withName("f_type"),
              JAVA_LONG.withName("f_bsize"),
              JAVA_LONG.withName("f_blocks"),
              JAVA_LONG.withName("f_bfree"),
              JAVA_LONG.withName("f_bavail"),
              JAVA_LONG.withName("f_files"),
              JAVA_LONG.withName("f_ffree"),
              sequenceLayout(2, JAVA_INT).withName("f_fsid"),
              JAVA_LONG.withName("f_namelen"),
              JAVA_LONG.withName("f_frsize"),
              JAVA_LONG.withName("f_flags"),
              paddingLayout(32))
          .withName("statfs");

  /** linux/dirent.h, what comes before the name. */
  public static final StructLayout LINUX_DIRENT64 =
      structLayout(
              JAVA_LONG.withName("d_ino"),
              JAVA_LONG.withName("d_off"),
              JAVA_SHORT.withName("d_reclen"),
              JAVA_BYTE.withName("d_type"),
              sequenceLayout(5, JAVA_BYTE).withName("d_name"))
          .withName("linux_dirent64");

  /** linux/mount.h. */
  public static final StructLayout MOUNT_ATTR =
      structLayout(JAVA_LONG.withName("attr_set"), JAVA_LONG.withName("attr_clr"), JAVA_LONG.withName("propagation"), JAVA_LONG.withName("userns_fd"))
          .withName("mount_attr");

  /** linux/sched.h, CLONE_ARGS_SIZE_VER2. */
  public static final StructLayout CLONE_ARGS =
      structLayout(
              JAVA_LONG.withName("flags"),
              JAVA_LONG.withName("pidfd"),
              JAVA_LONG.withName("child_tid"),
              JAVA_LONG.withName("parent_tid"),
              JAVA_LONG.withName("exit_signal"),
              JAVA_LONG.withName("stack"),
              JAVA_LONG.withName("stack_size"),
              JAVA_LONG.withName("tls"),
              JAVA_LONG.withName("set_tid"),
              JAVA_LONG.withName("set_tid_size"),
              JAVA_LONG.withName("cgroup"))
          .withName("clone_args");

  /** asm-generic/poll.h. */
  public static final StructLayout POLLFD =
      structLayout(JAVA_INT.withName("fd"), JAVA_SHORT.withName("events"), JAVA_SHORT.withName("revents")).withName("pollfd");

  /** linux/eventpoll.h: EPOLL_PACKED on x86-64 only. */
  public static final StructLayout EPOLL_EVENT =
      (Arch.HOST == Arch.X86_64
              ? structLayout(JAVA_INT.withName("events"), JAVA_LONG.withByteAlignment(4).withName("data"))
              : structLayout(JAVA_INT.withName("events"), paddingLayout(4), JAVA_LONG.withName("data")))
          .withName("epoll_event");

  /** linux/uio.h. */
  public static final StructLayout IOVEC = structLayout(JAVA_LONG.withName("iov_base"), JAVA_LONG.withName("iov_len")).withName("iovec");

  /** linux/socket.h (struct user_msghdr). */
  public static final StructLayout MSGHDR =
      structLayout(
              JAVA_LONG.withName("msg_name"),
              JAVA_INT.withName("msg_namelen"),
              paddingLayout(4),
              JAVA_LONG.withName("msg_iov"),
              JAVA_LONG.withName("msg_iovlen"),
              JAVA_LONG.withName("msg_control"),
              JAVA_LONG.withName("msg_controllen"),
              JAVA_INT.withName("msg_flags"),
              paddingLayout(4))
          .withName("msghdr");

  /** linux/socket.h. */
  public static final StructLayout CMSGHDR =
      structLayout(JAVA_LONG.withName("cmsg_len"), JAVA_INT.withName("cmsg_level"), JAVA_INT.withName("cmsg_type")).withName("cmsghdr");

  /** linux/socket.h. */
  public static final StructLayout UCRED =
      structLayout(JAVA_INT.withName("pid"), JAVA_INT.withName("uid"), JAVA_INT.withName("gid")).withName("ucred");

  /** linux/un.h. */
  public static final StructLayout SOCKADDR_UN =
      structLayout(JAVA_SHORT.withName("sun_family"), sequenceLayout(108, JAVA_BYTE).withName("sun_path")).withName("sockaddr_un");

  /** asm-generic/siginfo.h, as waitid(2) fills it. */
  public static final StructLayout SIGINFO =
      structLayout(
              JAVA_INT.withName("si_signo"),
              JAVA_INT.withName("si_errno"),
              JAVA_INT.withName("si_code"),
              paddingLayout(4),
              JAVA_INT.withName("si_pid"),
              JAVA_INT.withName("si_uid"),
              JAVA_INT.withName("si_status"),
              paddingLayout(100))
          .withName("siginfo_t");

  /** asm-generic/termios.h. */
  public static final StructLayout WINSIZE =
      structLayout(JAVA_SHORT.withName("ws_row"), JAVA_SHORT.withName("ws_col"), JAVA_SHORT.withName("ws_xpixel"), JAVA_SHORT.withName("ws_ypixel"))
          .withName("winsize");

  /** linux/resource.h. */
  public static final StructLayout RLIMIT64 = structLayout(JAVA_LONG.withName("rlim_cur"), JAVA_LONG.withName("rlim_max")).withName("rlimit64");

  /** linux/seccomp.h. */
  public static final StructLayout SECCOMP_DATA =
      structLayout(
              JAVA_INT.withName("nr"),
              JAVA_INT.withName("arch"),
              JAVA_LONG.withName("instruction_pointer"),
              sequenceLayout(6, JAVA_LONG).withName("args"))
          .withName("seccomp_data");

  /** linux/filter.h. */
  public static final StructLayout SOCK_FILTER =
      structLayout(JAVA_SHORT.withName("code"), JAVA_BYTE.withName("jt"), JAVA_BYTE.withName("jf"), JAVA_INT.withName("k")).withName("sock_filter");

  /** linux/filter.h. */
  public static final StructLayout SOCK_FPROG =
      structLayout(JAVA_SHORT.withName("len"), paddingLayout(6), JAVA_LONG.withName("filter")).withName("sock_fprog");

  /** linux/capability.h. */
  public static final StructLayout CAP_USER_HEADER =
      structLayout(JAVA_INT.withName("version"), JAVA_INT.withName("pid")).withName("__user_cap_header_struct");

  /** linux/capability.h; version 3 takes two of them. */
  public static final StructLayout CAP_USER_DATA =
      structLayout(JAVA_INT.withName("effective"), JAVA_INT.withName("permitted"), JAVA_INT.withName("inheritable"))
          .withName("__user_cap_data_struct");

  /** linux/pidfd.h, PIDFD_INFO_SIZE_VER0. Since Linux 6.13. */
  public static final StructLayout PIDFD_INFO =
      structLayout(
              JAVA_LONG.withName("mask"),
              JAVA_LONG.withName("cgroupid"),
              JAVA_INT.withName("pid"),
              JAVA_INT.withName("tgid"),
              JAVA_INT.withName("ppid"),
              JAVA_INT.withName("ruid"),
              JAVA_INT.withName("rgid"),
              JAVA_INT.withName("euid"),
              JAVA_INT.withName("egid"),
              JAVA_INT.withName("suid"),
              JAVA_INT.withName("sgid"),
              JAVA_INT.withName("fsuid"),
              JAVA_INT.withName("fsgid"),
              JAVA_INT.withName("exit_code"))
          .withName("pidfd_info");

  /** Where the field lies, in bytes. */
  public static long offset(MemoryLayout struct, String field) {
    return struct.byteOffset(PathElement.groupElement(field));
  }
}
