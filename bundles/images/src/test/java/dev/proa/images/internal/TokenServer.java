package dev.proa.images.internal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A token server that docker-registry believes: signed tokens (ES256) for the user proa with password "secret" or the refresh token "refresh-me";
 * anybody may pull from {@code public/…}.
 */
final class TokenServer implements AutoCloseable {
  static final String REFRESH = "refresh-me-and-tell-nobody";

  final String address;
  final Path certificate;
  /** Method and query, or form, of each request. */
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final PrivateKey key;
  private final String x5c;

  TokenServer(Path folder) throws Exception {
    Files.createDirectories(folder);
    certificate = folder.resolve("cert.pem");
    RealRegistry.run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=issuer", "-keyout",
        folder + "/key.pem", "-out", certificate.toString());
    key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der(folder.resolve("key.pem"))));
    x5c = Base64.getEncoder().encodeToString(der(certificate));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/token", this::handle);
    server.start();
    address = "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
  }

  private static byte[] der(Path pem) throws IOException {
    return Base64.getMimeDecoder().decode(Files.readString(pem).replaceAll("-----[A-Z ]+-----", ""));
  }

  private void handle(HttpExchange exchange) throws IOException {
    String form = exchange.getRequestMethod().equals("POST") ? new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8) : "";
    String query = form.isEmpty() ? exchange.getRequestURI().getRawQuery() : form;
    requests.add(exchange.getRequestMethod() + " " + query);
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    boolean user =
        ("Basic " + Base64.getEncoder().encodeToString("proa:secret".getBytes(StandardCharsets.UTF_8))).equals(authorization)
            || parameters(query, "refresh_token").contains(REFRESH);
    boolean wrong = !user && (authorization != null || !form.isEmpty());
    if (wrong) {
      FaultyRegistry.reply(exchange, 401, "application/json", "{\"details\":\"incorrect username or password\"}".getBytes(StandardCharsets.UTF_8));
      return;
    }
    try {
      String refresh = parameters(query, "offline_token").contains("true") ? ",\"refresh_token\":\"" + REFRESH + "\"" : "";
      String token = token(user, parameters(query, "scope"));
      FaultyRegistry.reply(
          exchange, 200, "application/json", ("{\"token\":\"" + token + "\",\"expires_in\":300" + refresh + "}").getBytes(StandardCharsets.UTF_8));
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static List<String> parameters(String query, String name) {
    List<String> values = new ArrayList<>();
    for (String pair : query.split("&")) {
      if (pair.startsWith(name + "=")) {
        values.add(URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8));
      }
    }
    return values;
  }

  private String token(boolean user, List<String> scopes) throws Exception {
    List<String> access = new ArrayList<>();
    for (String line : scopes) {
      for (String scope : line.split(" ")) {
        String[] parts = scope.split(":");
        String actions = user ? parts[2] : parts[1].startsWith("public/") ? "pull" : "";
        access.add("{\"type\":\"repository\",\"name\":\"" + parts[1] + "\",\"actions\":[\"" + actions.replace(",", "\",\"") + "\"]}");
      }
    }
    long now = Instant.now().getEpochSecond();
    String header = "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"x5c\":[\"" + x5c + "\"]}";
    String claims =
        "{\"iss\":\"issuer\",\"sub\":\"%s\",\"aud\":\"proa-test\",\"exp\":%d,\"nbf\":%d,\"iat\":%d,\"jti\":\"%d\",\"access\":[%s]}"
            .formatted(user ? "proa" : "", now + 300, now - 10, now, System.nanoTime(), String.join(",", access));
    String signed = encode(header.getBytes(StandardCharsets.UTF_8)) + "." + encode(claims.getBytes(StandardCharsets.UTF_8));
    Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    signature.initSign(key);
    signature.update(signed.getBytes(StandardCharsets.US_ASCII));
    return signed + "." + encode(signature.sign());
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
