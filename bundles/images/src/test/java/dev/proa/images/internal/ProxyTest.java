package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.images.PullRequest;
import dev.proa.images.internal.RealRegistry.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Registries that are reached through a proxy, which wants a name and a password. */
@Timeout(60)
class ProxyTest {
  private static final String AUTHORIZATION = "Basic " + Base64.getEncoder().encodeToString("me:open sesame".getBytes(StandardCharsets.UTF_8));
  private static final TestImage IMAGE = TestImage.of(Tars.layer("etc/a", "a"), Tars.randomLayer(1 << 20, 5));

  @TempDir Path root;

  /** A proxy on loopback that leads every request for one name to one registry. */
  private static final class Proxy implements AutoCloseable {
    final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final ServerSocket server;
    private final String target;

    Proxy(String target) throws IOException {
      this.target = target;
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().start(this::accept);
    }

    String address(String user) {
      return "http://" + user + "127.0.0.1:" + server.getLocalPort();
    }

    private void accept() {
      while (!server.isClosed()) {
        try {
          Socket client = server.accept();
          Thread.ofVirtual().start(() -> serve(client));
        } catch (IOException e) {
          return;
        }
      }
    }

    private void serve(Socket client) {
      try (client) {
        StringBuilder head = new StringBuilder();
        InputStream in = client.getInputStream();
        while (head.indexOf("\r\n\r\n") < 0) {
          int value = in.read();
          if (value < 0) {
            return;
          }
          head.append((char) value);
        }
        String line = head.substring(0, head.indexOf("\r\n"));
        requests.add(line);
        OutputStream out = client.getOutputStream();
        if (!head.toString().contains("Proxy-Authorization: " + AUTHORIZATION + "\r\n")) {
          out.write("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes());
          return;
        }
        int colon = target.lastIndexOf(':');
        try (Socket registry = new Socket(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)))) {
          if (line.startsWith("CONNECT ")) {
            out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes());
          } else {
            String plain = head.toString().replaceFirst("http://[^/ ]+", "").replaceAll("(?i)Proxy-[^\r]*\r\n", "").replaceFirst("\r\n", "\r\nConnection: close\r\n");
            registry.getOutputStream().write(plain.getBytes(StandardCharsets.ISO_8859_1));
            registry.getInputStream().transferTo(out);
            return;
          }
          Thread back = Thread.ofVirtual().start(() -> pipe(registry, client));
          in.transferTo(registry.getOutputStream());
          registry.shutdownOutput();
          back.join();
        }
      } catch (IOException e) {
        // One of the two has gone.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private static void pipe(Socket from, Socket to) {
      try {
        from.getInputStream().transferTo(to.getOutputStream());
        to.shutdownOutput();
      } catch (IOException e) {
        // The other direction ends as well.
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private TestBed bed(String folder, String proxy) {
    return new TestBed(root.resolve(folder), List.of(), List.of("registry.test"), Map.of("HTTPS_PROXY", proxy, "HTTP_PROXY", proxy), Duration.ofSeconds(5));
  }

  @Test
  void aTunnelIsAskedForWithNameAndPassword() throws Exception {
    assumeTrue(RealRegistry.binary().isPresent(), "docker-registry is not installed (apt-get install docker-registry)");
    try (RealRegistry registry = new RealRegistry(root.resolve("registry"), Kind.TLS);
        Proxy proxy = new Proxy(registry.host);
        TestBed bed = bed("bed", proxy.address("me:open%20sesame@"));
        TestBed stranger = bed("stranger", proxy.address("me:wrong-secret@"))) {
      registry.push("team/app", "1", IMAGE);
      assertThat(bed.images().pull(new PullRequest("registry.test/team/app", "1", null, null), bed.sink())).containsExactly(IMAGE.id());
      assertThat(proxy.requests).isNotEmpty().allMatch(line -> line.startsWith("CONNECT registry.test:443 "));
      assertThatThrownBy(() -> stranger.images().pull(new PullRequest("registry.test/team/app", "1", null, null), stranger.sink()))
          .hasMessageContaining("the proxy wants another name and password")
          .hasMessageNotContaining("wrong-secret");
    }
  }

  @Test
  void plainRequestsGoThroughTheProxyWithNameAndPassword() throws Exception {
    assumeTrue(RealRegistry.binary().isPresent(), "docker-registry is not installed (apt-get install docker-registry)");
    try (RealRegistry registry = new RealRegistry(root.resolve("registry"), Kind.OPEN);
        Proxy proxy = new Proxy(registry.host);
        TestBed bed = new TestBed(root.resolve("bed"), List.of("http://registry.test"), List.of(), Map.of("http_proxy", proxy.address("me:open%20sesame@")), Duration.ofSeconds(5))) {
      registry.push("library/app", "1", IMAGE);
      assertThat(bed.images().pull(new PullRequest("app", "1", null, null), bed.sink())).containsExactly(IMAGE.id());
      assertThat(proxy.requests).isNotEmpty().allMatch(line -> line.contains(" http://registry.test/v2/"));
    }
  }
}
