package dev.proa.vmm.kvm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** ioctls that get or set a whole structure. */
final class StateIo {
  private StateIo() {}

  /** {@code struct} is what goes in, and as long as what comes out. */
  static byte[] get(Fd fd, long request, byte[] struct) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = copy(arena, struct);
      Io.ioctl(fd, request, segment);
      return segment.toArray(JAVA_BYTE);
    }
  }

  static long set(Fd fd, long request, byte[] struct) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      return Io.ioctl(fd, request, copy(arena, struct));
    }
  }

  private static MemorySegment copy(Arena arena, byte[] struct) {
    MemorySegment segment = arena.allocate(struct.length, 16);
    MemorySegment.copy(struct, 0, segment, JAVA_BYTE, 0, struct.length);
    return segment;
  }
}
