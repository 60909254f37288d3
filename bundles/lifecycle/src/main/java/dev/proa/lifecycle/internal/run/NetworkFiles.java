package dev.proa.lifecycle.internal.run;

import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.internal.create.Modes;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /etc/hosts}, {@code /etc/hostname} and {@code /etc/resolv.conf} of a container, written anew at each start. */
public final class NetworkFiles {
  private static final String LOCAL_HOSTS =
      """
      127.0.0.1\tlocalhost
      ::1\tlocalhost ip6-localhost ip6-loopback
      fe00::\tip6-localnet
      ff00::\tip6-mcastprefix
      ff02::1\tip6-allnodes
      ff02::2\tip6-allrouters
      """;

  private NetworkFiles() {}

  /** @return path in the container to path on the host */
  public static Map<String, String> write(Path folder, ContainerRow row) throws IOException {
    boolean hostNetwork = Modes.HOST.equals(row.hostConfig().networkMode());
    Map<String, String> files = new LinkedHashMap<>();
    files.put("/etc/resolv.conf", write(folder.resolve("resolv.conf"), resolver(row.hostConfig(), hostNetwork)));
    files.put("/etc/hostname", write(folder.resolve("hostname"), hostname(row.config()) + "\n"));
    files.put("/etc/hosts", write(folder.resolve("hosts"), hosts(row.hostConfig(), hostNetwork)));
    return files;
  }

  private static String write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    return file.toString();
  }

  private static String hostname(ContainerConfig config) {
    String domain = SpecBuilder.orEmpty(config.domainname());
    return SpecBuilder.orEmpty(config.hostname()) + (domain.isEmpty() ? "" : "." + domain);
  }

  static String hosts(HostConfig host, boolean hostNetwork) throws IOException {
    StringBuilder text = new StringBuilder(hostNetwork ? readIfThere("/etc/hosts") : LOCAL_HOSTS);
    if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
      text.append('\n');
    }
    for (String entry : host.extraHosts() == null ? List.<String>of() : host.extraHosts()) {
      int separator = entry.indexOf('=') >= 0 ? entry.indexOf('=') : entry.indexOf(':');
      String address = entry.substring(separator + 1);
      if (address.equals("host-gateway")) {
        throw ProaException.invalid("unable to derive the IP value for host-gateway: bridge networks are not supported yet");
      }
      String bare = address.startsWith("[") && address.endsWith("]") ? address.substring(1, address.length() - 1) : address;
      text.append(bare).append('\t').append(entry, 0, separator).append('\n');
    }
    return text.toString();
  }

  /** The host's, but for what the user says; a resolver on the host's loopback cannot be reached from another network namespace. */
  static String resolver(HostConfig host, boolean hostNetwork) throws IOException {
    List<String> nameservers = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (String line : readIfThere("/etc/resolv.conf").lines().toList()) {
      String[] words = line.strip().split("\\s+");
      boolean replaced =
          words[0].equals("nameserver") && given(host.dns())
              || (words[0].equals("search") || words[0].equals("domain")) && given(host.dnsSearch())
              || words[0].equals("options") && given(host.dnsOptions());
      if (replaced || words[0].isEmpty() || words[0].startsWith("#") || words[0].startsWith(";")) {
        continue;
      }
      if (!words[0].equals("nameserver")) {
        others.add(line);
      } else if (hostNetwork || words.length > 1 && !words[1].startsWith("127.") && !words[1].equals("::1")) {
        nameservers.add(line);
      }
    }
    if (host.dns() != null) {
      host.dns().forEach(server -> nameservers.add("nameserver " + server));
    }
    if (given(host.dnsSearch()) && !List.of(".").equals(host.dnsSearch())) {
      others.add("search " + String.join(" ", host.dnsSearch()));
    }
    if (given(host.dnsOptions())) {
      others.add("options " + String.join(" ", host.dnsOptions()));
    }
    nameservers.addAll(others);
    return nameservers.isEmpty() ? "" : String.join("\n", nameservers) + "\n";
  }

  private static boolean given(@Nullable List<String> list) {
    return list != null && !list.isEmpty();
  }

  private static String readIfThere(String file) throws IOException {
    try {
      return Files.readString(Path.of(file));
    } catch (NoSuchFileException e) {
      return "";
    }
  }
}
