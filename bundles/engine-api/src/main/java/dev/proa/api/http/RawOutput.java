package dev.proa.api.http;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/** The sending half of a hijacked connection. Each write goes out at once. */
final class RawOutput extends OutputStream {
  private final HttpConnection connection;

  RawOutput(HttpConnection connection) {
    this.connection = connection;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length > 0) {
      connection.write(Unpooled.copiedBuffer(bytes, offset, length));
    }
  }
}
