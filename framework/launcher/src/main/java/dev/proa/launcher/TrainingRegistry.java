package dev.proa.launcher;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** A registry on loopback with one image, for the training run: many small files, and a few large ones, in layers compressed by gzip. */
final class TrainingRegistry implements AutoCloseable {
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final int SMALL = 1500;
  private static final int LARGE = 12;
  private static final int LARGE_BYTES = 1 << 20;
  private static final int MAX_HEAD = 64 << 10;

  private final ServerSocket server;

  /** What is served, by path. */
  private final Map<String, byte[]> answers = new HashMap<>();

  TrainingRegistry() throws IOException {
    server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    answers.put("/v2/", new byte[0]);
    List<String> diffIds = new ArrayList<>();
    List<String> layers = new ArrayList<>();
    for (byte[] tar : List.of(small(), large())) {
      diffIds.add('"' + digest(tar) + '"');
      layers.add(descriptor("application/vnd.oci.image.layer.v1.tar+gzip", blob(gzip(tar))));
    }
    byte[] config =
        blob(("{\"architecture\":\"%s\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":%s}}")
            .formatted(System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64", diffIds)
            .getBytes(StandardCharsets.US_ASCII));
    answers.put(
        "/v2/training/manifests/layers",
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":%s}"
            .formatted(MANIFEST, descriptor("application/vnd.oci.image.config.v1+json", config), layers)
            .getBytes(StandardCharsets.US_ASCII));
    Thread.ofVirtual().start(this::accept);
  }

  String image() {
    return "127.0.0.1:" + server.getLocalPort() + "/training:layers";
  }

  private byte[] blob(byte[] content) {
    answers.put("/v2/training/blobs/" + digest(content), content);
    return content;
  }

  private static String descriptor(String mediaType, byte[] content) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}".formatted(mediaType, digest(content), content.length);
  }

  private static String digest(byte[] content) {
    try {
      return "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it", e);
    }
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(content);
    }
    return compressed.toByteArray();
  }

  private static byte[] small() throws IOException {
    Random random = new Random(1);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (int i = 0; i < SMALL; i++) {
      String folder = "usr/lib/package-" + i / 20;
      if (i % 20 == 0) {
        tar.write(TrainingImage.header(folder + "/", '5', "", 0));
        tar.write(TrainingImage.header(folder + "/current", '2', "file-" + i, 0));
      }
      member(tar, folder + "/file-" + i, text(random, random.nextInt(8000)));
      if (i % 20 == 19) {
        tar.write(TrainingImage.header(folder + "/same", '1', folder + "/file-" + i, 0));
      }
    }
    return tar.toByteArray();
  }

  private static byte[] large() throws IOException {
    Random random = new Random(2);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (int i = 0; i < LARGE; i++) {
      member(tar, "usr/lib/package-" + i + "/large", text(random, LARGE_BYTES));
    }
    return tar.toByteArray();
  }

  private static void member(ByteArrayOutputStream tar, String name, byte[] content) throws IOException {
    tar.write(TrainingImage.header(name, '0', "", content.length));
    tar.write(content);
    tar.write(new byte[-content.length & TrainingImage.BLOCK - 1]);
  }

  /** What compresses about as programs do. */
  private static byte[] text(Random random, int length) {
    byte[] text = new byte[length];
    for (int i = 0; i < length; ) {
      int run = Math.min(1 + random.nextInt(12), length - i);
      if (i > 200 && random.nextBoolean()) {
        System.arraycopy(text, i - 1 - run - random.nextInt(100), text, i, run);
      } else {
        for (int n = 0; n < run; n++) {
          text[i + n] = (byte) random.nextInt(random.nextBoolean() ? 256 : 40);
        }
      }
      i += run;
    }
    return text;
  }

  private void accept() {
    while (true) {
      try {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        InputStream in = new BufferedInputStream(client.getInputStream());
        OutputStream out = new BufferedOutputStream(client.getOutputStream(), 1 << 16)) {
      for (String path = path(in); path != null; path = path(in)) {
        byte[] answer = answers.get(path);
        String status = answer == null ? "404 Not Found" : "200 OK";
        byte[] body = answer == null ? new byte[0] : answer;
        String type = path.contains("/manifests/") ? MANIFEST : "application/octet-stream";
        out.write(
            ("HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        out.write(body);
        out.flush();
      }
    } catch (IOException e) {
      // the client has gone, or spoke TLS
      return;
    }
  }

  /** The path of the next request; null at the end, and for what is no HTTP. */
  private static @Nullable String path(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < MAX_HEAD && head.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      if (octet < 0 || head.isEmpty() && octet != 'G') {
        return null;
      }
      head.append((char) octet);
    }
    String[] words = head.toString().split(" ", 3);
    return words.length < 3 ? null : words[1];
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
