package dev.proa.api.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/** The sending half of a hijacked connection. Each write goes out at once; on a websocket as a binary message. */
final class RawOutput extends OutputStream {
  private final HttpConnection connection;

  private final boolean webSocket;
  private boolean headRead;

  RawOutput(HttpConnection connection, boolean webSocket) {
    this.connection = connection;
    this.webSocket = webSocket;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length > 0) {
      awaitHeadRead();
      ByteBuf data = Unpooled.copiedBuffer(bytes, offset, length);
      connection.write(webSocket ? new BinaryWebSocketFrame(data) : data);
    }
  }

  private void awaitHeadRead() throws IOException {
    if (!headRead && !webSocket) {
      connection.awaitRead();
    }
    headRead = true;
  }
}
