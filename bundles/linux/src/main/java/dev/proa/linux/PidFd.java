package dev.proa.linux;

import static dev.proa.linux.abi.Layouts.PIDFD_INFO;
import static dev.proa.linux.abi.Layouts.SIGINFO;
import static dev.proa.linux.abi.Layouts.offset;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.proa.linux.abi.Pidfd;
import dev.proa.linux.abi.Poll;
import dev.proa.linux.abi.Syscall;
import dev.proa.linux.abi.Wait;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** A process by descriptor: it never means another one, however often the pid was given out again since. */
public sealed class PidFd extends Fd permits PidFd.Borrowed {
  private static final long SI_PID = offset(SIGINFO, "si_pid");
  private static final long SI_CODE = offset(SIGINFO, "si_code");
  private static final long SI_STATUS = offset(SIGINFO, "si_status");
  private static final long MASK = offset(PIDFD_INFO, "mask");
  private static final long EXIT_CODE = offset(PIDFD_INFO, "exit_code");

  private PidFd(int number) {
    super(number);
  }

  /** Takes ownership of {@code number}, which must be a pidfd. */
  public static PidFd owning(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("no descriptor: " + number);
    }
    return new PidFd(number);
  }

  /** A view of a pidfd that someone else owns and closes. */
  public static PidFd borrowed(int number) {
    return new Borrowed(number);
  }

  /** pidfd_open(2). Only for a pid that cannot be reaped meanwhile, or one whose identity is checked afterwards. */
  public static PidFd open(int pid) throws ErrnoException {
    return new PidFd((int) Kernel.call(Syscall.PIDFD_OPEN, Integer.toString(pid), pid, 0));
  }

  @Override
  public PidFd duplicate() throws ErrnoException {
    return new PidFd(super.duplicate().release());
  }

  /** pidfd_send_signal(2): ESRCH when it is gone. Signal 0 asks whether it is there. */
  public void signal(int signal) throws ErrnoException {
    Kernel.call(Syscall.PIDFD_SEND_SIGNAL, this + ", " + signal, raw(), signal, 0, 0);
  }

  /**
   * waitid(2) with P_PIDFD: only the parent may, and the zombie is gone afterwards unless {@code options} has WNOWAIT. Blocks unless it has
   * WNOHANG, in which case empty says that it still runs.
   */
  public Optional<ExitStatus> waitid(int options) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(SIGINFO);
      long n;
      do {
        n = Kernel.raw(Syscall.WAITID, Wait.P_PIDFD, raw(), info.address(), Wait.WEXITED | Wait.__WALL | options, 0, 0);
      } while (n == -Errno.EINTR.number());
      Kernel.checked(Syscall.WAITID, toString(), n);
      if (info.get(JAVA_INT, SI_PID) == 0) {
        return Optional.empty();
      }
      return Optional.of(new ExitStatus(info.get(JAVA_INT, SI_CODE), info.get(JAVA_INT, SI_STATUS)));
    }
  }

  /** Waits, without blocking for ever, until the process has ended; false when {@code timeoutMillis} passed first. */
  public boolean awaitEnd(long timeoutMillis) throws ErrnoException {
    return Io.poll(List.of(new Io.PollFor(this, Poll.POLLIN)), timeoutMillis)[0] != 0;
  }

  /**
   * How a process ended that is not our child: PIDFD_GET_INFO with PIDFD_INFO_EXIT, since Linux 6.15. Empty while it runs, or when the kernel
   * cannot say (ENOTTY before 6.13, no exit information before 6.15).
   */
  public Optional<ExitStatus> exitInfo() throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(PIDFD_INFO);
      info.set(JAVA_LONG, MASK, Pidfd.PIDFD_INFO_EXIT);
      long n = Kernel.raw(Syscall.IOCTL, raw(), Pidfd.PIDFD_GET_INFO & 0xffffffffL, info.address(), 0, 0, 0);
      if (n == -Errno.ENOTTY.number() || n == -Errno.EINVAL.number() || n == -Errno.ESRCH.number()) {
        return Optional.empty();
      }
      Kernel.checked(Syscall.IOCTL, this + ", PIDFD_GET_INFO", n);
      if ((info.get(JAVA_LONG, MASK) & Pidfd.PIDFD_INFO_EXIT) == 0) {
        return Optional.empty();
      }
      return Optional.of(ExitStatus.ofWaitStatus(info.get(JAVA_INT, EXIT_CODE)));
    }
  }

  @Override
  public String toString() {
    return "pid" + super.toString();
  }

  private static final class Borrowed extends PidFd {
    Borrowed(int number) {
      super(number);
    }

    @Override
    public void close() {}
  }
}
