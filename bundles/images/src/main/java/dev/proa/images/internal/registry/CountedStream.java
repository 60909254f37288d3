package dev.proa.images.internal.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.LongConsumer;

/** A blob on its way out: tells how far it was read, and never gives more than was announced. */
final class CountedStream extends FilterInputStream {
  private final long size;
  private final LongConsumer progress;
  private long position;

  private CountedStream(InputStream in, long offset, long size, LongConsumer progress) {
    super(in);
    this.position = offset;
    this.size = size;
    this.progress = progress;
  }

  static CountedStream open(RegistryUploads.Source source, long offset, long size, LongConsumer progress) {
    try {
      return new CountedStream(source.open(offset), offset, size, progress);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (position == size) {
      return -1;
    }
    int count = in.read(target, offset, (int) Math.min(length, size - position));
    if (count < 0) {
      throw new IOException("the blob became shorter while it was sent");
    }
    position += count;
    progress.accept(position);
    return count;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
