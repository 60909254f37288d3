package dev.proa.scan.advisory;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Remembers the end of a zip archive that is read from its beginning: whether it is whole is to be seen there alone, since one that breaks off between two
 * files looks like a shorter one.
 */
final class ZipTail extends FilterInputStream {
  private static final int KEPT = 22 + 0xffff;

  private final byte[] ring = new byte[KEPT];
  private long total;

  ZipTail(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int count = super.read(bytes, offset, length);
    for (int done = Math.max(0, count - KEPT); done < count; ) {
      int at = (int) ((total + done) % KEPT);
      int some = Math.min(count - done, KEPT - at);
      System.arraycopy(bytes, offset + done, ring, at, some);
      done += some;
    }
    total += Math.max(0, count);
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    byte[] buffer = new byte[8 << 10];
    long skipped = 0;
    while (skipped < count) {
      int read = read(buffer, 0, (int) Math.min(buffer.length, count - skipped));
      if (read < 0) {
        break;
      }
      skipped += read;
    }
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /**
   * Reads to the end.
   *
   * @throws IOException if there is no directory of that many files
   */
  void check(long files) throws IOException {
    skip(Long.MAX_VALUE);
    int length = (int) Math.min(total, KEPT);
    for (int back = 22; back <= length; back++) {
      if (at(back) == 'P' && at(back - 1) == 'K' && at(back - 2) == 5 && at(back - 3) == 6) {
        int said = at(back - 10) | at(back - 11) << 8;
        if (said != (files & 0xffff) && said != 0xffff) {
          throw new IOException("its directory has " + said + " files, and " + files + " were found");
        }
        return;
      }
    }
    throw new IOException("its directory is missing");
  }

  /** A byte by its distance from the end, the last one at 1. */
  private int at(int back) {
    return ring[(int) ((total - back) % KEPT)] & 0xff;
  }

  @Override
  public void close() {
    // what is around it goes on
  }
}
