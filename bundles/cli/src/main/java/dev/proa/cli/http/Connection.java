package dev.proa.cli.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One connection for one request: answers end with the connection, so that nothing has to be kept in step. */
public final class Connection implements AutoCloseable {
  private static final int MAX_HEAD_BYTES = 64 << 10;

  private final SocketChannel channel;
  private final ByteBuffer in = ByteBuffer.allocateDirect(64 << 10).flip();

  private final String always;

  private Connection(SocketChannel channel, String always) {
    this.channel = channel;
    this.always = always;
  }

  /**
   * @param headers names and values in turn, for the request
   * @throws IOException if nobody listens there
   */
  static Connection open(Endpoint endpoint, String... headers) throws IOException {
    SocketChannel channel = SocketChannel.open(endpoint.family());
    try {
      channel.connect(endpoint.address());
      StringBuilder always = new StringBuilder();
      for (int i = 0; i < headers.length; i += 2) {
        // whoever writes a config.json could else add a request of his own
        always.append((headers[i] + ": " + headers[i + 1]).replaceAll("[\\r\\n]", " ")).append("\r\n");
      }
      return new Connection(channel, always.toString());
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** The head of an answer. */
  public record Head(int status, List<String> headers) {
    /** The first value of a header, whatever the case of its name. */
    public @Nullable String header(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      for (String header : headers) {
        if (header.regionMatches(true, 0, prefix, 0, prefix.length())) {
          return header.substring(prefix.length()).strip();
        }
      }
      return null;
    }
  }

  /**
   * Sends a request without a body or with a whole one.
   *
   * @param headers names and values in turn
   */
  public void send(String method, String target, byte @Nullable [] json, boolean upgrade, String... headers) throws IOException {
    StringBuilder head = head(method, target);
    for (int i = 0; i < headers.length; i += 2) {
      head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    if (json != null) {
      head.append("Content-Type: application/json\r\nContent-Length: ").append(json.length).append("\r\n");
    } else if (!method.equals("GET") && !method.equals("HEAD")) {
      head.append("Content-Length: 0\r\n");
    }
    head.append(upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "Connection: close\r\n").append("\r\n");
    byte[] first = head.toString().getBytes(StandardCharsets.ISO_8859_1);
    int bodyLength = json == null ? 0 : json.length;
    ByteBuffer request = ByteBuffer.allocate(first.length + bodyLength).put(first);
    if (json != null) {
      request.put(json);
    }
    write(request.flip());
  }

  /** Sends a request whose body is a stream of unknown length. Returns early if the daemon has answered before the end. */
  public void sendStream(String method, String target, InputStream body, String... headers) throws IOException {
    StringBuilder head = head(method, target);
    for (int i = 0; i < headers.length; i += 2) {
      head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    head.append("Content-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    byte[] buffer = new byte[64 << 10];
    try {
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        if (n > 0) {
          write((Integer.toHexString(n) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
          write(ByteBuffer.wrap(buffer, 0, n));
          write(new byte[] {'\r', '\n'});
        }
      }
      write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      // the daemon refused the body and closed; its answer, which says why, is there to be read
      if (!fill()) {
        throw e;
      }
    }
  }

  private StringBuilder head(String method, String target) {
    return new StringBuilder(256).append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: proa\r\nUser-Agent: proa\r\n").append(always);
  }

  /** Reads the head of the answer; informational ones (other than an upgrade) are skipped. */
  public Head receive() throws IOException {
    Head head;
    do {
      List<String> lines = new ArrayList<>();
      int bytes = 0;
      for (String line = line(); !line.isEmpty(); line = line()) {
        lines.add(line);
        bytes += line.length();
        if (bytes > MAX_HEAD_BYTES) {
          throw new IOException("the daemon's answer has headers without end");
        }
      }
      if (lines.isEmpty() || !lines.getFirst().startsWith("HTTP/1.") || lines.getFirst().length() < 12) {
        throw new IOException("the answer is not HTTP");
      }
      head = new Head(Integer.parseInt(lines.getFirst().substring(9, 12)), lines.subList(1, lines.size()));
    } while (head.status() >= 100 && head.status() < 200 && head.status() != 101);
    return head;
  }

  /** The body that belongs to a head, to its end. */
  public InputStream body(Head head) {
    String coding = head.header("Transfer-Encoding");
    if (coding != null && coding.equalsIgnoreCase("chunked")) {
      return new ChunkedBody();
    }
    String length = head.header("Content-Length");
    if (head.status() == 204 || head.status() == 304) {
      return InputStream.nullInputStream();
    }
    return new PlainBody(length == null ? Long.MAX_VALUE : Long.parseLong(length), length != null);
  }

  /** Everything that comes, for an upgraded connection. */
  public InputStream input() {
    return new PlainBody(Long.MAX_VALUE, false);
  }

  public OutputStream output() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        Connection.this.write(new byte[] {(byte) b});
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        Connection.this.write(ByteBuffer.wrap(bytes, offset, length));
      }
    };
  }

  /** Says that no more input comes, while output still may. */
  public void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void write(byte[] bytes) throws IOException {
    write(ByteBuffer.wrap(bytes));
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** False at the end. */
  private boolean fill() throws IOException {
    if (in.hasRemaining()) {
      return true;
    }
    in.clear();
    int n = channel.read(in);
    in.flip();
    return n > 0;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder(80);
    while (fill()) {
      char c = (char) (in.get() & 0xff);
      if (c == '\n') {
        if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
          line.setLength(line.length() - 1);
        }
        return line.toString();
      }
      line.append(c);
      if (line.length() > MAX_HEAD_BYTES) {
        throw new IOException("the daemon's answer has a line without end");
      }
    }
    throw new EOFException("the daemon closed the connection");
  }

  private final class PlainBody extends InputStream {
    private long left;
    private final boolean exact;

    private PlainBody(long left, boolean exact) {
      this.left = left;
      this.exact = exact;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left == 0 || length == 0) {
        return length == 0 ? 0 : -1;
      }
      if (!fill()) {
        if (exact) {
          throw new EOFException("the daemon closed the connection in the middle of its answer");
        }
        return -1;
      }
      int n = (int) Math.min(Math.min(length, in.remaining()), left);
      in.get(bytes, offset, n);
      left -= n;
      return n;
    }
  }

  /** RFC 9112, section 7.1. */
  private final class ChunkedBody extends InputStream {
    private long left;
    private boolean first = true;
    private boolean end;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (end || length == 0) {
        return length == 0 ? 0 : -1;
      }
      if (left == 0 && !nextChunk()) {
        return -1;
      }
      if (!fill()) {
        throw new EOFException("the daemon closed the connection in the middle of its answer");
      }
      int n = (int) Math.min(Math.min(length, in.remaining()), left);
      in.get(bytes, offset, n);
      left -= n;
      return n;
    }

    private boolean nextChunk() throws IOException {
      if (!first) {
        line();
      }
      first = false;
      String size = line();
      int extension = size.indexOf(';');
      try {
        left = Long.parseLong((extension < 0 ? size : size.substring(0, extension)).strip(), 16);
      } catch (NumberFormatException e) {
        throw new IOException("the daemon's answer has a chunk of no size: " + size, e);
      }
      if (left == 0) {
        while (!line().isEmpty()) {
          // trailers
        }
        end = true;
      }
      return !end;
    }
  }
}
