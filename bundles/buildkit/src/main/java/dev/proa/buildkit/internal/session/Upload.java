package dev.proa.buildkit.internal.session;

import dev.proa.buildkit.internal.grpc.ClientCall;
import dev.proa.buildkit.protocol.BytesMessage;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/** A context that the client has on its standard input, read as it comes. */
public final class Upload extends InputStream {
  /** How such a context is named in a request. */
  public static final String PREFIX = "http://buildkit-session/";

  private static final String METHOD = "/moby.upload.v1.Upload/Pull";

  private final ClientCall call;
  private byte[] block = new byte[0];
  private int at;
  private boolean ended;

  /** @param address as the request names it */
  public Upload(Session session, String address) throws IOException {
    String path = address.substring(PREFIX.length() - 1);
    call = session.open(METHOD, Map.of("urlpath", List.of(path), "urlhost", List.of("buildkit-session")));
    call.endOutput();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (at == block.length && !ended) {
      BytesMessage message = call.receive(BytesMessage.parser());
      ended = message == null;
      block = message == null ? new byte[0] : message.getData().toByteArray();
      at = 0;
    }
    if (ended) {
      return -1;
    }
    int n = Math.min(length, block.length - at);
    System.arraycopy(block, at, target, offset, n);
    at += n;
    return n;
  }

  @Override
  public void close() {
    call.close();
  }
}
