package dev.proa.linux;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A system call that failed: {@code openat("etc/passwd") ENOENT: no such file or directory}. It is an {@link IOException} so that code which
 * works with files needs no second kind of failure.
 */
public final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1;

  private final String call;
  private final Errno errno;
  private final int number;
  private final @Nullable String argument;

  public ErrnoException(String call, Errno errno, @Nullable String argument) {
    this(call, errno.number(), argument);
  }

  /** With the kernel's (positive) number, for numbers that {@link Errno} may not know. */
  public ErrnoException(String call, int number, @Nullable String argument) {
    super(call + "(" + (argument == null ? "" : argument) + ") " + describe(number));
    this.call = call;
    this.errno = Errno.of(number);
    this.number = number;
    this.argument = argument;
  }

  /**
   * Keeps no stack trace: call and argument say what happened, what wraps it says where, and on the path of a start, where an ENOENT or EAGAIN is an
   * answer like any other, walking the stack costs more than the call.
   */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }

  /** {@code ENOENT: no such file or directory}. */
  public static String describe(int number) {
    Errno errno = Errno.of(number);
    return (errno == Errno.UNKNOWN ? "errno " + number : errno.name()) + ": " + errno.text();
  }

  /** The call's C name. */
  public String call() {
    return call;
  }

  public Errno errno() {
    return errno;
  }

  /** The kernel's number, also when {@link #errno()} is UNKNOWN. */
  public int number() {
    return number;
  }

  /** What it was called on, for people. */
  public @Nullable String argument() {
    return argument;
  }
}
