package dev.proa.lifecycle.internal.create;

import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.spi.ProaException;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What cannot be asked of a container that has no network namespace of its own; dockerd's words. */
public final class NetworkModeChecks {
  private NetworkModeChecks() {}

  /** @param config as it was asked for, without what the image adds */
  public static void check(ContainerConfig config, HostConfig host) {
    String mode = String.valueOf(host.networkMode());
    if (Modes.HOST.equals(mode)) {
      refuse(given(host.links()), "host type networking can't be used with links. This would result in undefined behavior");
      refuse(given(config.macAddress()), "mac-address and the network mode");
    }
    if (!Modes.isContainer(mode)) {
      return;
    }
    refuse(given(config.hostname()), "hostname and the network mode");
    refuse(given(host.links()), "container type network can't be used with links. This would result in undefined behavior");
    refuse(given(host.dns()), "dns and the network mode");
    refuse(given(host.extraHosts()), "custom host-to-IP mapping and the network mode");
    refuse(given(config.macAddress()), "mac-address and the network mode");
    refuse(given(host.portBindings()) || host.publishAllPorts(), "port publishing and the container type network mode");
    refuse(given(config.exposedPorts()), "port exposing and the container type network mode");
  }

  private static void refuse(boolean both, String what) {
    if (both) {
      throw ProaException.invalid("conflicting options: " + what);
    }
  }

  private static boolean given(@Nullable String text) {
    return text != null && !text.isEmpty();
  }

  private static boolean given(@Nullable Collection<?> list) {
    return list != null && !list.isEmpty();
  }

  private static boolean given(@Nullable Map<String, ?> map) {
    return map != null && !map.isEmpty();
  }
}
