package dev.proa.plugins.internal;

import dev.proa.plugins.PluginSources;
import dev.proa.plugins.Plugins.Package;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Fetches plugins; plain HTTP from loopback addresses only. */
final class Sources implements PluginSources {
  private static final Pattern COORDINATE = Pattern.compile("mvn:(https?://[^!\\s]{1,1000})!([\\w.-]{1,200})[:/]([\\w.-]{1,200})[:/]([\\w.+-]{1,200})");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long MAX_BYTES = 256L << 20;
  private static final int MAX_SIGNATURE_BYTES = 64 << 10;

  @Override
  public boolean knows(String source) {
    String lower = source.toLowerCase(Locale.ROOT);
    return lower.startsWith("mvn:") || lower.startsWith("https://") || lower.startsWith("http://") || lower.startsWith("file:");
  }

  @Override
  public Package fetch(String source, Path folder, Consumer<String> progress) {
    Path jar = folder.resolve("plugin.jar");
    Matcher coordinate = COORDINATE.matcher(source);
    try {
      if (source.startsWith("mvn:")) {
        if (!coordinate.matches()) {
          throw ProaException.invalid("\"" + source + "\" is no Maven coordinate with its repository: mvn:https://REPOSITORY!GROUP:ARTIFACT:VERSION");
        }
        URI address = maven(coordinate.group(1), coordinate.group(2), coordinate.group(3), coordinate.group(4));
        progress.accept("Downloading " + address);
        return new Package(jar, download(address, jar), source);
      }
      URI address = URI.create(source);
      if ("file".equalsIgnoreCase(address.getScheme())) {
        Path file = Path.of(address);
        Path signature = file.resolveSibling(file.getFileName() + ".sig");
        Files.copy(file, jar, StandardCopyOption.REPLACE_EXISTING);
        return new Package(jar, Files.isRegularFile(signature) ? limited(Files.newInputStream(signature)) : null, source);
      }
      progress.accept("Downloading " + address);
      return new Package(jar, download(address, jar), source);
    } catch (IllegalArgumentException e) {
      throw ProaException.invalid("cannot fetch a plugin from \"" + source + "\": " + e.getMessage());
    } catch (IOException e) {
      throw ProaException.unavailable("cannot fetch a plugin from " + source + ": " + e, e);
    }
  }

  /** A release's jar: Maven's repository layout. */
  private static URI maven(String base, String group, String artifact, String version) {
    return URI.create(base.replaceFirst("/+$", "") + "/" + group.replace('.', '/') + "/" + artifact + "/" + version + "/" + artifact + "-" + version + ".jar");
  }

  /** @return the signature that lies beside it, null if none does */
  private static byte @Nullable [] download(URI address, Path to) throws IOException {
    check(address);
    try (HttpClient client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).connectTimeout(PATIENCE).build()) {
      HttpResponse<InputStream> answer = send(client, address);
      try (InputStream in = answer.body();
          OutputStream out = Files.newOutputStream(to)) {
        if (answer.statusCode() != 200) {
          String message = "GET " + address + ": status " + answer.statusCode();
          throw answer.statusCode() == 404 ? ProaException.notFound(message) : ProaException.unavailable(message, null);
        }
        byte[] buffer = new byte[1 << 16];
        long size = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          size += n;
          if (size > MAX_BYTES) {
            throw ProaException.invalid(address + " is larger than " + (MAX_BYTES >> 20) + " MiB");
          }
          out.write(buffer, 0, n);
        }
      }
      HttpResponse<InputStream> signature = send(client, URI.create(address + ".sig"));
      try (InputStream in = signature.body()) {
        return signature.statusCode() == 200 ? limited(in) : null;
      }
    }
  }

  private static byte[] limited(InputStream from) throws IOException {
    try (InputStream in = from) {
      byte[] bytes = in.readNBytes(MAX_SIGNATURE_BYTES + 1);
      if (bytes.length > MAX_SIGNATURE_BYTES) {
        throw ProaException.invalid("the signature is larger than " + MAX_SIGNATURE_BYTES + " bytes");
      }
      return bytes;
    }
  }

  private static HttpResponse<InputStream> send(HttpClient client, URI address) throws IOException {
    try {
      return client.send(HttpRequest.newBuilder(address).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void check(URI address) throws IOException {
    boolean https = "https".equalsIgnoreCase(address.getScheme());
    boolean http = "http".equalsIgnoreCase(address.getScheme());
    if (address.getHost() == null || !(https || http)) {
      throw ProaException.invalid("\"" + address + "\": it needs https:// and a host");
    }
    if (http && !InetAddress.getByName(address.getHost()).isLoopbackAddress()) {
      throw ProaException.invalid("\"" + address + "\": plugins come by https, for nothing else tells where they come from");
    }
  }
}
