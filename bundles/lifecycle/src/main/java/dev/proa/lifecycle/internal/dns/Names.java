package dev.proa.lifecycle.internal.dns;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one container's resolver knows by itself. Asked on the resolver's thread: it must not block. */
public interface Names {
  /**
   * The addresses of that name on the container's networks.
   *
   * @param name in lower case, without a dot at the end
   * @return null for a name that is nobody's here; empty for one without such addresses
   */
  @Nullable List<InetAddress> addresses(String name, boolean ipv6);

  /** The name of whoever has that address on one of the container's networks; null for nobody. */
  @Nullable String name(InetAddress address);

  /** Where other names are asked for, in order; empty if the container has no way out. */
  List<InetAddress> forwarders();
}
