package dev.proa.cli.http;

import dev.proa.cli.CliException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/**
 * Where a daemon listens, as {@code --host} spells it: {@code unix:///path}, {@code /path}, or {@code tcp://host:port} without TLS.
 *
 * @param host as it was given
 */
public record Endpoint(String host, SocketAddress address) {
  private static final int DEFAULT_TCP_PORT = 2375;

  /** @throws CliException with what can be used, if it is something else */
  public static Endpoint parse(String host) {
    if (host.startsWith("unix://")) {
      return unix(Path.of(host.substring("unix://".length())));
    }
    if (host.startsWith("/")) {
      return unix(Path.of(host));
    }
    if (host.startsWith("tcp://") || host.startsWith("http://")) {
      String rest = host.substring(host.indexOf("://") + 3).replaceFirst("/.*$", "");
      int colon = rest.lastIndexOf(':');
      boolean port = colon >= 0 && rest.indexOf(']', colon) < 0;
      try {
        String name = (port ? rest.substring(0, colon) : rest).replace("[", "").replace("]", "");
        return new Endpoint(host, new InetSocketAddress(name.isEmpty() ? "127.0.0.1" : name, port ? Integer.parseInt(rest.substring(colon + 1)) : DEFAULT_TCP_PORT));
      } catch (IllegalArgumentException e) {
        throw new CliException(1, "proa: cannot use " + host + ": it has no port between 1 and 65535");
      }
    }
    throw new CliException(1, "proa: cannot use " + host + ": unix:///path and tcp://host:port (without TLS) are served");
  }

  public static Endpoint unix(Path socket) {
    return new Endpoint("unix://" + socket, UnixDomainSocketAddress.of(socket));
  }

  boolean isUnix() {
    return address instanceof UnixDomainSocketAddress;
  }

  StandardProtocolFamily family() {
    return isUnix() ? StandardProtocolFamily.UNIX : ((InetSocketAddress) address).getAddress() instanceof java.net.Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
  }
}
