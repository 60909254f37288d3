package dev.proa.scan.inventory;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that may not be longer than somebody thinks it is. */
public final class LimitedStream extends FilterInputStream {
  private final long limit;
  private long read;

  public LimitedStream(InputStream in, long limit) {
    super(in);
    this.limit = limit;
  }

  private int counted(int count) throws IOException {
    read += Math.max(count, 0);
    if (read > limit) {
      throw new IOException("longer than the " + limit + " bytes that are read of it");
    }
    return count;
  }

  @Override
  public int read() throws IOException {
    int one = super.read();
    counted(one < 0 ? 0 : 1);
    return one;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    return counted(super.read(bytes, offset, length));
  }

  @Override
  public long skip(long count) throws IOException {
    long skipped = super.skip(count);
    counted((int) Math.min(skipped, Integer.MAX_VALUE));
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
