package dev.proa.linux;

import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Syscall;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor that this process owns. Closed once; used after that it throws {@link IllegalStateException} instead of hitting whoever
 * got the number next. Closing while another thread is inside a call on it is the caller's race to avoid, as in C.
 */
public class Fd implements AutoCloseable {
  private static final int CLOSED = Integer.MIN_VALUE;
  private static final Fd CWD = new Borrowed(Fcntl.AT_FDCWD);

  private final AtomicInteger number;

  protected Fd(int number) {
    this.number = new AtomicInteger(number);
  }

  /** Takes ownership of {@code number}. */
  public static Fd owning(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("no descriptor: " + number);
    }
    return new Fd(number);
  }

  /** A view of a descriptor that someone else owns and closes: {@code close()} does nothing. */
  public static Fd borrowed(int number) {
    return new Borrowed(number);
  }

  /** AT_FDCWD, for {@code *at} calls whose path is relative to the working directory or absolute. */
  public static Fd cwd() {
    return CWD;
  }

  /** The number, while it is open. */
  public int raw() {
    int n = number.get();
    if (n == CLOSED) {
      throw new IllegalStateException("descriptor is closed");
    }
    return n;
  }

  public boolean isOpen() {
    return number.get() != CLOSED;
  }

  /** Another descriptor for the same open file, close-on-exec. */
  public Fd duplicate() throws ErrnoException {
    return Fd.owning((int) Io.fcntl(this, Fcntl.F_DUPFD_CLOEXEC, 0));
  }

  /** Gives ownership away: afterwards this handle is closed and the caller must see to the number. */
  public int release() {
    int n = number.getAndSet(CLOSED);
    if (n == CLOSED) {
      throw new IllegalStateException("descriptor is closed");
    }
    return n;
  }

  /** Idempotent. The kernel frees the number whatever close(2) returns; what it returns late (EIO, ENOSPC) is for fsync to find. */
  @Override
  public void close() {
    int n = number.getAndSet(CLOSED);
    if (n >= 0) {
      Kernel.raw(Syscall.CLOSE, n, 0L, 0L, 0L, 0L, 0L);
    }
  }

  /** Closes all of them. */
  public static void closeAll(Iterable<? extends Fd> descriptors) {
    descriptors.forEach(Fd::close);
  }

  @Override
  public String toString() {
    int n = number.get();
    return n == CLOSED ? "fd closed" : n == Fcntl.AT_FDCWD ? "AT_FDCWD" : "fd " + n;
  }

  private static final class Borrowed extends Fd {
    Borrowed(int number) {
      super(number);
    }

    @Override
    public void close() {}
  }
}
