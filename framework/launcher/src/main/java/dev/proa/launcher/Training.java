package dev.proa.launcher;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a daemon does that runs only to be recorded for the ahead-of-time cache ({@code proad --prepare}): it answers the requests that
 * every client begins with, starts containers, builds images and pulls layers if this host lets it, and stops. The cache holds the classes of all that, and what the JVM learned
 * about their methods, so that the first containers of a daemon start as the later ones do.
 */
final class Training {
  private static final List<String> REQUESTS =
      List.of("HEAD /_ping", "GET /_ping", "GET /v1.51/version", "GET /v1.51/info", "GET /v1.51/containers/json?all=1", "GET /v1.51/images/json",
          "GET /v1.51/volumes", "GET /v1.51/networks", "GET /v1.51/containers/nosuch/json");

  private static final int CONTAINERS = 150;
  private static final int PULLS = 12;
  private static final int BUILDS = 40;
  private static final Pattern ID = Pattern.compile("\"Id\":\"([0-9a-f]{64})\"");

  private final Path socket;

  private Training(Path socket) {
    this.socket = socket;
  }

  static boolean asked() {
    return Boolean.getBoolean("proa.training");
  }

  static void run(Path socket) throws StartFailure {
    Training training = new Training(socket);
    for (String request : REQUESTS) {
      try {
        training.ask(request, "", new byte[0]);
      } catch (IOException e) {
        throw StartFailure.failed("the training request " + request + " failed: " + e, e);
      }
    }
    try {
      training.containers();
      training.builds();
      training.layers();
    } catch (IOException e) {
      // without root there are no containers to learn from; the cache is good for the start all the same
      org.slf4j.LoggerFactory.getLogger(Training.class).info("trained without containers, builds or layers: {}", e.getMessage());
    }
  }

  private void containers() throws IOException {
    succeed("POST /v1.51/images/create?fromSrc=-&repo=training", "application/x-tar", TrainingImage.tar());
    for (int i = 0; i < CONTAINERS; i++) {
      String id = id("POST /v1.51/containers/create", "{\"Image\":\"training\",\"Cmd\":[\"/true\"],\"HostConfig\":{\"NetworkMode\":\"none\"}}");
      succeed("POST /v1.51/containers/" + id + "/start", "", new byte[0]);
      succeed("POST /v1.51/containers/" + id + "/wait", "", new byte[0]);
      succeed("GET /v1.51/containers/" + id + "/json", "", new byte[0]);
      succeed("DELETE /v1.51/containers/" + id, "", new byte[0]);
    }
  }

  /** The first is done, each later one finds all of it in the cache, as most builds find most. */
  private void builds() throws IOException {
    byte[] context = TrainingImage.context();
    for (int i = 0; i < BUILDS; i++) {
      succeed("POST /v1.51/build?t=built&networkmode=none" + (i % 8 == 0 ? "&nocache=1" : ""), "application/x-tar", context);
    }
    succeed("DELETE /v1.51/images/built", "", new byte[0]);
  }

  /** Most of a first pull would be compiling. */
  private void layers() throws IOException {
    try (TrainingRegistry registry = new TrainingRegistry()) {
      for (int i = 0; i < PULLS; i++) {
        succeed("POST /v1.51/images/create?fromImage=" + registry.image(), "", new byte[0]);
        succeed("DELETE /v1.51/images/" + registry.image(), "", new byte[0]);
      }
    }
  }

  private String id(String request, String body) throws IOException {
    Matcher id = ID.matcher(succeed(request, "application/json", body.getBytes(StandardCharsets.US_ASCII)));
    if (!id.find()) {
      throw new IOException(request + ": no id in the answer");
    }
    return id.group(1);
  }

  private String succeed(String request, String contentType, byte[] body) throws IOException {
    String answer = ask(request, contentType, body);
    if (!answer.startsWith("HTTP/1.1 2")) {
      throw new IOException(request + ": " + answer.lines().reduce("", (first, last) -> last));
    }
    return answer;
  }

  private String ask(String request, String contentType, byte[] body) throws IOException {
    String head =
        request
            + " HTTP/1.1\r\nHost: proa\r\nConnection: close\r\n"
            + (contentType.isEmpty() ? "" : "Content-Type: " + contentType + "\r\n")
            + (request.startsWith("POST") ? "Content-Length: " + body.length + "\r\n" : "")
            + "\r\n";
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      write(channel, head.getBytes(StandardCharsets.US_ASCII));
      write(channel, body);
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      ByteBuffer part = ByteBuffer.allocate(64 << 10);
      while (channel.read(part) >= 0) {
        answer.write(part.array(), 0, part.position());
        part.clear();
      }
      return answer.toString(StandardCharsets.UTF_8);
    }
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
