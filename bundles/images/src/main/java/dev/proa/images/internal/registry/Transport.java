package dev.proa.images.internal.registry;

import dev.proa.images.internal.registry.RegistryAddress.Rung;
import dev.proa.images.internal.registry.RegistryException.Kind;
import dev.proa.spi.registry.TlsMaterial;
import dev.proa.spi.registry.TokenTransport;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.util.LinkedHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The JDK's HTTP client twice, with certificates verified and without, and once more for registries with certificates of their own, and the time limits that it lacks. */
final class Transport implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

  private static final int MAX_CERTIFIED = 64;
  private static final int MAX_TOKEN_ANSWER = 1 << 20;

  private final RegistrySettings settings;
  private final Authenticators authenticators;
  private final EnvironmentProxy proxy;
  private final HttpClient verifying;
  private final HttpClient trusting;
  /** Registries with certificates of their own, by authority; the least recently used is given up first. */
  private final LinkedHashMap<String, Certified> certified = new LinkedHashMap<>(16, 0.75f, true);
  private final ScheduledExecutorService clock;

  Transport(RegistrySettings settings, Authenticators authenticators) {
    this.settings = settings;
    this.authenticators = authenticators;
    this.proxy = EnvironmentProxy.ofEnvironment(settings.proxies());
    this.verifying = builder().build();
    this.trusting = builder().sslContext(TlsContexts.context(false, null)).build();
    this.clock = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("registry-clock").factory());
  }

  private HttpClient.Builder builder() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(settings.connectTimeout())
        .proxy(proxy)
        .executor(Executors.newVirtualThreadPerTaskExecutor());
  }

  /** The clients of one registry. */
  private record Certified(TlsMaterial material, HttpClient verifying, HttpClient trusting) {
    void shutdown() {
      // What is under way goes on to its end.
      verifying.shutdown();
      trusting.shutdown();
    }
  }

  /**
   * Asks for the certificates of a registry, which are used from now on.
   *
   * @return whether they are others than before
   */
  boolean certify(String authority) {
    TlsMaterial material = authenticators.first(driver -> driver.tls(authority)).orElse(null);
    synchronized (certified) {
      Certified before = certified.get(authority);
      if (before == null ? material == null : material != null && before.material().sameAs(material)) {
        return false;
      }
      if (material == null) {
        certified.remove(authority);
      } else {
        HttpClient verified = builder().sslContext(TlsContexts.context(true, material)).build();
        certified.put(authority, new Certified(material, verified, builder().sslContext(TlsContexts.context(false, material)).build()));
      }
      if (before != null) {
        before.shutdown();
      }
      if (certified.size() > MAX_CERTIFIED) {
        certified.pollFirstEntry().getValue().shutdown();
      }
      return true;
    }
  }

  /** Whether there are roots by which this very registry is verified. */
  boolean hasRoots(String authority) {
    synchronized (certified) {
      Certified own = certified.get(authority);
      return own != null && !own.material().trusted().isEmpty();
    }
  }

  private HttpClient client(URI uri, boolean verify) {
    synchronized (certified) {
      Certified own = certified.get(uri.getAuthority());
      return own == null ? verify ? verifying : trusting : verify ? own.verifying() : own.trusting();
    }
  }

  /** The way to the token server of a registry, which need not be verified either if the registry need not and it is on the same host. */
  TokenTransport tokens(Rung rung) {
    return (uri, headers, form) -> {
      certify(uri.getAuthority());
      HttpRequest.Builder builder = request(uri);
      headers.forEach(builder::header);
      if (form != null) {
        builder.header("Content-Type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers.ofString(form));
      }
      boolean same = String.valueOf(uri.getHost()).equals(rung.base().getHost());
      boolean verify = !same || rung.verify() || hasRoots(uri.getAuthority());
      String method = form == null ? "GET" : "POST";
      try {
        HttpResponse<InputStream> response = send(builder.build(), verify);
        try (InputStream body = response.body()) {
          return new TokenTransport.Answer(response.statusCode(), body.readNBytes(MAX_TOKEN_ANSWER));
        }
      } catch (IOException e) {
        throw new IOException(failure(method, withoutQuery(uri), e).getMessage(), e);
      }
    };
  }

  /** The query of a token request names the account. */
  private static URI withoutQuery(URI uri) {
    return URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath());
  }

  HttpRequest.Builder request(URI uri) {
    return stream(uri).timeout(settings.answerTimeout());
  }

  /** A request whose body may take its time. */
  HttpRequest.Builder stream(URI uri) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(uri).header("User-Agent", settings.userAgent());
    String authorization = proxy.authorizationFor(uri);
    // To a proxy that is asked for a tunnel it is given only as long as jdk.http.auth.tunneling.disabledSchemes (bin/proad) is empty.
    return authorization.isEmpty() ? builder : builder.header("Proxy-Authorization", authorization);
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
    HttpClient client = client(request.uri(), verify);
    try {
      HttpResponse<InputStream> response =
          streamed
              ? Streamed.send(client, request, settings.stallTimeout(), settings.answerTimeout())
              : client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      if (response.statusCode() == 407) {
        // Of a tunnel that was refused the client has no body.
        throw new ProtocolException("the proxy wants another name and password than HTTP_PROXY or HTTPS_PROXY has (407 Proxy Authentication Required)");
      }
      return new Guarded(response, new StallGuard(response.body()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("canceled").initCause(e);
    }
  }

  /** Says what happened to a request as Go's client, and so Docker, would, and what to do. */
  static RegistryException failure(String method, URI uri, IOException e) {
    String prefix = goMethod(method) + " \"" + uri + "\": ";
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

  /** {@code Get}, as Go's client writes it. */
  static String goMethod(String method) {
    return method.charAt(0) + method.substring(1).toLowerCase(java.util.Locale.ROOT);
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
    synchronized (certified) {
      certified.values().forEach(own -> {
        own.verifying().shutdownNow();
        own.trusting().shutdownNow();
      });
      certified.clear();
    }
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
}
