package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.run.Sysctls;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the interfaces of a container are called, and the kernel settings that name one. */
final class Interfaces {
  private Interfaces() {}

  /** As a user wishes it; otherwise the network's prefix and the first number that is free. @param taken has it afterwards */
  static String name(NetworkRow network, @Nullable EndpointSettings asked, Set<String> taken) {
    String wished = wished(asked);
    if (!wished.isEmpty()) {
      return wished;
    }
    String option = network.option("com.docker.network.container_iface_prefix");
    String prefix = option.isEmpty() ? "eth" : option;
    int number = 0;
    while (!taken.add(prefix + number)) {
      number++;
    }
    return prefix + number;
  }

  /** Empty for none. */
  static String wished(@Nullable EndpointSettings asked) {
    return asked == null || asked.driverOpts() == null ? "" : asked.driverOpts().getOrDefault(EndpointChecks.INTERFACE_NAME, "");
  }

  /** Those that a running container has, by proc(5)'s net/dev. */
  static Set<String> of(ContainerRow row) throws IOException {
    Set<String> names = new HashSet<>();
    for (String line : Files.readAllLines(Path.of("/proc/" + row.state().pid() + "/net/dev"))) {
      names.add(line.substring(0, Math.max(0, line.indexOf(':'))).strip());
    }
    return names;
  }

  /**
   * The options of an endpoint. With those of the container's {@code --sysctl} that name its interface: when the other settings are made, there is no
   * interface yet.
   */
  static Map<String, String> options(ContainerRow row, EndpointSettings asked, String name) {
    Map<String, String> options = new HashMap<>(asked.driverOpts() == null ? Map.of() : asked.driverOpts());
    sysctls(row)
        .forEach(
            (sysctl, value) -> {
              if (name.equals(Sysctls.interfaceOf(sysctl))) {
                String setting = sysctl.replace('/', '.').replace("." + name + ".", ".IFNAME.") + "=" + value;
                options.merge(EndpointChecks.SYSCTLS, setting, (own, one) -> one + "," + own);
              }
            });
    return options;
  }

  /** No setting is left that names an interface which the container does not have. */
  static void checkSysctls(ContainerRow row, Collection<String> names) {
    for (String sysctl : sysctls(row).keySet()) {
      String name = Sysctls.interfaceOf(sysctl);
      if (name != null && !names.contains(name)) {
        throw ProaException.invalid("sysctl \"" + sysctl + "\" names an interface that the container does not have: it has " + names);
      }
    }
  }

  private static Map<String, String> sysctls(ContainerRow row) {
    Map<String, String> sysctls = row.hostConfig().sysctls();
    return sysctls == null ? Map.of() : sysctls;
  }
}
