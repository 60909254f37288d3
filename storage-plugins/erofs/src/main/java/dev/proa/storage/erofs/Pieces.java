package dev.proa.storage.erofs;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.tar.TarReader;
import java.io.IOException;

/** The data of a file, holes left out, piece by piece. */
interface Pieces {

  /** Length of the next piece, valid until the next call; 0 at the end. */
  int next() throws IOException;

  byte[] bytes();

  /** Where in {@link #bytes} the piece starts. */
  int offset();

  static Pieces of(TarReader member) {
    return new Pieces() {
      @Override
      public int next() throws IOException {
        return member.chunk();
      }

      @Override
      public byte[] bytes() {
        return member.buffer();
      }

      @Override
      public int offset() {
        return member.chunkOffset();
      }
    };
  }

  /** @param extents offset and length in turn, ascending */
  static Pieces of(Fd file, long[] extents) {
    byte[] buffer = new byte[64 << 10];
    return new Pieces() {
      private int extent = -2;
      private long at;
      private long left;

      @Override
      public int next() throws IOException {
        while (left == 0) {
          extent += 2;
          if (extent >= extents.length) {
            return 0;
          }
          at = extents[extent];
          left = extents[extent + 1];
        }
        Io.lseek(file, at, Fcntl.SEEK_SET);
        int n = Io.read(file, buffer, 0, (int) Math.min(buffer.length, left));
        if (n == 0) {
          throw new ErrnoException("read", Errno.EIO, "a file of a layer below that is shorter than it says");
        }
        at += n;
        left -= n;
        return n;
      }

      @Override
      public byte[] bytes() {
        return buffer;
      }

      @Override
      public int offset() {
        return 0;
      }
    };
  }
}
