package dev.proa.images.internal;

import dev.proa.images.internal.content.Digest;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Debian's {@code docker-registry} on a loopback port, over a folder. */
final class RealRegistry implements AutoCloseable {
  /** Password "secret" of user "proa". */
  private static final String HTPASSWD = "proa:$2y$05$aYCjvh6yMDAk/tkTUFAuAe2d1IFyrUdF/RjW1H5Boz1fNzEAOeTVa\n";

  enum Kind {
    OPEN,
    PASSWORD,
    TLS,
    /** Bearer tokens of a {@link TokenServer}. */
    TOKEN,
    /** TLS with a certificate for 127.0.0.1, and certificates of clients required; {@code ca.pem}, {@code client.pem}, {@code client-key.pem} lie in the folder. */
    MUTUAL_TLS
  }

  final String host;
  private final Kind kind;
  private final Process process;
  private final HttpClient client;

  static Optional<Path> binary() {
    return Stream.of("/usr/bin/docker-registry", "/usr/local/bin/docker-registry").map(Path::of).filter(Files::isExecutable).findFirst();
  }

  RealRegistry(Path folder, Kind kind) throws Exception {
    this(folder, kind, null);
  }

  /** @param tokens for {@link Kind#TOKEN} */
  RealRegistry(Path folder, Kind kind, @Nullable TokenServer tokens) throws Exception {
    this.kind = kind;
    Files.createDirectories(folder);
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    host = "127.0.0.1:" + port;
    StringBuilder config =
        new StringBuilder("{\"version\":\"0.1\",\"log\":{\"level\":\"info\"},\"storage\":{\"filesystem\":{\"rootdirectory\":\"" + folder + "/data\"}},");
    if (kind == Kind.PASSWORD) {
      Files.writeString(folder.resolve("htpasswd"), HTPASSWD);
      config.append("\"auth\":{\"htpasswd\":{\"realm\":\"proa\",\"path\":\"" + folder + "/htpasswd\"}},");
    }
    if (tokens != null) {
      config.append(
          "\"auth\":{\"token\":{\"realm\":\"%s\",\"service\":\"proa-test\",\"issuer\":\"issuer\",\"rootcertbundle\":\"%s\"}},"
              .formatted(tokens.address, tokens.certificate));
    }
    config.append("\"http\":{\"addr\":\"" + host + "\"");
    if (kind == Kind.TLS) {
      run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=nobody", "-keyout",
          folder + "/key.pem", "-out", folder + "/cert.pem");
      config.append(",\"tls\":{\"certificate\":\"" + folder + "/cert.pem\",\"key\":\"" + folder + "/key.pem\"}");
    }
    if (kind == Kind.MUTUAL_TLS) {
      certificates(folder);
      config.append(
          ",\"tls\":{\"certificate\":\"%1$s/cert.pem\",\"key\":\"%1$s/key.pem\",\"clientcas\":[\"%1$s/ca.pem\"]}".formatted(folder));
    }
    config.append("}}");
    Path file = Files.writeString(folder.resolve("config.json"), config);
    ProcessBuilder builder = new ProcessBuilder(binary().orElseThrow().toString(), "serve", file.toString()).redirectErrorStream(true);
    builder.environment().put("OTEL_TRACES_EXPORTER", "none");
    process = builder.start();
    client = kind == Kind.TLS ? HttpClient.newBuilder().sslContext(trustAll()).build() : HttpClient.newHttpClient();
    BufferedReader log = process.inputReader();
    String line;
    do {
      line = log.readLine();
      if (line == null) {
        throw new IOException("docker-registry ended before it listened");
      }
    } while (!line.contains("listening on"));
    Thread.ofVirtual().start(() -> log.lines().forEach(ignored -> {}));
  }

  /** A root, a server for 127.0.0.1 and a client. */
  private static void certificates(Path folder) throws Exception {
    run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=root", "-keyout", folder + "/ca-key.pem", "-out", folder + "/ca.pem");
    for (String name : List.of("", "client-")) {
      String request = folder + "/request.pem";
      String certificate = folder + (name.isEmpty() ? "/cert.pem" : "/client.pem");
      run(
          "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=" + (name.isEmpty() ? "127.0.0.1" : "proa"), "-addext",
          "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/" + name + "key.pem", "-out", request);
      run(
          "openssl", "x509", "-req", "-in", request, "-CA", folder + "/ca.pem", "-CAkey", folder + "/ca-key.pem", "-CAcreateserial", "-days", "2", "-copy_extensions",
          "copy", "-out", certificate);
    }
  }

  static void run(String... command) throws Exception {
    Process done = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    if (!done.waitFor(30, TimeUnit.SECONDS) || done.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + " failed");
    }
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    if (kind == Kind.PASSWORD) {
      request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString("proa:secret".getBytes()));
    }
    HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 300) {
      throw new IOException(response + " " + response.body());
    }
    return response;
  }

  private URI uri(String path) {
    return URI.create((kind == Kind.TLS ? "https://" : "http://") + host + "/v2/" + path);
  }

  void blob(String repository, byte[] content) throws Exception {
    HttpResponse<String> started = send(HttpRequest.newBuilder(uri(repository + "/blobs/uploads/")).POST(HttpRequest.BodyPublishers.noBody()));
    String location = started.headers().firstValue("Location").orElseThrow();
    URI target = uri(repository).resolve(location + (location.contains("?") ? "&" : "?") + "digest=" + Digest.of(content));
    send(HttpRequest.newBuilder(target).header("Content-Type", "application/octet-stream").PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
  }

  /** @return the manifest's digest */
  String manifest(String repository, String tag, String mediaType, byte[] content) throws Exception {
    send(HttpRequest.newBuilder(uri(repository + "/manifests/" + tag)).header("Content-Type", mediaType).PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
    return Digest.of(content).value();
  }

  /** Stores an image of Docker's types, layers compressed by gzip. */
  String push(String repository, String tag, TestImage image) throws Exception {
    String type = "application/vnd.docker.distribution.manifest.v2+json";
    return push(repository, tag, image, type, image.layers().stream().map(Tars::gzip).toList(), "application/vnd.docker.image.rootfs.diff.tar.gzip");
  }

  String push(String repository, String tag, TestImage image, String manifestType, List<byte[]> blobs, String layerType) throws Exception {
    for (byte[] blob : blobs) {
      blob(repository, blob);
    }
    blob(repository, image.config());
    return manifest(repository, tag, manifestType, image.manifest(manifestType, blobs, layerType));
  }

  @Override
  public void close() throws Exception {
    client.close();
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  private static SSLContext trustAll() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        null,
        new TrustManager[] {
          new X509ExtendedTrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
              return new X509Certificate[0];
            }
          }
        },
        null);
    return context;
  }
}
