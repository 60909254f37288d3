package dev.proa.images.internal.registry;

import dev.proa.spi.daemon.DaemonSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How registries are reached.
 *
 * @param mirrors base addresses asked before Docker Hub
 * @param insecure {@code host[:port]} or CIDR
 * @param proxies {@code HTTP_PROXY}, {@code HTTPS_PROXY} and {@code NO_PROXY}, in upper or lower case, among other things
 * @param connectTimeout for a connection
 * @param probeTimeout for HTTPS with a registry that may speak plain HTTP: some servers just wait when they are spoken to in TLS
 * @param answerTimeout for the head of an answer
 * @param stallTimeout for the next byte of a body
 * @param backOff before the first repetition; doubled each time
 */
public record RegistrySettings(
    List<String> mirrors,
    List<String> insecure,
    Map<String, String> proxies,
    String userAgent,
    Duration connectTimeout,
    Duration probeTimeout,
    Duration answerTimeout,
    Duration stallTimeout,
    Duration backOff) {
  /** How often a request is made that fails for a reason that may pass. */
  static final int ATTEMPTS = 5;

  /** The longest a registry may make us wait between two attempts. */
  static final Duration MAX_WAIT = Duration.ofSeconds(60);

  public RegistrySettings {
    mirrors = List.copyOf(mirrors);
    insecure = List.copyOf(insecure);
    proxies = Map.copyOf(proxies);
  }

  public static RegistrySettings of(DaemonSettings settings) {
    Map<String, String> proxies = new HashMap<>(System.getenv());
    proxies.putAll(settings.proxies());
    return new RegistrySettings(
        settings.registryMirrors(),
        settings.insecureRegistries(),
        proxies,
        "proa/" + settings.version(),
        Duration.ofSeconds(15),
        Duration.ofSeconds(5),
        Duration.ofSeconds(60),
        Duration.ofSeconds(60),
        Duration.ofMillis(500));
  }
}
