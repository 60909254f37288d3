package dev.proa.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs the common verbs once against answers that are written down here. {@code proad --prepare} has the JVM record this run, and the
 * classes it loads are those that a later {@code proa} finds in its ahead-of-time cache.
 */
public final class Training {
  private static final String CONTAINER =
      """
      {"Id":"0123456789abcdef0123456789abcdef","Names":["/web"],"Image":"alpine:3.20","Command":"sh","Created":1700000000,"State":"running","Status":"Up 2 hours",
      "Ports":[{"PrivatePort":80,"PublicPort":8080,"Type":"tcp","IP":"0.0.0.0"}],"Labels":{"a":"b"},"Mounts":[],"NetworkSettings":{"Networks":{"none":{}}},
      "Config":{"Tty":false,"OpenStdin":false},"StatusCode":0}""";
  private static final String IMAGE =
      "{\"Id\":\"sha256:0123456789abcdef\",\"RepoTags\":[\"alpine:3.20\"],\"RepoDigests\":[\"alpine@sha256:12\"],\"Created\":1700000000,\"Size\":7800000}";

  private Training() {}

  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory("proa-training");
    Path socket = folder.resolve("s");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread.ofPlatform().daemon().start(() -> serve(server));
      PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
      String host = "unix://" + socket;
      for (List<String> line :
          List.of(
              List.of("ps", "-a"),
              List.of("ps", "--format", "{{.Names}} {{json .Labels}}"),
              List.of("images"),
              List.of("version"),
              List.of("info"),
              List.of("inspect", "-f", "{{.Id}}", "web"),
              List.of("inspect", "web"),
              List.of("stop", "web"),
              List.of("rm", "-f", "web"),
              List.of("logs", "web"),
              List.of("run", "-d", "--rm", "-e", "A=b", "-v", "data:/srv", "alpine:3.20", "true"),
              List.of("run", "--rm", "alpine:3.20", "true"),
              List.of("exec", "web", "true"),
              List.of("--help"),
              List.of("run", "--help"))) {
        List<String> all = new java.util.ArrayList<>(List.of("-H", host));
        all.addAll(line);
        Main.run(all, nowhere, nowhere);
      }
    } finally {
      Files.deleteIfExists(socket);
      Files.delete(folder);
    }
    System.exit(0);
  }

  private static void serve(ServerSocketChannel server) {
    try {
      while (true) {
        try (SocketChannel client = server.accept()) {
          ByteBuffer request = ByteBuffer.allocate(64 << 10);
          client.read(request);
          String line = StandardCharsets.UTF_8.decode(request.flip()).toString().lines().findFirst().orElse("");
          client.write(ByteBuffer.wrap(answer(line).getBytes(StandardCharsets.UTF_8)));
        }
      }
    } catch (ClosedChannelException e) {
      return; // the training is over
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String answer(String line) {
    String frame = "\u0001\0\0\0\0\0\0\u0003hi\n";
    if (line.contains("/attach") || line.contains("/exec/") && line.contains("/start")) {
      return "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n" + frame;
    }
    String body =
        line.contains("/logs") ? frame
            : line.contains("/containers/json") ? "[" + CONTAINER + "]"
            : line.contains("/images/json") ? "[" + IMAGE + "]"
            : CONTAINER;
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
  }
}
