package dev.proa.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A container's start through the API: create, start, end of {@code /bin/true}, remove, over one connection to an engine that
 * runs already and has the image {@code benchmark:1}; without a network, on the default bridge, and there with a published port. As root:
 *
 * <pre>benchmarks/run ApiStart</pre>
 *
 * which starts a fresh engine for it; any other by {@code DOCKER_HOST=unix:///… benchmarks/run --here ApiStart}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 4)
@Measurement(iterations = 5, time = 4)
@Fork(1)
public class ApiStartBenchmark {
  private static final String CREATE = "{\"Image\":\"benchmark:1\",\"Cmd\":[\"/bin/true\"],\"ExposedPorts\":{\"80/tcp\":{}},\"HostConfig\":{\"NetworkMode\":\"%s\"%s}}";
  private static final String PUBLISHED = "published";

  /** The network mode; {@code published} is the bridge with one port, which the engine chooses. */
  @Param({"none", "bridge", PUBLISHED})
  private String network;

  private String create;
  private SocketChannel channel;
  private final ByteBuffer in = ByteBuffer.allocate(1 << 16);

  @Setup
  public void connect() throws IOException {
    String host = System.getenv("DOCKER_HOST");
    if (host == null || !host.startsWith("unix://")) {
      throw new IOException("DOCKER_HOST must name the engine's socket as unix:///path");
    }
    create = network.equals(PUBLISHED) ? CREATE.formatted("bridge", ",\"PortBindings\":{\"80/tcp\":[{}]}") : CREATE.formatted(network, "");
    channel = SocketChannel.open(UnixDomainSocketAddress.of(host.substring("unix://".length())));
  }

  @TearDown
  public void close() throws IOException {
    channel.close();
  }

  @Benchmark
  public String createStartExitRemove() throws IOException {
    String created = ask("POST", "/v1.41/containers/create", create, 201);
    int at = created.indexOf("\"Id\":\"") + 6;
    String path = "/v1.41/containers/" + created.substring(at, at + 64);
    ask("POST", path + "/start", "", 204);
    String waited = ask("POST", path + "/wait", "", 200);
    if (!waited.contains("\"StatusCode\":0")) {
      throw new IOException("true ended otherwise: " + waited);
    }
    return ask("DELETE", path, "", 204);
  }

  /** One request, one answer: the engine's answers have a length or are chunked. */
  private String ask(String method, String path, String body, int expected) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head = method + " " + path + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: " + bytes.length + "\r\n\r\n";
    ByteBuffer out = ByteBuffer.wrap((head + body).getBytes(StandardCharsets.UTF_8));
    while (out.hasRemaining()) {
      channel.write(out);
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      in.clear();
      int n = channel.read(in);
      if (n < 0) {
        throw new IOException("the engine closed the connection: " + all.toString(StandardCharsets.UTF_8));
      }
      all.write(in.array(), 0, n);
      String text = all.toString(StandardCharsets.ISO_8859_1);
      int end = text.indexOf("\r\n\r\n");
      if (end >= 0 && complete(text, end)) {
        if (!text.startsWith("HTTP/1.1 " + expected)) {
          throw new IOException(method + " " + path + ": " + text);
        }
        return text.substring(end + 4);
      }
    }
  }

  private static boolean complete(String text, int end) {
    String head = text.substring(0, end).toLowerCase(java.util.Locale.ROOT);
    String rest = text.substring(end + 4);
    int length = head.indexOf("content-length:");
    if (length >= 0) {
      return rest.length() >= Integer.parseInt(head.substring(length + 15).lines().findFirst().orElseThrow().strip());
    }
    return !head.contains("transfer-encoding: chunked") || rest.endsWith("0\r\n\r\n");
  }
}
