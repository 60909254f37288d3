package dev.proa.api.images;

import dev.proa.api.router.ApiVersion;
import dev.proa.images.ImageConfig;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an image says about running it (Engine API {@code ImageConfig}). Since API 1.50 what is not said is left out; before, the document
 * had the shape of a container's configuration, with its defaults.
 */
final class ImageConfigDocument {
  private ImageConfigDocument() {}

  static Map<String, @Nullable Object> of(ImageConfig config, ApiVersion version) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    boolean all = version.before(1, 50);
    if (all) {
      document.put("Hostname", "");
      document.put("Domainname", "");
      document.put("AttachStdin", false);
      document.put("AttachStdout", false);
      document.put("AttachStderr", false);
      document.put("Tty", false);
      document.put("OpenStdin", false);
      document.put("StdinOnce", false);
      document.put("Image", "");
    }
    put(document, "User", config.user(), all);
    put(document, "ExposedPorts", keys(config.exposedPorts()), false);
    put(document, "Env", config.env(), all);
    put(document, "Entrypoint", config.entrypoint(), all);
    put(document, "Cmd", config.cmd(), all);
    put(document, "Volumes", keys(config.volumes()), all);
    put(document, "WorkingDir", config.workingDir(), all);
    put(document, "Labels", config.labels(), all);
    put(document, "StopSignal", config.stopSignal(), false);
    if (config.argsEscaped()) {
      document.put("ArgsEscaped", true);
    }
    ImageConfig.Healthcheck check = config.healthcheck();
    if (check != null) {
      document.put("Healthcheck", healthcheck(check));
    }
    put(document, "OnBuild", config.onBuild(), all);
    put(document, "Shell", config.shell(), false);
    if (all && config.stopTimeoutSeconds() != null) {
      document.put("StopTimeout", config.stopTimeoutSeconds());
    }
    return document;
  }

  private static Map<String, @Nullable Object> healthcheck(ImageConfig.Healthcheck check) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    put(document, "Test", check.test(), false);
    putNumber(document, "Interval", check.interval().toNanos());
    putNumber(document, "Timeout", check.timeout().toNanos());
    putNumber(document, "StartPeriod", check.startPeriod().toNanos());
    putNumber(document, "StartInterval", check.startInterval().toNanos());
    putNumber(document, "Retries", check.retries());
    return document;
  }

  private static void putNumber(Map<String, @Nullable Object> document, String name, long value) {
    if (value != 0) {
      document.put(name, value);
    }
  }

  private static void put(Map<String, @Nullable Object> document, String name, @Nullable Object value, boolean evenIfEmpty) {
    boolean empty =
        switch (value) {
          case null -> true;
          case String text -> text.isEmpty();
          case Collection<?> list -> list.isEmpty();
          case Map<?, ?> map -> map.isEmpty();
          default -> false;
        };
    if (!empty || evenIfEmpty) {
      document.put(name, value);
    }
  }

  private static @Nullable Map<String, Object> keys(@Nullable Set<String> keys) {
    if (keys == null) {
      return null;
    }
    Map<String, Object> map = new TreeMap<>();
    keys.forEach(key -> map.put(key, Map.of()));
    return map;
  }
}
