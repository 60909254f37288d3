package dev.proa.api.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A client that sends exactly the bytes a test wants to be sent. */
public final class RawClient implements AutoCloseable {
  private final SocketChannel channel;
  private final InputStream in;

  public RawClient(Path socket) throws IOException {
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    in = new java.io.BufferedInputStream(Channels.newInputStream(channel));
  }

  /** An answer's head. */
  public record Head(int status, String reason, Map<String, String> headers) {}

  /** A whole answer. */
  public record Answer(int status, Map<String, String> headers, byte[] body) {
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  public RawClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  public RawClient send(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    return this;
  }

  public RawClient get(String target) throws IOException {
    return send("GET " + target + " HTTP/1.1\r\nHost: d\r\n\r\n");
  }

  public RawClient post(String target, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    return send(
        "POST " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n" + json);
  }

  public void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  public InputStream in() {
    return in;
  }

  public Head head() throws IOException {
    String[] status = line().split(" ", 3);
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
    }
    return new Head(Integer.parseInt(status[1]), status.length > 2 ? status[2] : "", headers);
  }

  public Answer answer() throws IOException {
    Head head = head();
    byte[] body;
    if ("chunked".equals(head.headers().get("transfer-encoding"))) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (byte[] chunk = chunk(); chunk.length > 0; chunk = chunk()) {
        all.write(chunk);
      }
      body = all.toByteArray();
    } else if (head.headers().containsKey("content-length")) {
      body = exactly(Integer.parseInt(head.headers().get("content-length")));
    } else if (head.status() == 204 || head.status() == 304) {
      body = new byte[0];
    } else {
      body = in.readAllBytes();
    }
    return new Answer(head.status(), head.headers(), body);
  }

  /** The next chunk of a chunked body; empty at its end. */
  public byte[] chunk() throws IOException {
    int size = Integer.parseInt(line(), 16);
    byte[] chunk = exactly(size);
    if (!line().isEmpty()) {
      throw new IOException("a chunk is not followed by an empty line");
    }
    return chunk;
  }

  public byte[] exactly(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("wanted " + count + " bytes, got " + bytes.length);
    }
    return bytes;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("end of the connection after \"" + line + "\"");
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
