package dev.proa.launcher;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * What a daemon does that runs only to be recorded for the ahead-of-time cache ({@code proad --prepare}): it answers the requests that
 * every client begins with, and stops.
 */
final class Training {
  private static final List<String> REQUESTS =
      List.of("HEAD /_ping", "GET /_ping", "GET /v1.51/version", "GET /v1.51/info", "GET /v1.51/containers/json?all=1", "GET /v1.51/images/json",
          "GET /v1.51/volumes", "GET /v1.51/networks", "GET /v1.51/containers/nosuch/json");

  private Training() {}

  static boolean asked() {
    return Boolean.getBoolean("proa.training");
  }

  static void run(Path socket) throws StartFailure {
    for (String request : REQUESTS) {
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(socket));
        channel.write(ByteBuffer.wrap((request + " HTTP/1.1\r\nHost: proa\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII)));
        ByteBuffer answer = ByteBuffer.allocate(64 << 10);
        while (channel.read(answer) >= 0) {
          answer.clear();
        }
      } catch (IOException e) {
        throw StartFailure.failed("the training request " + request + " failed: " + e, e);
      }
    }
  }
}
