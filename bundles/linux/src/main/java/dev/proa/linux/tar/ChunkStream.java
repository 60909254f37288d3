package dev.proa.linux.tar;

import java.io.IOException;
import java.io.InputStream;

/** A stream that is made piece by piece while it is read; for streams that change or make archives. */
public abstract class ChunkStream extends InputStream {
  private byte[] chunk = new byte[0];
  private int at;
  private int end;
  private boolean over;

  /** Makes the next piece: calls {@link #give}, or {@link #last}, or neither, and is called again then. */
  protected abstract void fill() throws IOException;

  /** The next piece; the bytes stay as they are until {@link #fill} is called again. */
  protected final void give(byte[] bytes, int from, int length) {
    chunk = bytes;
    at = from;
    end = from + length;
  }

  /** So many zeros. */
  protected final void zeros(int count) {
    give(new byte[count], 0, count);
  }

  /** Nothing comes after what was given. */
  protected final void last() {
    over = true;
  }

  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public final int read(byte[] target, int offset, int length) throws IOException {
    while (at == end) {
      if (over) {
        return -1;
      }
      fill();
    }
    int n = Math.min(length, end - at);
    System.arraycopy(chunk, at, target, offset, n);
    at += n;
    return n;
  }
}
