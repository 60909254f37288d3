package dev.proa.images;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.ZipException;

/**
 * Gzip (RFC 1952), all members to the end of the stream, over the fastest inflater of this host with buffers as large as pay: it bounds how fast a layer
 * comes, and the JDK's streams above it cost a third more. Whatever follows the last member is an error, as for Go and so for Docker.
 */
final class GzipInput extends InputStream {
  private static final int INPUT = 128 << 10;
  private static final int MAX_NAME = 64 << 10;

  private static final int HEADER_CRC = 1 << 1;
  private static final int EXTRA = 1 << 2;
  private static final int NAME = 1 << 3;
  private static final int COMMENT = 1 << 4;
  private static final int RESERVED = 0xe0;

  private final InputStream in;
  private final RawInflate inflater;
  private final CRC32 crc = new CRC32();
  private final byte[] buffer = new byte[INPUT];
  /** What of the buffer is neither inflated nor given to the inflater. */
  private int start;

  private int end;

  /** Of the member so far, uncompressed. */
  private long bytes;

  private boolean over;
  private boolean closed;

  /** @throws IOException if it does not begin with a member's header */
  GzipInput(InputStream in) throws IOException {
    this(in, RawInflate.best());
  }

  GzipInput(InputStream in, RawInflate inflater) throws IOException {
    this.in = in;
    this.inflater = inflater;
    try {
      if (!header()) {
        throw new EOFException("unexpected end of gzip data");
      }
    } catch (IOException e) {
      inflater.close();
      throw e;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (closed) {
      throw new IOException("closed");
    }
    if (length == 0) {
      return 0;
    }
    while (!over) {
      int count = inflate(target, offset, length);
      if (count > 0) {
        crc.update(target, offset, count);
        bytes += count;
        return count;
      }
      if (inflater.finished()) {
        start = end - Math.min(inflater.remaining(), end);
        trailer();
        over = !header();
      } else if (inflater.needsInput()) {
        if (!fill()) {
          throw new EOFException("unexpected end of gzip data");
        }
        give();
      }
    }
    return -1;
  }

  private int inflate(byte[] target, int offset, int length) throws IOException {
    try {
      return inflater.inflate(target, offset, length);
    } catch (DataFormatException e) {
      throw (IOException) new ZipException("damaged gzip data: " + e.getMessage()).initCause(e);
    }
  }

  /** Hands what is in the buffer to the inflater. */
  private void give() {
    inflater.input(buffer, start, end - start);
    start = end;
  }

  /** False at the end of the stream. */
  private boolean fill() throws IOException {
    start = 0;
    end = Math.max(in.read(buffer, 0, buffer.length), 0);
    return end > 0;
  }

  private int octet() throws IOException {
    if (start == end && !fill()) {
      throw new EOFException("unexpected end of gzip data");
    }
    return buffer[start++] & 0xff;
  }

  private int number(int bytes) throws IOException {
    int value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= octet() << 8 * i;
    }
    return value;
  }

  /** Reads a member's header; false if the stream ends before it. */
  private boolean header() throws IOException {
    if (start == end && !fill()) {
      return false;
    }
    if (octet() != 0x1f || octet() != 0x8b || octet() != 8) {
      throw new ZipException("invalid gzip header");
    }
    int flags = octet();
    if ((flags & RESERVED) != 0) {
      throw new ZipException("a gzip header with reserved flags");
    }
    skip(6); // time, extra flags, system
    if ((flags & EXTRA) != 0) {
      skip(number(2));
    }
    if ((flags & NAME) != 0) {
      skipText();
    }
    if ((flags & COMMENT) != 0) {
      skipText();
    }
    if ((flags & HEADER_CRC) != 0) {
      skip(2);
    }
    inflater.reset();
    crc.reset();
    bytes = 0;
    give();
    return true;
  }

  private void skip(int bytes) throws IOException {
    for (int i = 0; i < bytes; i++) {
      octet();
    }
  }

  private void skipText() throws IOException {
    for (int length = 0; octet() != 0; length++) {
      if (length > MAX_NAME) {
        throw new ZipException("a gzip header with a name or comment without end");
      }
    }
  }

  private void trailer() throws IOException {
    if (number(4) != (int) crc.getValue()) {
      throw new ZipException("damaged gzip data: the checksum is another");
    }
    if (number(4) != (int) bytes) {
      throw new ZipException("damaged gzip data: the length is another");
    }
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      inflater.close();
      in.close();
    }
  }
}
