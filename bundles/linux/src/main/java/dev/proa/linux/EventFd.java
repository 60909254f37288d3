package dev.proa.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.proa.linux.abi.Poll;
import dev.proa.linux.abi.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** eventfd(2), non-blocking and close-on-exec. */
public final class EventFd extends Fd {
  private EventFd(int number) {
    super(number);
  }

  public static EventFd create() throws ErrnoException {
    return new EventFd((int) Kernel.call(Syscall.EVENTFD2, null, 0, Poll.EFD_CLOEXEC | Poll.EFD_NONBLOCK));
  }

  /** Adds 1: whoever polls it sees POLLIN. */
  public void signal() throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocateFrom(JAVA_LONG, 1);
      Io.write(this, one);
    }
  }

  /** Takes the count and sets it to 0; 0 when nothing was signalled. */
  public long drain() throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(8, 8);
      long n = Kernel.raw(Syscall.READ, raw(), count, 8, 0, 0, 0);
      if (n == -Errno.EAGAIN.number()) {
        return 0;
      }
      Kernel.checked(Syscall.READ, toString(), n);
      return count.get(JAVA_LONG, 0);
    }
  }
}
