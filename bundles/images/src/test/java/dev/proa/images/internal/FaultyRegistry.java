package dev.proa.images.internal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.proa.images.internal.content.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A registry on a loopback port that misbehaves as told. */
final class FaultyRegistry implements AutoCloseable {
  final String host;
  /** Method, path and range of each request. */
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
  private final Map<String, Integer> counts = new HashMap<>();

  /** Answers a request; {@code turn} counts from 1. */
  @FunctionalInterface
  interface Behaviour {
    void answer(HttpExchange exchange, int turn) throws IOException;
  }

  FaultyRegistry() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    host = "127.0.0.1:" + server.getAddress().getPort();
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    on("/v2/", (exchange, turn) -> reply(exchange, 200, "application/json", "{}".getBytes()));
    server.start();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().toString();
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(path + (range == null ? "" : " " + range));
    Behaviour behaviour = behaviours.get(path);
    if (behaviour == null) {
      behaviour = behaviours.get(exchange.getRequestURI().getPath());
    }
    if (behaviour == null) {
      reply(exchange, 404, "application/json", "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\"}]}".getBytes());
      return;
    }
    int turn;
    synchronized (counts) {
      turn = counts.merge(path, 1, Integer::sum);
    }
    behaviour.answer(exchange, turn);
  }

  FaultyRegistry on(String path, Behaviour behaviour) {
    behaviours.put(path, behaviour);
    return this;
  }

  static void reply(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    boolean bodyless = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, bodyless ? -1 : body.length);
    if (!bodyless) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  /** Announces all and sends a part, then cuts the connection. */
  static void cut(HttpExchange exchange, byte[] body, int from, int to) throws IOException {
    if (from > 0) {
      exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (body.length - 1) + "/" + body.length);
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, body.length - from);
    exchange.getResponseBody().write(body, from, to - from);
    exchange.getResponseBody().flush();
    exchange.close();
  }

  static int rangeStart(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    return range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
  }

  static String blobPath(String repository, byte[] content) {
    return "/v2/" + repository + "/blobs/" + Digest.of(content);
  }

  FaultyRegistry blob(String repository, byte[] content) {
    return on(blobPath(repository, content), (exchange, turn) -> reply(exchange, 200, "application/octet-stream", content));
  }

  /**
   * Holds a blob back after its first half.
   *
   * @param begun counted down when the first half was sent
   * @return what lets the second half go
   */
  CountDownLatch hold(String repository, byte[] content, CountDownLatch begun) {
    CountDownLatch release = new CountDownLatch(1);
    on(
        blobPath(repository, content),
        (exchange, turn) -> {
          exchange.sendResponseHeaders(200, content.length);
          exchange.getResponseBody().write(content, 0, content.length / 2);
          exchange.getResponseBody().flush();
          begun.countDown();
          try {
            release.await(30, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.getResponseBody().write(content, content.length / 2, content.length - content.length / 2);
          exchange.close();
        });
    return release;
  }

  /** Serves an image well, layers as the given blobs. */
  FaultyRegistry image(String repository, String tag, TestImage image, List<byte[]> blobs) {
    String type = "application/vnd.oci.image.manifest.v1+json";
    byte[] manifest = image.manifest(type, blobs, "application/vnd.oci.image.layer.v1.tar+gzip");
    blobs.forEach(blob -> blob(repository, blob));
    blob(repository, image.config());
    return manifest(repository, tag, type, manifest);
  }

  FaultyRegistry manifest(String repository, String tag, String type, byte[] manifest) {
    on("/v2/" + repository + "/manifests/" + tag, (exchange, turn) -> reply(exchange, 200, type, manifest));
    return on("/v2/" + repository + "/manifests/" + Digest.of(manifest), (exchange, turn) -> reply(exchange, 200, type, manifest));
  }

  long count(String start) {
    synchronized (requests) {
      return requests.stream().filter(request -> request.startsWith(start)).count();
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
