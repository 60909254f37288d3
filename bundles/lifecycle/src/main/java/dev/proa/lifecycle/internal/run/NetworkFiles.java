package dev.proa.lifecycle.internal.run;

import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.internal.create.Modes;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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

  /** Where they lie in the container. */
  public static final List<String> TARGETS = List.of("/etc/resolv.conf", "/etc/hostname", "/etc/hosts");

  /** Right below the root, empty: many programs take it for the sign that they are in a container. */
  public static final String MARKER = ".dockerenv";

  /** Where programs of old look for what is mounted: path to target. */
  public static final Map<String, String> LINKS = Map.of("/etc/mtab", "/proc/mounts");

  /** Of all files that a start makes: paths in the container. */
  public static final List<String> ALL = Stream.concat(Stream.of("/" + MARKER), TARGETS.stream()).toList();

  private NetworkFiles() {}

  /**
   * @param named whether the container is on a network with a name service
   * @return path in the container to path on the host
   */
  public static Map<String, String> write(Path folder, ContainerRow row, boolean named) throws IOException {
    boolean hostNetwork = Modes.HOST.equals(row.hostConfig().networkMode());
    Map<String, String> files = new LinkedHashMap<>();
    String resolver = named ? embeddedResolver(row.hostConfig()) : resolver(row.hostConfig(), hostNetwork);
    files.put("/etc/resolv.conf", write(folder.resolve("resolv.conf"), resolver));
    files.put("/etc/hostname", write(folder.resolve("hostname"), hostname(row.config()) + "\n"));
    // Complete once the addresses are known, which is before the process runs.
    files.put("/etc/hosts", write(folder.resolve("hosts"), hosts(row.hostConfig(), hostNetwork, List.of(), false)));
    return files;
  }

  /** Those of the container whose network namespace is shared. */
  public static Map<String, String> shared(Path folder) {
    Map<String, String> files = new LinkedHashMap<>();
    for (String name : List.of("resolv.conf", "hostname", "hosts")) {
      files.put("/etc/" + name, folder.resolve(name).toString());
    }
    return files;
  }

  /**
   * The container has its addresses and does not run yet.
   *
   * @param hostGateways the host's addresses as the container sees them
   * @param linked addresses of linked containers, with their names
   */
  public static void attached(Path folder, ContainerRow row, List<String> hostGateways, Map<String, String> linked) throws IOException {
    boolean hostNetwork = Modes.HOST.equals(row.hostConfig().networkMode());
    StringBuilder text = new StringBuilder(hosts(row.hostConfig(), hostNetwork, hostGateways, true));
    linked.forEach((address, names) -> text.append(address).append('\t').append(names).append('\n'));
    for (EndpointSettings settings : row.networks().values()) {
      text.append(own(row, settings));
    }
    write(folder.resolve("hosts"), text.toString());
  }

  /** One more network while it runs: what the container wrote itself stays. */
  public static void connected(Path folder, ContainerRow row, EndpointSettings settings) throws IOException {
    String lines = own(row, settings);
    if (!lines.isEmpty()) {
      Files.writeString(folder.resolve("hosts"), lines, StandardOpenOption.APPEND);
    }
  }

  /** One network less while it runs. The file is written in place: it is mounted. */
  public static void disconnected(Path folder, EndpointSettings settings) throws IOException {
    List<String> gone = new ArrayList<>();
    for (String address : new String[] {settings.ipAddress(), settings.globalIpv6Address()}) {
      if (address != null && !address.isEmpty()) {
        gone.add(address + "\t");
      }
    }
    Path file = folder.resolve("hosts");
    StringBuilder kept = new StringBuilder();
    for (String line : Files.readAllLines(file)) {
      if (gone.stream().noneMatch(line::startsWith)) {
        kept.append(line).append('\n');
      }
    }
    Files.writeString(file, kept);
  }

  private static String own(ContainerRow row, EndpointSettings settings) {
    StringBuilder text = new StringBuilder();
    String domain = SpecBuilder.orEmpty(row.config().domainname());
    String host = SpecBuilder.orEmpty(row.config().hostname());
    String names = domain.isEmpty() ? host : host + "." + domain + " " + host;
    for (String address : new String[] {settings.ipAddress(), settings.globalIpv6Address()}) {
      if (address != null && !address.isEmpty()) {
        text.append(address).append('\t').append(names).append('\n');
      }
    }
    return text.toString();
  }

  /** Docker's: it answers names itself and forwards the others. */
  private static String embeddedResolver(HostConfig host) throws IOException {
    StringBuilder text = new StringBuilder("nameserver 127.0.0.11\n");
    List<String> options = new ArrayList<>(List.of("ndots:0"));
    if (given(host.dnsOptions())) {
      options = new ArrayList<>(host.dnsOptions());
      if (options.stream().noneMatch(option -> option.startsWith("ndots:"))) {
        options.add("ndots:0");
      }
    }
    String search = search(host);
    if (!search.isEmpty()) {
      text.append(search).append('\n');
    }
    return text.append("options ").append(String.join(" ", options)).append('\n').toString();
  }

  private static String search(HostConfig host) throws IOException {
    if (given(host.dnsSearch())) {
      return List.of(".").equals(host.dnsSearch()) ? "" : "search " + String.join(" ", host.dnsSearch());
    }
    return readIfThere("/etc/resolv.conf").lines().map(String::strip).filter(line -> line.startsWith("search ")).findFirst().orElse("");
  }

  /** The name servers that a container's names are forwarded to: its own, or the host's. */
  public static List<String> nameservers(HostConfig host) {
    if (given(host.dns())) {
      return List.copyOf(host.dns());
    }
    try {
      return readIfThere("/etc/resolv.conf").lines()
          .map(line -> line.strip().split("\\s+"))
          .filter(words -> words.length > 1 && words[0].equals("nameserver"))
          .map(words -> words[1])
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    return file.toString();
  }

  private static String hostname(ContainerConfig config) {
    String domain = SpecBuilder.orEmpty(config.domainname());
    return SpecBuilder.orEmpty(config.hostname()) + (domain.isEmpty() ? "" : "." + domain);
  }

  /** @param complete whether {@code host-gateway} must be known */
  static String hosts(HostConfig host, boolean hostNetwork, List<String> hostGateways, boolean complete) throws IOException {
    StringBuilder text = new StringBuilder(hostNetwork ? readIfThere("/etc/hosts") : LOCAL_HOSTS);
    if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
      text.append('\n');
    }
    for (String entry : host.extraHosts() == null ? List.<String>of() : host.extraHosts()) {
      int separator = entry.indexOf('=') >= 0 ? entry.indexOf('=') : entry.indexOf(':');
      String address = entry.substring(separator + 1);
      List<String> addresses = List.of(address.startsWith("[") && address.endsWith("]") ? address.substring(1, address.length() - 1) : address);
      if (address.equals("host-gateway")) {
        addresses = hostNetwork ? List.of("127.0.0.1") : hostGateways;
        if (complete && addresses.isEmpty()) {
          throw ProaException.invalid("unable to derive the IP value for host-gateway: the container is on no network with a gateway");
        }
      }
      for (String one : complete || !address.equals("host-gateway") ? addresses : List.<String>of()) {
        text.append(one).append('\t').append(entry, 0, separator).append('\n');
      }
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
