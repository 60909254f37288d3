package dev.proa.images.internal.registry;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code HTTP_PROXY}, {@code HTTPS_PROXY} and {@code NO_PROXY}, in upper or lower case, as Docker's daemon obeys them. Name and password of a proxy are sent
 * with each request; they are in no message.
 */
final class EnvironmentProxy extends ProxySelector {
  private static final Logger LOG = LoggerFactory.getLogger(EnvironmentProxy.class);

  private final Optional<Server> http;
  private final Optional<Server> https;
  private final List<String> exceptions;

  private EnvironmentProxy(Optional<Server> http, Optional<Server> https, List<String> exceptions) {
    this.http = http;
    this.https = https;
    this.exceptions = exceptions;
  }

  /** @param authorization what is sent as {@code Proxy-Authorization}; empty for nothing */
  private record Server(Proxy proxy, String authorization) {}

  static EnvironmentProxy ofEnvironment(Map<String, String> environment) {
    String none = value(environment, "NO_PROXY");
    return new EnvironmentProxy(
        proxy(value(environment, "HTTP_PROXY")),
        proxy(value(environment, "HTTPS_PROXY")),
        Arrays.stream(none.split(",")).map(entry -> entry.strip().toLowerCase(Locale.ROOT)).filter(entry -> !entry.isEmpty()).toList());
  }

  private static String value(Map<String, String> environment, String name) {
    String value = environment.get(name);
    return value != null ? value : environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
  }

  private static Optional<Server> proxy(String address) {
    if (address.isBlank()) {
      return Optional.empty();
    }
    try {
      URI uri = URI.create(address.contains("://") ? address.strip() : "http://" + address.strip());
      if (uri.getHost() == null) {
        throw new IllegalArgumentException("no host");
      }
      int port = uri.getPort() < 0 ? 80 : uri.getPort();
      return Optional.of(new Server(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(uri.getHost(), port)), authorization(uri)));
    } catch (IllegalArgumentException e) {
      // The address may hold a password: it is not repeated.
      LOG.warn("HTTP_PROXY or HTTPS_PROXY in the environment is no address like http://host:port and is not used");
      return Optional.empty();
    }
  }

  private static String authorization(URI uri) {
    String user = uri.getUserInfo();
    if (user == null || user.isEmpty()) {
      return "";
    }
    String pair = user.indexOf(':') < 0 ? user + ":" : user;
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  /** What a proxy that is asked for an address wants to see; empty for nothing. */
  String authorizationFor(URI uri) {
    return server(uri).map(Server::authorization).orElse("");
  }

  @Override
  public List<Proxy> select(URI uri) {
    return List.of(server(uri).map(Server::proxy).orElse(Proxy.NO_PROXY));
  }

  private Optional<Server> server(URI uri) {
    Optional<Server> proxy = uri.getScheme().equals("https") ? https : http;
    String host = InsecureRegistries.host(uri.getAuthority()).toLowerCase(Locale.ROOT);
    if (proxy.isEmpty() || isLoopback(host) || exceptions.stream().anyMatch(entry -> matches(entry, host, uri.getPort()))) {
      return Optional.empty();
    }
    return proxy;
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
  }

  private static boolean matches(String entry, String host, int port) {
    if (entry.equals("*") || entry.equals(host) || entry.equals(host + ":" + port)) {
      return true;
    }
    if (entry.indexOf('/') > 0) {
      try {
        return InsecureRegistries.Cidr.parse(entry).contains(java.net.InetAddress.ofLiteral(host));
      } catch (IllegalArgumentException | dev.proa.spi.ProaException e) {
        // A host name is in no network; an entry that is no network matches nothing.
        return false;
      }
    }
    String suffix = entry.startsWith("*.") ? entry.substring(1) : entry.startsWith(".") ? entry : "." + entry;
    return host.endsWith(suffix);
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    LOG.debug("proxy {} for {}: {}", address, uri, failure.getMessage());
  }
}
