package dev.proa.storage.erofs;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The image file while it is written: data in sequence through one buffer, and reserved places that are filled later. What is never written, and
 * blocks of nothing but zeros, are holes of the file.
 */
final class ImageOutput implements AutoCloseable {
  private static final int BUFFER = 1 << 20;

  /** So much is left to gather before the disk is told to begin with it: the sync at the end, for which the next layer waits, then has little left to do. */
  private static final int WRITEBACK = 8 << 20;

  private final Fd file;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(BUFFER, 4096);

  /** Where in the file the buffer starts; whole blocks. */
  private long start;

  private int filled;

  /** Up to where the disk was told to begin. */
  private long begun;

  /** @param file new and empty; stays the caller's */
  ImageOutput(Fd file) {
    this.file = file;
  }

  /** Where the next byte goes. */
  long position() {
    return start + filled;
  }

  /** The number of the block at {@link #position}, which has to be the start of one. */
  int block() {
    return Math.toIntExact(position() >> Erofs.BLOCK_BITS);
  }

  void append(byte[] bytes, int offset, int length) throws ErrnoException {
    for (int done = 0; done < length; ) {
      int n = Math.min(length - done, BUFFER - filled);
      MemorySegment.copy(bytes, offset + done, buffer, ValueLayout.JAVA_BYTE, filled, n);
      filled += n;
      done += n;
      if (filled == BUFFER) {
        flush();
      }
    }
  }

  /** Zeros. */
  void skip(long length) throws ErrnoException {
    if (length < BUFFER - filled) {
      zeros((int) length);
      return;
    }
    int rest = -filled & Erofs.BLOCK - 1; // the buffer starts at a block and has whole ones
    zeros(rest);
    flush();
    start += length - rest & -Erofs.BLOCK;
    zeros((int) (length - rest & Erofs.BLOCK - 1));
  }

  private void zeros(int length) {
    buffer.asSlice(filled, length).fill((byte) 0);
    filled += length;
  }

  /** Zeros up to the next block. */
  void align() throws ErrnoException {
    skip(-position() & Erofs.BLOCK - 1);
  }

  /** A place to {@link #fill} later; starts at a block. */
  long reserve(int bytes) throws ErrnoException {
    align();
    long place = position();
    skip(bytes);
    align();
    return place;
  }

  /** Writes to a place behind which the sequence is already. */
  void fill(long place, byte[] bytes, int offset, int length) throws ErrnoException {
    flush();
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment copy = temporary.allocate(Math.max(length, 1));
      MemorySegment.copy(bytes, offset, copy, ValueLayout.JAVA_BYTE, 0, length);
      write(copy.asSlice(0, length), place);
    }
  }

  /** Bytes of what was written before. */
  byte[] read(long place, int length) throws ErrnoException {
    flush();
    byte[] bytes = new byte[length];
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment target = temporary.allocate(Math.max(length, 1));
      for (int done = 0; done < length; ) {
        int n = (int) Io.pread(file, target.asSlice(done, length - done), place + done);
        if (n == 0) {
          break; // behind the end so far: zeros
        }
        done += n;
      }
      MemorySegment.copy(target, ValueLayout.JAVA_BYTE, 0, bytes, 0, length);
    }
    return bytes;
  }

  /** Writes what is buffered, whole blocks of zeros left out; a block that is begun stays in the buffer. */
  private void flush() throws ErrnoException {
    int whole = filled & -Erofs.BLOCK;
    for (int at = 0; at < whole; ) {
      if (isZero(at)) {
        at += Erofs.BLOCK;
        continue;
      }
      int end = at + Erofs.BLOCK;
      while (end < whole && !isZero(end)) {
        end += Erofs.BLOCK;
      }
      write(buffer.asSlice(at, end - at), start + at);
      at = end;
    }
    MemorySegment.copy(buffer, whole, buffer, 0, filled - whole);
    start += whole;
    filled -= whole;
    if (start - begun >= WRITEBACK) {
      Io.startWriteback(file, begun, start - begun);
      begun = start;
    }
  }

  private boolean isZero(int at) {
    return buffer.get(ValueLayout.JAVA_LONG, at) == 0 && buffer.asSlice(at, Erofs.BLOCK - 8).mismatch(buffer.asSlice(at + 8, Erofs.BLOCK - 8)) < 0;
  }

  private void write(MemorySegment bytes, long place) throws ErrnoException {
    for (long done = 0; done < bytes.byteSize(); ) {
      done += Io.pwrite(file, bytes.asSlice(done), place + done);
    }
  }

  /** Ends the sequence: the file is then as long as it says, in whole blocks. */
  void finish() throws ErrnoException {
    align();
    flush();
    Io.ftruncate(file, start);
  }

  @Override
  public void close() {
    arena.close();
  }
}
