package dev.proa.vmm.jail;

import static dev.proa.linux.abi.Syscall.*;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Seccomp;
import dev.proa.linux.abi.Socket;

/**
 * The last step before a guest runs: no new privileges, and a list of system calls for all threads. What is in nobody's list: execve, mount, ptrace, bpf,
 * io_uring, namespaces, sockets of networks, opening for writing (without file systems to serve).
 */
public final class Jail {
  private static final int KVMIO = 0xae00;
  private static final int IOCTL_TYPE = 0xff00;
  private static final int TUNSETOFFLOAD = 0x400454d0;
  private static final int TUNSETVNETHDRSZ = 0x400454d8;
  private static final int OPEN_FOR_WRITING = 3 | Fcntl.O_CREAT | Fcntl.O_TRUNC | (Fcntl.O_TMPFILE & ~Fcntl.O_DIRECTORY);

  private Jail() {}

  /**
   * For the whole process, for good.
   *
   * @param files whether directories of the host are served, which takes calls that make and change files
   */
  public static void confine(boolean files) throws ErrnoException {
    Processes.confine(filter(files), Seccomp.SECCOMP_FILTER_FLAG_TSYNC);
  }

  static byte[] filter(boolean files) {
    SyscallFilter filter = new SyscallFilter();
    // KVM's by their type, and two of a tap by their numbers: terminals have the same type
    filter.allowIf(IOCTL, 1, new SyscallFilter.Masked(IOCTL_TYPE, KVMIO), new SyscallFilter.Masked(-1, TUNSETOFFLOAD), new SyscallFilter.Masked(-1, TUNSETVNETHDRSZ));
    // Devices and control
    filter.allow(READ, WRITE, READV, WRITEV, PREAD64, PWRITE64, PREADV, PWRITEV, EPOLL_PWAIT, EPOLL_CTL, EPOLL_CREATE1, PPOLL, EVENTFD2, CLOSE);
    filter.allow(SENDMSG, RECVMSG, ACCEPT4, CONNECT, SHUTDOWN, FCNTL, LSEEK, FTRUNCATE, FALLOCATE, FDATASYNC, FSYNC, STATX, GETRANDOM);
    filter.allowIf(SOCKET, 0, new SyscallFilter.Masked(-1, Socket.AF_UNIX));
    // What a JVM lives on
    filter.allow(FUTEX, MMAP, MUNMAP, MPROTECT, MADVISE, MREMAP, BRK, CLONE, CLONE3, SET_ROBUST_LIST, RSEQ, EXIT, EXIT_GROUP, SCHED_YIELD, GETTID, GETPID);
    filter.allow(TGKILL, RT_SIGACTION, RT_SIGPROCMASK, RT_SIGRETURN, SIGALTSTACK, RESTART_SYSCALL, CLOCK_GETTIME, CLOCK_NANOSLEEP, NANOSLEEP, GETTIMEOFDAY);
    filter.allow(FSTAT, NEWFSTATAT, STAT, LSTAT, ACCESS, FACCESSAT, READLINK, GETCWD, UNAME, SYSINFO, GETUID, GETEUID, GETGID, GETEGID, GETRUSAGE);
    filter.allow(SCHED_GETAFFINITY, GETCPU, PRCTL, MEMBARRIER, GETDENTS64, POLL, DUP);
    filter.allowIf(PRLIMIT64, 2, new SyscallFilter.Masked(-1, 0)); // asks, and sets nothing
    if (files) {
      filter.allow(OPENAT, MKDIRAT, MKNODAT, SYMLINKAT, LINKAT, RENAMEAT2, UNLINKAT, FCHOWNAT, FCHMOD, FCHMODAT, UTIMENSAT, READLINKAT);
      filter.allow(FSTATFS, SETXATTR, GETXATTR, LISTXATTR, REMOVEXATTR, COPY_FILE_RANGE, SYNCFS, SETFSUID, SETFSGID, UMASK);
    } else {
      filter.allowIf(OPENAT, 2, new SyscallFilter.Masked(OPEN_FOR_WRITING, Fcntl.O_RDONLY));
    }
    return filter.program();
  }
}
