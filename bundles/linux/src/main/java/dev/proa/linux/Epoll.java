package dev.proa.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.proa.linux.abi.Layouts;
import dev.proa.linux.abi.Poll;
import dev.proa.linux.abi.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** epoll(7). One thread waits; adding and removing is for any. */
public final class Epoll extends Fd {
  private static final int BATCH = 64;
  private static final long DATA = Layouts.offset(Layouts.EPOLL_EVENT, "data");
  private static final long SIZE = Layouts.EPOLL_EVENT.byteSize();

  private Epoll(int number) {
    super(number);
  }

  public static Epoll create() throws ErrnoException {
    return new Epoll((int) Kernel.call(Syscall.EPOLL_CREATE1, null, Poll.EPOLL_CLOEXEC));
  }

  /**
   * Adds {@code fd}.
   *
   * @param events EPOLL* of {@link Poll}
   * @param token handed back by {@link #await}
   */
  public void add(Fd fd, int events, long token) throws ErrnoException {
    control(Poll.EPOLL_CTL_ADD, fd, events, token);
  }

  public void modify(Fd fd, int events, long token) throws ErrnoException {
    control(Poll.EPOLL_CTL_MOD, fd, events, token);
  }

  public void remove(Fd fd) throws ErrnoException {
    control(Poll.EPOLL_CTL_DEL, fd, 0, 0);
  }

  /** One thing that happened. */
  public record Event(int events, long token) {}

  /** epoll_wait(2), up to 64 events; none when the time passed or a signal came. -1 waits for ever. */
  public Event[] await(int timeoutMillis) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment events = arena.allocate(SIZE * BATCH, 8);
      long n = Kernel.raw(Syscall.EPOLL_PWAIT, raw(), events, BATCH, timeoutMillis, 0, 8);
      if (n == -Errno.EINTR.number()) {
        return new Event[0];
      }
      Event[] happened = new Event[(int) Kernel.checked(Syscall.EPOLL_PWAIT, toString(), n)];
      for (int i = 0; i < happened.length; i++) {
        happened[i] = new Event(events.get(JAVA_INT_UNALIGNED, SIZE * i), events.get(JAVA_LONG_UNALIGNED, SIZE * i + DATA));
      }
      return happened;
    }
  }

  private void control(int operation, Fd fd, int events, long token) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = arena.allocate(SIZE, 8);
      event.set(JAVA_INT, 0, events);
      event.set(JAVA_LONG_UNALIGNED, DATA, token);
      Kernel.call(Syscall.EPOLL_CTL, fd.toString(), raw(), operation, fd.raw(), event.address());
    }
  }
}
