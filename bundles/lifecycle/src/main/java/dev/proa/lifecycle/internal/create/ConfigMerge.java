package dev.proa.lifecycle.internal.create;

import dev.proa.images.ImageConfig;
import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.HealthConfig;
import dev.proa.lifecycle.internal.Ids;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the client asks for, completed by what the image says (Docker's rules). */
public final class ConfigMerge {
  private ConfigMerge() {}

  /** @param hostname for a container that asks for none */
  public static ContainerConfig merge(ContainerConfig config, ImageConfig image, String hostname) {
    List<String> entrypoint = config.entrypoint();
    List<String> command = config.cmd();
    boolean argsEscaped = config.argsEscaped();
    if (entrypoint == null || entrypoint.isEmpty()) {
      if (command == null || command.isEmpty()) {
        command = image.cmd();
        argsEscaped = image.argsEscaped();
      }
      if (entrypoint == null) {
        entrypoint = image.entrypoint();
      }
    }
    // The command line's way to say "none".
    if (entrypoint != null && entrypoint.equals(List.of(""))) {
      entrypoint = null;
    }
    if ((entrypoint == null || entrypoint.isEmpty()) && (command == null || command.isEmpty())) {
      throw ProaException.invalid("no command specified");
    }
    return new ContainerConfig(
        orElse(config.hostname(), hostname),
        orElse(config.domainname(), ""),
        orElse(config.user(), image.user()),
        config.attachStdin(),
        config.attachStdout(),
        config.attachStderr(),
        keys(config.exposedPorts(), image.exposedPorts()),
        config.tty(),
        config.openStdin(),
        config.stdinOnce(),
        environment(config.env(), image.env()),
        command,
        health(config.healthcheck(), image.healthcheck()),
        argsEscaped,
        config.image(),
        keys(config.volumes(), image.volumes()),
        orElse(config.workingDir(), image.workingDir()),
        entrypoint,
        config.networkDisabled(),
        config.macAddress(),
        image.onBuild(),
        labels(config.labels(), image.labels()),
        orElse(config.stopSignal(), image.stopSignal()),
        config.stopTimeout() != null ? config.stopTimeout() : image.stopTimeoutSeconds(),
        config.shell() != null ? config.shell() : image.shell());
  }

  private static String orElse(@Nullable String own, String other) {
    return own == null || own.isEmpty() ? other : own;
  }

  /** The client's variables, then the image's others. */
  private static List<String> environment(@Nullable List<String> own, @Nullable List<String> image) {
    List<String> merged = new ArrayList<>(own == null ? List.of() : own);
    Set<String> names = new HashSet<>();
    merged.forEach(variable -> names.add(variableName(variable)));
    if (image != null) {
      for (String variable : image) {
        if (!names.contains(variableName(variable))) {
          merged.add(variable);
        }
      }
    }
    return merged;
  }

  private static String variableName(String variable) {
    int equals = variable.indexOf('=');
    return equals < 0 ? variable : variable.substring(0, equals);
  }

  private static @Nullable Map<String, Object> keys(@Nullable Map<String, Object> own, @Nullable Set<String> image) {
    if (image == null || image.isEmpty()) {
      return own;
    }
    Map<String, Object> merged = new LinkedHashMap<>(own == null ? Map.of() : own);
    image.forEach(key -> merged.putIfAbsent(key, Map.of()));
    return merged;
  }

  private static Map<String, String> labels(@Nullable Map<String, String> own, @Nullable Map<String, String> image) {
    Map<String, String> merged = new LinkedHashMap<>(image == null ? Map.of() : image);
    if (own != null) {
      merged.putAll(own);
    }
    return merged;
  }

  private static @Nullable HealthConfig health(@Nullable HealthConfig own, ImageConfig.@Nullable Healthcheck image) {
    if (image == null) {
      return own;
    }
    HealthConfig ofImage =
        new HealthConfig(
            image.test(),
            image.interval().toNanos(),
            image.timeout().toNanos(),
            image.retries(),
            image.startPeriod().toNanos(),
            image.startInterval().toNanos());
    if (own == null) {
      return ofImage;
    }
    List<String> test = own.test();
    return new HealthConfig(
        test == null || test.isEmpty() ? ofImage.test() : test,
        own.interval() == 0 ? ofImage.interval() : own.interval(),
        own.timeout() == 0 ? ofImage.timeout() : own.timeout(),
        own.retries() == 0 ? ofImage.retries() : own.retries(),
        own.startPeriod() == 0 ? ofImage.startPeriod() : own.startPeriod(),
        own.startInterval() == 0 ? ofImage.startInterval() : own.startInterval());
  }

  /** The host name of a container that was given none. */
  public static String defaultHostname(String id) {
    return Ids.shorten(id);
  }
}
