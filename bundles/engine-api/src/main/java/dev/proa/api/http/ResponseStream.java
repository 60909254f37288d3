package dev.proa.api.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/** The body of a streamed answer: small writes are gathered until a flush, large ones pass. */
final class ResponseStream extends OutputStream {
  private static final int BUFFER_BYTES = 16 << 10;

  private final HttpConnection connection;
  private final Runnable whenComplete;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int buffered;
  private boolean closed;

  ResponseStream(HttpConnection connection, Runnable whenComplete) {
    this.connection = connection;
    this.whenComplete = whenComplete;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (closed) {
      throw new IOException("the answer is complete");
    }
    if (length > BUFFER_BYTES - buffered) {
      flush();
      for (; length >= BUFFER_BYTES; offset += BUFFER_BYTES, length -= BUFFER_BYTES) {
        connection.write(new DefaultHttpContent(Unpooled.copiedBuffer(bytes, offset, BUFFER_BYTES)));
      }
    }
    System.arraycopy(bytes, offset, buffer, buffered, length);
    buffered += length;
  }

  @Override
  public void flush() throws IOException {
    if (buffered > 0) {
      int length = buffered;
      buffered = 0;
      connection.write(new DefaultHttpContent(Unpooled.copiedBuffer(buffer, 0, length)));
    }
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      flush();
      closed = true;
      whenComplete.run();
      connection.write(LastHttpContent.EMPTY_LAST_CONTENT);
    }
  }
}
