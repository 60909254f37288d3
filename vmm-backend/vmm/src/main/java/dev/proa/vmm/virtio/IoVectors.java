package dev.proa.vmm.virtio;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** {@code struct iovec}s for guest memory, made anew for each call in the same place. One thread uses it. */
public final class IoVectors {
  private static final int SIZE = 16;
  /** UIO_MAXIOV; a queue has fewer descriptors. */
  private static final int MAX = 1024;

  private final MemorySegment vectors = Arena.ofAuto().allocate((long) SIZE * MAX, 8);

  /** readv(2) at the file's own position, once: how much, or a negative errno. */
  public long read(Fd fd, List<MemorySegment> into) {
    MemorySegment all = fill(into, 0);
    return Io.tryReadv(fd, all, (int) (all.byteSize() / SIZE), -1);
  }

  /** writev(2) at the file's own position, once: how much, or a negative errno. */
  public long write(Fd fd, List<MemorySegment> from) {
    MemorySegment all = fill(from, 0);
    return Io.tryWritev(fd, all, (int) (all.byteSize() / SIZE), -1);
  }

  /** All of it, in as many calls as that takes: its size, less at the end of the file, or a negative errno. */
  public long transfer(boolean write, Fd fd, List<MemorySegment> pieces, long offset) {
    long total = pieces.stream().mapToLong(MemorySegment::byteSize).sum();
    for (long done = 0; done < total; ) {
      MemorySegment rest = fill(pieces, done);
      int count = (int) (rest.byteSize() / SIZE);
      long n = write ? Io.tryWritev(fd, rest, count, offset + done) : Io.tryReadv(fd, rest, count, offset + done);
      if (n < 0) {
        return n;
      }
      if (n == 0) {
        return done;
      }
      done += n;
    }
    return total;
  }

  /** The vectors of what follows the first {@code skip} bytes. */
  private MemorySegment fill(List<MemorySegment> pieces, long skip) {
    int count = 0;
    long left = skip;
    for (MemorySegment piece : pieces) {
      long size = piece.byteSize();
      if (left >= size) {
        left -= size;
        continue;
      }
      vectors.set(JAVA_LONG, (long) SIZE * count, piece.address() + left);
      vectors.set(JAVA_LONG, (long) SIZE * count + 8, size - left);
      left = 0;
      if (++count == MAX) {
        break;
      }
    }
    return vectors.asSlice(0, (long) SIZE * count);
  }
}
