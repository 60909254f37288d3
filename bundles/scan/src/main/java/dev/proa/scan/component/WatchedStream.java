package dev.proa.scan.component;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Knows whether reading it failed: what was found then says something about this moment, not about the layer. */
final class WatchedStream extends FilterInputStream {
  private boolean failed;

  WatchedStream(InputStream in) {
    super(in);
  }

  boolean failed() {
    return failed;
  }

  @Override
  public int read() throws IOException {
    try {
      return super.read();
    } catch (IOException e) {
      failed = true;
      throw e;
    }
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    try {
      return super.read(bytes, offset, length);
    } catch (IOException e) {
      failed = true;
      throw e;
    }
  }

  @Override
  public long skip(long count) throws IOException {
    try {
      return super.skip(count);
    } catch (IOException e) {
      failed = true;
      throw e;
    }
  }
}
