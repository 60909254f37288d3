package dev.proa.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterInputStream;

/** A stream as gzip (RFC 1952), compressed while it is read: what fails in it fails where it is read. */
final class GzipInput extends InputStream {
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 255};
  private static final int TRAILER_BYTES = 8;

  private final CRC32 crc = new CRC32();
  private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
  private final InputStream deflated;
  private byte[] around = HEADER;
  private int at;
  private boolean trailer;

  GzipInput(InputStream plain) {
    deflated = new DeflaterInputStream(new CheckedInputStream(plain, crc), deflater);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (at == around.length && !trailer) {
      int n = deflated.read(bytes, offset, length);
      if (n >= 0) {
        return n;
      }
      trailer = true;
      around = new byte[TRAILER_BYTES];
      at = 0;
      for (int i = 0; i < 4; i++) {
        around[i] = (byte) (crc.getValue() >> 8 * i);
        around[4 + i] = (byte) (deflater.getBytesRead() >> 8 * i);
      }
    }
    int n = Math.min(length, around.length - at);
    System.arraycopy(around, at, bytes, offset, n);
    at += n;
    return n == 0 && length > 0 ? -1 : n;
  }

  @Override
  public void close() throws IOException {
    try {
      deflated.close();
    } finally {
      deflater.end();
    }
  }
}
