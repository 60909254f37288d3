package dev.proa.images.internal.registry;

import dev.proa.images.internal.registry.RegistryException.Kind;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The JDK's HTTP client twice, with certificates verified and without, and the time limits that it lacks. */
final class Transport implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

  private final RegistrySettings settings;
  private final HttpClient verifying;
  private final HttpClient trusting;
  private final ScheduledExecutorService clock;

  Transport(RegistrySettings settings) {
    this.settings = settings;
    this.verifying = builder().build();
    this.trusting = builder().sslContext(trustAll()).build();
    this.clock = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("registry-clock").factory());
  }

  private HttpClient.Builder builder() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(settings.connectTimeout())
        .proxy(EnvironmentProxy.ofEnvironment(System.getenv()))
        .executor(Executors.newVirtualThreadPerTaskExecutor());
  }

  HttpRequest.Builder request(URI uri) {
    return stream(uri).timeout(settings.answerTimeout());
  }

  /** A request whose body may take its time. */
  HttpRequest.Builder stream(URI uri) {
    return HttpRequest.newBuilder(uri).header("User-Agent", settings.userAgent());
  }

  /**
   * Sends a request. A read of the body that gets nothing for the stall timeout fails.
   *
   * @param verify whether the server's certificate must be valid
   */
  HttpResponse<InputStream> send(HttpRequest request, boolean verify) throws IOException {
    return send(request, verify, false);
  }

  /** @param streamed whether the request came from {@link #stream}: it then may take any time, but not stand still */
  HttpResponse<InputStream> send(HttpRequest request, boolean verify, boolean streamed) throws IOException {
    HttpClient client = verify ? verifying : trusting;
    try {
      HttpResponse<InputStream> response =
          streamed
              ? Streamed.send(client, request, settings.stallTimeout(), settings.answerTimeout())
              : client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      return new Guarded(response, new StallGuard(response.body()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("canceled").initCause(e);
    }
  }

  /** Says what happened to a request as Go's client, and so Docker, would, and what to do. */
  static RegistryException failure(String method, URI uri, IOException e) {
    String prefix = method.charAt(0) + method.substring(1).toLowerCase(java.util.Locale.ROOT) + " \"" + uri + "\": ";
    String authority = uri.getAuthority();
    int port = uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
    String address = InsecureRegistries.host(authority) + ":" + port;
    String reason =
        switch (e) {
          case HttpConnectTimeoutException _ -> "dial tcp " + address + ": i/o timeout; check that this host can reach the registry";
          case HttpTimeoutException _ -> "net/http: request canceled (Client.Timeout exceeded while awaiting headers)";
          case ConnectException _ ->
              e.getCause() instanceof UnresolvedAddressException || e.getCause() != null && e.getCause().getCause() instanceof UnresolvedAddressException
                  ? "dial tcp: lookup " + InsecureRegistries.host(authority) + ": no such host; check the name and this host's DNS"
                  : "dial tcp " + address + ": connect: " + connectReason(e) + "; check that a registry listens there";
          case SSLException ssl -> tlsReason(ssl, authority);
          case InterruptedIOException _ -> "context canceled";
          default -> String.valueOf(e.getMessage());
        };
    return new RegistryException(Kind.UNREACHABLE, prefix + reason, e);
  }

  private static String connectReason(IOException e) {
    String text = e.getMessage();
    return text == null ? "connection refused" : text.toLowerCase(java.util.Locale.ROOT);
  }

  private static String tlsReason(SSLException e, String authority) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return "tls: failed to verify certificate: "
            + cause.getMessage()
            + "; if you trust this registry all the same, start the daemon with --insecure-registry "
            + authority;
      }
    }
    String text = String.valueOf(e.getMessage());
    return text.contains("Unsupported or unrecognized SSL message") || text.contains("plaintext connection")
        ? "http: server gave HTTP response to HTTPS client; if that is meant, start the daemon with --insecure-registry " + authority
        : "tls: " + text;
  }

  @Override
  public void close() {
    verifying.shutdownNow();
    trusting.shutdownNow();
    clock.shutdownNow();
  }

  /** Closes a body on which a read has waited for too long, which ends the read. */
  private final class StallGuard extends FilterInputStream {
    private final ScheduledFuture<?> watch;
    /** When the present read began, in {@link System#nanoTime}; 0 while none waits. */
    private volatile long readingSince;

    private volatile boolean stalled;

    StallGuard(InputStream body) {
      super(body);
      long period = Math.max(settings.stallTimeout().toMillis() / 4, 1);
      watch = clock.scheduleWithFixedDelay(this::check, period, period, TimeUnit.MILLISECONDS);
    }

    private void check() {
      long since = readingSince;
      if (since != 0 && System.nanoTime() - since > settings.stallTimeout().toNanos()) {
        stalled = true;
        try {
          in.close();
        } catch (IOException e) {
          LOG.debug("closing a stalled answer: {}", e.getMessage());
        }
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      readingSince = System.nanoTime() | 1;
      try {
        int count = in.read(target, offset, length);
        if (stalled) {
          throw stall(null);
        }
        return count;
      } catch (IOException e) {
        throw stalled ? stall(e) : e;
      } finally {
        readingSince = 0;
      }
    }

    private IOException stall(@Nullable IOException cause) {
      return new IOException("nothing came for " + settings.stallTimeout().toSeconds() + " s", cause);
    }

    @Override
    public void close() throws IOException {
      watch.cancel(false);
      in.close();
    }
  }

  private record Guarded(HttpResponse<InputStream> response, InputStream guarded) implements HttpResponse<InputStream> {
    @Override
    public int statusCode() {
      return response.statusCode();
    }

    @Override
    public HttpRequest request() {
      return response.request();
    }

    @Override
    public java.util.Optional<HttpResponse<InputStream>> previousResponse() {
      return response.previousResponse();
    }

    @Override
    public java.net.http.HttpHeaders headers() {
      return response.headers();
    }

    @Override
    public InputStream body() {
      return guarded;
    }

    @Override
    public java.util.Optional<javax.net.ssl.SSLSession> sslSession() {
      return response.sslSession();
    }

    @Override
    public URI uri() {
      return response.uri();
    }

    @Override
    public HttpClient.Version version() {
      return response.version();
    }
  }

  private static SSLContext trustAll() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustAll()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no TLS", e);
    }
  }

  /** For registries that the operator exempted. An extended trust manager also stands for the check of the host's name. */
  private static final class TrustAll extends X509ExtendedTrustManager {
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
}
