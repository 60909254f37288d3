package dev.proa.network.bridge;

import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Switches of one interface in its container's namespace, as {@code --driver-opt com.docker.network.endpoint.sysctls=} names them. */
record InterfaceSysctls(List<Setting> settings) {
  static final String OPTION = "com.docker.network.endpoint.sysctls";

  /** Docker's command makes names of options lower case, and values as well. No part can lead out of the interface's folder. */
  private static final Pattern FORM =
      Pattern.compile("net\\.(ipv4|ipv6|mpls)\\.([a-z0-9_-]+)\\.(?:IFNAME|ifname)\\.([a-z0-9_-]+)=([^=\\n]*)");

  /** @param group such as conf or neigh */
  record Setting(String family, String group, String name, String value) {}

  /** Separated by commas. {@code INVALID_ARGUMENT} for what is none. */
  static InterfaceSysctls of(Map<String, String> options) {
    List<Setting> settings = new ArrayList<>();
    String text = options.getOrDefault(OPTION, "");
    for (String one : text.isEmpty() ? new String[0] : text.split(",")) {
      Matcher parts = FORM.matcher(one.strip());
      if (!parts.matches()) {
        throw ProaException.invalid(
            "unrecognised network interface sysctl '" + one + "'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'");
      }
      settings.add(new Setting(parts.group(1), parts.group(2), parts.group(3), parts.group(4)));
    }
    return new InterfaceSysctls(List.copyOf(settings));
  }

  boolean isEmpty() {
    return settings.isEmpty();
  }

  /** In the calling thread's network namespace. */
  void set(String interfaceName) throws IOException {
    for (Setting setting : settings) {
      Path file = Path.of("/proc/sys/net", setting.family(), setting.group(), interfaceName, setting.name());
      try {
        Files.writeString(file, setting.value());
      } catch (IOException e) {
        throw ProaException.invalid("failed to set sysctl " + file + " to \"" + setting.value() + "\": " + e.getMessage());
      }
    }
  }
}
