package dev.proa.spi.daemon;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The settings of this daemon, complete and checked, for its whole life. The launcher merges the command line and the configuration
 * file and registers the one instance as a service before any bundle starts, so a component just takes it in its constructor
 * ({@code @Reference DaemonSettings settings}).
 *
 * <p>Everything a daemon writes lies below {@link #dataRoot} (kept across restarts of the host) or {@link #execRoot} (of this boot);
 * that is what lets many daemons run side by side. The launcher has made both directories (mode 0711 and 0711, owned by this user) and
 * holds the lock of the data root.
 *
 * @param hosts where the API listens, as given: {@code unix:///path}; never empty
 * @param dataRoot absolute; images, layers, volumes, the state store
 * @param execRoot absolute, on a file system of this boot; sockets, shim, per-container run-time state
 * @param home the installation: the directory that holds bin, lib, bundles, plugins, conf
 * @param javaHome the JDK this daemon runs on, which the shim uses as well
 * @param storageDriver the {@code proa.driver} name of the storage driver to use, when the operator chose one
 * @param registryMirrors base addresses ({@code https://host[:port][/path]}, no trailing slash) asked before Docker Hub itself, in order
 * @param insecureRegistries {@code host[:port]} or a CIDR: registries that may speak plain HTTP or show an unverifiable certificate
 * @param logLevel one of debug, info, warn, error, fatal
 * @param debug whether {@code GET /info} says so; {@code -D}, and implies log level debug
 * @param bip address and prefix of the default bridge, when the operator chose it
 * @param bridge {@code none} when the operator wants no default bridge: containers on the default network then have a loopback only
 * @param defaultIsolation the {@code proa.driver} name of the isolation backend for containers that ask for none
 * @param labels {@code key=value} or {@code key}, shown by {@code GET /info}
 * @param usernsRemap whose subordinate ids containers get: {@code default}, {@code USER[:GROUP]} or {@code UID[:GID]}; empty for the host's own ids
 * @param proxies {@code HTTP_PROXY}, {@code HTTPS_PROXY} and {@code NO_PROXY} where the operator gave them, which count before the environment's
 * @param experimental whether features that dockerd calls experimental are there
 * @param buildCacheBytes how much of the build cache is kept at most when nobody prunes it; empty for a tenth of the data root's file system, 0 for no limit
 * @param version the product's version
 * @param gitCommit abbreviated commit the distribution was built from, or {@code unknown}
 * @param buildTime when the distribution was built
 */
public record DaemonSettings(
    List<String> hosts,
    Path dataRoot,
    Path execRoot,
    Path home,
    Path javaHome,
    Optional<String> storageDriver,
    List<String> registryMirrors,
    List<String> insecureRegistries,
    String logLevel,
    boolean debug,
    Optional<String> bip,
    Optional<String> bridge,
    String defaultIsolation,
    List<String> labels,
    Optional<String> usernsRemap,
    Map<String, String> proxies,
    boolean experimental,
    OptionalLong buildCacheBytes,
    String version,
    String gitCommit,
    Instant buildTime) {

  /** The name of the namespace backend, which is used when nothing else is asked for. */
  public static final String NAMESPACE_ISOLATION = "namespace";

  public DaemonSettings {
    hosts = List.copyOf(hosts);
    registryMirrors = List.copyOf(registryMirrors);
    insecureRegistries = List.copyOf(insecureRegistries);
    labels = List.copyOf(labels);
    proxies = Map.copyOf(proxies);
    if (hosts.isEmpty()) {
      throw new IllegalArgumentException("no host to listen on");
    }
    if (!dataRoot.isAbsolute() || !execRoot.isAbsolute() || !home.isAbsolute()) {
      throw new IllegalArgumentException("data root, exec root and home must be absolute");
    }
  }

  /** Settings of a daemon that was told nothing but its two directories: the socket lies in the exec root. For tests and tools. */
  public static DaemonSettings of(Path dataRoot, Path execRoot) {
    Path exec = execRoot.toAbsolutePath();
    return new DaemonSettings(
        List.of("unix://" + exec.resolve("proa.sock")),
        dataRoot.toAbsolutePath(),
        exec,
        exec,
        Path.of(System.getProperty("java.home")),
        Optional.empty(),
        List.of(),
        List.of(),
        "info",
        false,
        Optional.empty(),
        Optional.empty(),
        NAMESPACE_ISOLATION,
        List.of(),
        Optional.empty(),
        Map.of(),
        false,
        OptionalLong.empty(),
        "0.0.0",
        "unknown",
        Instant.EPOCH);
  }

  /** Its texts are shown and logged; an address of a proxy may hold a password. */
  @Override
  public String toString() {
    return "DaemonSettings[dataRoot=" + dataRoot + ", execRoot=" + execRoot + ", hosts=" + hosts + "]";
  }

  /** The Unix sockets among {@link #hosts}, in order. */
  public List<Path> sockets() {
    return hosts.stream().filter(host -> host.startsWith("unix://")).map(host -> Path.of(host.substring("unix://".length()))).toList();
  }

  /** The socket on which the shim of this daemon listens. */
  public Path shimSocket() {
    return execRoot.resolve("shim.sock");
  }

  /** The jars the shim's JVM runs from: {@code lib/shim} of the installation. */
  public Path shimLibrary() {
    return home.resolve("lib").resolve("shim");
  }
}
