package dev.proa.launcher;

import dev.proa.spi.daemon.DaemonSettings;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Checks the options one by one and makes the settings of them. */
final class SettingsBuilder {
  private static final Path DATA_ROOT = Path.of("/var/lib/proa");
  private static final Path EXEC_ROOT = Path.of("/run/proa");
  private static final Set<String> LEVELS = Set.of("debug", "info", "warn", "error", "fatal");

  /** {@code sun_path} of {@code sockaddr_un} (linux/un.h) holds 108 bytes, the last a zero. */
  private static final int MAX_SOCKET_PATH_BYTES = 107;

  private SettingsBuilder() {}

  static DaemonSettings build(Options options, Path home, Product product) throws StartFailure {
    Path dataRoot = options.path(Flag.DATA_ROOT).orElse(DATA_ROOT);
    Path execRoot = options.path(Flag.EXEC_ROOT).orElse(EXEC_ROOT);
    if (dataRoot.equals(execRoot)) {
      throw StartFailure.failed("data root and exec root must be two directories, both are " + dataRoot);
    }
    checkSocketPath(execRoot.resolve("shim.sock"));
    boolean debug = options.has(Flag.DEBUG);
    return new DaemonSettings(
        hosts(options, execRoot),
        dataRoot,
        execRoot,
        home,
        Path.of(System.getProperty("java.home")),
        options.one(Flag.STORAGE_DRIVER).filter(name -> !name.isEmpty()),
        mirrors(options.list(Flag.REGISTRY_MIRROR)),
        insecureRegistries(options.list(Flag.INSECURE_REGISTRY)),
        logLevel(options, debug),
        debug,
        bip(options),
        bridge(options),
        options.one(Flag.DEFAULT_ISOLATION).filter(name -> !name.isEmpty()).orElse(DaemonSettings.NAMESPACE_ISOLATION),
        options.list(Flag.LABEL),
        options.one(Flag.USERNS_REMAP).filter(name -> !name.isEmpty() && !name.equals("host")),
        proxies(options),
        options.has(Flag.EXPERIMENTAL),
        options.buildCacheBytes(),
        product.version(),
        product.gitCommit(),
        product.buildTime());
  }

  private static List<String> hosts(Options options, Path execRoot) throws StartFailure {
    Set<String> hosts = new LinkedHashSet<>();
    for (String host : options.list(Flag.HOST)) {
      String path = host.startsWith("unix://") ? host.substring("unix://".length()) : host;
      if (host.contains("://") && !host.startsWith("unix://")) {
        throw StartFailure.failed("cannot listen on " + host + ": only unix:///path is served");
      }
      if (!path.startsWith("/")) {
        throw StartFailure.failed("cannot listen on " + host + ": a socket is named by an absolute path, as in unix:///run/proa/proa.sock");
      }
      Path socket = Path.of(path).normalize();
      checkSocketPath(socket);
      hosts.add("unix://" + socket);
    }
    if (hosts.isEmpty()) {
      Path socket = execRoot.resolve("proa.sock");
      checkSocketPath(socket);
      hosts.add("unix://" + socket);
    }
    return List.copyOf(hosts);
  }

  private static void checkSocketPath(Path socket) throws StartFailure {
    int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_SOCKET_PATH_BYTES) {
      throw StartFailure.failed(
          "the path of the socket " + socket + " has " + bytes + " bytes, the kernel takes " + MAX_SOCKET_PATH_BYTES + "; choose a shorter --exec-root or --host");
    }
  }

  private static List<String> mirrors(List<String> given) throws StartFailure {
    List<String> mirrors = new ArrayList<>();
    for (String mirror : given) {
      URI uri;
      try {
        uri = new URI(mirror);
      } catch (URISyntaxException e) {
        throw StartFailure.failed("invalid mirror: \"" + mirror + "\" is not a valid URI: " + e.getReason());
      }
      if (!"http".equals(uri.getScheme()) && !"https".equals(uri.getScheme())) {
        throw StartFailure.failed("invalid mirror: unsupported scheme \"" + uri.getScheme() + "\" in \"" + mirror + "\": must use either 'https://' or 'http://'");
      }
      if (uri.getRawUserInfo() != null) {
        throw StartFailure.failed("invalid mirror: username/password not allowed in URI \"" + uri.getScheme() + "://xxxxx@" + uri.getHost() + "\"");
      }
      if (uri.getHost() == null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
        throw StartFailure.failed("invalid mirror: \"" + mirror + "\" must be a scheme, a host and perhaps a path");
      }
      mirrors.add(mirror.replaceAll("/+$", ""));
    }
    return List.copyOf(mirrors);
  }

  private static List<String> insecureRegistries(List<String> given) throws StartFailure {
    List<String> registries = new ArrayList<>();
    for (String registry : given) {
      String plain = registry.replaceFirst("^https?://", "");
      if (plain.isBlank() || plain.startsWith("-") || plain.chars().anyMatch(Character::isWhitespace)) {
        throw StartFailure.failed("insecure registry " + registry + " is not valid: give host[:port] or an address range such as 10.0.0.0/8");
      }
      registries.add(plain.endsWith("/") ? plain.substring(0, plain.length() - 1) : plain);
    }
    return List.copyOf(registries);
  }

  private static Map<String, String> proxies(Options options) throws StartFailure {
    Map<String, String> proxies = new HashMap<>();
    for (Flag flag : List.of(Flag.HTTP_PROXY, Flag.HTTPS_PROXY, Flag.NO_PROXY)) {
      Optional<String> value = options.one(flag);
      if (value.isPresent()) {
        proxies.put(flag.name(), value.get());
      }
    }
    for (String name : List.of("HTTP_PROXY", "HTTPS_PROXY")) {
      String address = proxies.getOrDefault(name, "");
      if (!address.isEmpty() && !address.matches("(http://)?[^/\\s]+/?")) {
        // It may hold a password, which is not shown.
        throw StartFailure.failed("--" + name.toLowerCase(Locale.ROOT).replace('_', '-') + " is no address like http://user:password@host:port");
      }
    }
    return proxies;
  }

  private static String logLevel(Options options, boolean debug) throws StartFailure {
    String level = options.one(Flag.LOG_LEVEL).orElse("info");
    if (!LEVELS.contains(level)) {
      throw StartFailure.failed("invalid logging level: " + level);
    }
    return debug ? "debug" : level;
  }

  private static Optional<String> bridge(Options options) throws StartFailure {
    Optional<String> bridge = options.one(Flag.BRIDGE).filter(name -> !name.isEmpty());
    if (bridge.isPresent() && !bridge.get().equals("none")) {
      throw StartFailure.failed("cannot attach containers to bridge " + bridge.get() + ": only none can be given for --bridge; see --bip for the subnet");
    }
    return bridge;
  }

  private static Optional<String> bip(Options options) throws StartFailure {
    Optional<String> bip = options.one(Flag.BIP);
    if (bip.isPresent() && !bip.get().matches("\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2}")) {
      throw StartFailure.failed("invalid CIDR address: " + bip.get() + " for --bip; an example is 172.17.0.1/16");
    }
    return bip;
  }
}
