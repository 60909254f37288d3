package dev.proa.linux;

import static dev.proa.linux.Kernel.call;
import static dev.proa.linux.Kernel.checked;
import static dev.proa.linux.abi.Layouts.POLLFD;
import static dev.proa.linux.abi.Layouts.offset;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Calls on open descriptors: read, write, pipes, memfd, splice, poll, fcntl. */
public final class Io {
  private static final long POLL_EVENTS = offset(POLLFD, "events");
  private static final long POLL_REVENTS = offset(POLLFD, "revents");

  private Io() {}

  /** read(2) into native memory; 0 is end of file. Repeated on EINTR. */
  public static long read(Fd fd, MemorySegment buffer) throws ErrnoException {
    long n;
    do {
      n = Kernel.raw(Syscall.READ, fd.raw(), buffer, buffer.byteSize(), 0, 0, 0);
    } while (n == -Errno.EINTR.number());
    return checked(Syscall.READ, fd.toString(), n);
  }

  /** read(2) into an array; at most 64 KiB a call. 0 is end of file. */
  public static int read(Fd fd, byte[] buffer, int offset, int length) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment native0 = arena.allocate(Math.min(length, 65536));
      int n = (int) read(fd, native0);
      MemorySegment.copy(native0, JAVA_BYTE, 0, buffer, offset, n);
      return n;
    }
  }

  /** write(2) from native memory: how much was taken. Repeated on EINTR. */
  public static long write(Fd fd, MemorySegment buffer) throws ErrnoException {
    long n;
    do {
      n = Kernel.raw(Syscall.WRITE, fd.raw(), buffer, buffer.byteSize(), 0, 0, 0);
    } while (n == -Errno.EINTR.number());
    return checked(Syscall.WRITE, fd.toString(), n);
  }

  /** Writes all of it, in as many calls as that takes. */
  public static void writeFully(Fd fd, MemorySegment buffer) throws ErrnoException {
    for (long done = 0; done < buffer.byteSize(); ) {
      done += write(fd, buffer.asSlice(done));
    }
  }

  /** Writes all bytes. */
  public static void writeFully(Fd fd, byte[] bytes) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      writeFully(fd, arena.allocateFrom(JAVA_BYTE, bytes));
    }
  }

  public static long pread(Fd fd, MemorySegment buffer, long offset) throws ErrnoException {
    long n;
    do {
      n = Kernel.raw(Syscall.PREAD64, fd.raw(), buffer, buffer.byteSize(), offset, 0, 0);
    } while (n == -Errno.EINTR.number());
    return checked(Syscall.PREAD64, fd.toString(), n);
  }

  public static long pwrite(Fd fd, MemorySegment buffer, long offset) throws ErrnoException {
    long n;
    do {
      n = Kernel.raw(Syscall.PWRITE64, fd.raw(), buffer, buffer.byteSize(), offset, 0, 0);
    } while (n == -Errno.EINTR.number());
    return checked(Syscall.PWRITE64, fd.toString(), n);
  }

  /** lseek(2) with SEEK_* of {@link Fcntl}. */
  public static long lseek(Fd fd, long offset, int whence) throws ErrnoException {
    return call(Syscall.LSEEK, fd.toString(), fd.raw(), offset, whence);
  }

  public static void ftruncate(Fd fd, long size) throws ErrnoException {
    call(Syscall.FTRUNCATE, fd + ", " + size, fd.raw(), size);
  }

  public static void fallocate(Fd fd, int mode, long offset, long length) throws ErrnoException {
    call(Syscall.FALLOCATE, fd + ", " + length, fd.raw(), mode, offset, length);
  }

  public static void fsync(Fd fd) throws ErrnoException {
    call(Syscall.FSYNC, fd.toString(), fd.raw());
  }

  public static void fdatasync(Fd fd) throws ErrnoException {
    call(Syscall.FDATASYNC, fd.toString(), fd.raw());
  }

  /** sync_file_range(2): the disk begins to write what is dirty of a range, and nobody waits. It promises nothing; a later sync has less left to do. */
  public static void startWriteback(Fd fd, long offset, long length) throws ErrnoException {
    call(Syscall.SYNC_FILE_RANGE, fd + ", " + offset + ", " + length, fd.raw(), offset, length, Fcntl.SYNC_FILE_RANGE_WRITE);
  }

  /** Writes back the whole file system that {@code fd} lies in. */
  public static void syncfs(Fd fd) throws ErrnoException {
    call(Syscall.SYNCFS, fd.toString(), fd.raw());
  }

  /** fcntl(2) with a number: F_* of {@link Fcntl}. */
  public static long fcntl(Fd fd, int command, long argument) throws ErrnoException {
    return call(Syscall.FCNTL, fd + ", " + command, fd.raw(), command, argument);
  }

  /** flock(2): LOCK_* of {@link Fcntl}. */
  public static void flock(Fd fd, int operation) throws ErrnoException {
    call(Syscall.FLOCK, fd.toString(), fd.raw(), operation);
  }

  /** dup3(2) onto the number that {@code onto} has; {@code onto} stays the owner of it. */
  public static void dup3(Fd fd, Fd onto, int flags) throws ErrnoException {
    call(Syscall.DUP3, fd + ", " + onto, fd.raw(), onto.raw(), flags);
  }

  /** pipe2(2). */
  public static Pipe pipe2(int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment fds = arena.allocate(JAVA_INT, 2);
      checked(Syscall.PIPE2, null, Kernel.raw(Syscall.PIPE2, fds, flags, 0, 0, 0, 0));
      return new Pipe(Fd.owning(fds.getAtIndex(JAVA_INT, 0)), Fd.owning(fds.getAtIndex(JAVA_INT, 1)));
    }
  }

  /** memfd_create(2): MFD_* of {@link dev.proa.linux.abi.Memory}. */
  public static Fd memfdCreate(String name, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = Kernel.path(arena, Syscall.MEMFD_CREATE, name);
      return Fd.owning((int) call(Syscall.MEMFD_CREATE, Kernel.quoted(name), text.address(), flags));
    }
  }

  /** tee(2): copies up to {@code length} bytes from pipe to pipe without consuming them; 0 is end of file. */
  public static long tee(Fd from, Fd to, long length, int flags) throws ErrnoException {
    return call(Syscall.TEE, from + ", " + to, from.raw(), to.raw(), length, flags);
  }

  /** splice(2) at the files' own positions. */
  public static long splice(Fd from, Fd to, long length, int flags) throws ErrnoException {
    return call(Syscall.SPLICE, from + ", " + to, from.raw(), 0, to.raw(), 0, length, flags);
  }

  /** copy_file_range(2) at the files' own positions. */
  public static long copyFileRange(Fd from, Fd to, long length) throws ErrnoException {
    return call(Syscall.COPY_FILE_RANGE, from + ", " + to, from.raw(), 0, to.raw(), 0, length, 0);
  }

  /** ioctl(2) with a number as argument. */
  public static long ioctl(Fd fd, long request, long argument) throws ErrnoException {
    return call(Syscall.IOCTL, fd + ", 0x" + Long.toHexString(request), fd.raw(), request, argument);
  }

  /** ioctl(2) with a pointer as argument; the segment must be native and large enough for what the request writes. */
  public static long ioctl(Fd fd, long request, MemorySegment argument) throws ErrnoException {
    return call(Syscall.IOCTL, fd + ", 0x" + Long.toHexString(request), fd.raw(), request, argument.address());
  }

  /** ioctl(2) with a number: the result or the negative errno, for calls where EINTR is an answer like any other. Not repeated on EINTR. */
  public static long tryIoctl(Fd fd, long request, long argument) {
    return Kernel.raw(Syscall.IOCTL, fd.raw(), request, argument, 0, 0, 0);
  }

  /**
   * readv(2) or preadv(2) into {@code count} buffers: how much was read, or the negative errno. Repeated on EINTR.
   *
   * @param iovecs native, {@code struct iovec} of {@link dev.proa.linux.abi.Layouts}; SAFETY: the buffers must stay alive
   * @param offset -1 for the file's own position
   */
  public static long tryReadv(Fd fd, MemorySegment iovecs, int count, long offset) {
    return vectored(offset < 0 ? Syscall.READV : Syscall.PREADV, fd, iovecs, count, offset);
  }

  /** As {@link #tryReadv}, the other way. */
  public static long tryWritev(Fd fd, MemorySegment iovecs, int count, long offset) {
    return vectored(offset < 0 ? Syscall.WRITEV : Syscall.PWRITEV, fd, iovecs, count, offset);
  }

  private static long vectored(Syscall call, Fd fd, MemorySegment iovecs, int count, long offset) {
    long n;
    do {
      n = Kernel.raw(call, fd.raw(), iovecs, count, offset, 0, 0);
    } while (n == -Errno.EINTR.number());
    return n;
  }

  /** getrandom(2), all of the buffer. */
  public static void getrandom(MemorySegment buffer) throws ErrnoException {
    for (long done = 0; done < buffer.byteSize(); ) {
      MemorySegment rest = buffer.asSlice(done);
      long n = Kernel.raw(Syscall.GETRANDOM, rest, rest.byteSize(), 0, 0, 0, 0);
      done += n == -Errno.EINTR.number() ? 0 : checked(Syscall.GETRANDOM, rest.byteSize() + " bytes", n);
    }
  }

  /** What one descriptor is polled for (POLL* of {@link dev.proa.linux.abi.Poll}). */
  public record PollFor(Fd fd, int events) {}

  /**
   * ppoll(2): the events of each, in order. It blocks its carrier thread: not for virtual threads unless {@code timeoutMillis} is short.
   *
   * @param timeoutMillis -1 for ever
   */
  public static int[] poll(List<PollFor> wanted, long timeoutMillis) throws ErrnoException {
    long deadline = System.nanoTime() + timeoutMillis * 1_000_000L;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment fds = arena.allocate(POLLFD, Math.max(1, wanted.size()));
      for (int i = 0; i < wanted.size(); i++) {
        fds.set(JAVA_INT, POLLFD.byteSize() * i, wanted.get(i).fd().raw());
        fds.set(JAVA_SHORT, POLLFD.byteSize() * i + POLL_EVENTS, (short) wanted.get(i).events());
      }
      MemorySegment timeout = arena.allocate(16, 8);
      long n;
      do {
        if (timeoutMillis >= 0) {
          Times.put(timeout, 0, Math.max(0, deadline - System.nanoTime()));
        }
        n = Kernel.raw(Syscall.PPOLL, fds, wanted.size(), timeoutMillis < 0 ? 0 : timeout.address(), 0, 8, 0);
      } while (n == -Errno.EINTR.number());
      checked(Syscall.PPOLL, null, n);
      int[] events = new int[wanted.size()];
      for (int i = 0; i < events.length; i++) {
        events[i] = fds.get(JAVA_SHORT, POLLFD.byteSize() * i + POLL_REVENTS) & 0xffff;
      }
      return events;
    }
  }
}
