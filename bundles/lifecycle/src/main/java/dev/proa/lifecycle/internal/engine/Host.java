package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.create.HostFacts;
import dev.proa.lifecycle.internal.users.SubordinateIds;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.isolation.BackendFeatures;
import dev.proa.spi.isolation.IsolationBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The machine this daemon runs on. What cannot change while it runs is read once. */
final class Host {
  private static final List<Path> INIT_CANDIDATES = List.of(Path.of("/usr/libexec/docker/docker-init"), Path.of("/usr/bin/docker-init"), Path.of("/usr/bin/tini-static"), Path.of("/usr/bin/tini"));

  private final Backends backends;
  private final DaemonSettings settings;
  private final int cpus;
  private final @Nullable SubordinateIds remap;
  private volatile @Nullable HostFacts facts;

  Host(Backends backends, DaemonSettings settings) {
    this.backends = backends;
    this.settings = settings;
    this.cpus = Runtime.getRuntime().availableProcessors();
    this.remap = settings.usernsRemap().map(SubordinateIds::of).orElse(null);
  }

  /** Read at the first creation, when the backend is there. */
  HostFacts facts() {
    HostFacts known = facts;
    if (known == null) {
      BackendFeatures features = backends.use(settings.defaultIsolation(), IsolationBackend::features);
      known =
          new HostFacts(
              features,
              cpus,
              firstLine("/sys/devices/system/cpu/online", "0-" + (cpus - 1)),
              firstLine("/sys/devices/system/node/online", "0"),
              remap);
      facts = known;
    }
    return known;
  }

  int cpus() {
    return cpus;
  }

  String name() {
    return firstLine("/proc/sys/kernel/hostname", "localhost");
  }

  String kernel() {
    return firstLine("/proc/sys/kernel/osrelease", System.getProperty("os.version"));
  }

  /** As the API and OCI's image configurations say it. */
  String architecture() {
    return switch (System.getProperty("os.arch")) {
      case "amd64" -> "amd64";
      case "aarch64" -> "arm64";
      default -> System.getProperty("os.arch");
    };
  }

  /** As uname(1) says it. */
  String machine() {
    return architecture().equals("amd64") ? "x86_64" : System.getProperty("os.arch");
  }

  boolean runs(String platform) {
    String[] parts = platform.toLowerCase(Locale.ROOT).split("/");
    String architecture = parts.length > 1 ? parts[1] : architecture();
    boolean same = architecture.equals(architecture()) || architecture.equals(machine());
    return parts[0].equals("linux") && same || parts.length == 1 && (parts[0].equals(architecture()) || parts[0].equals(machine()));
  }

  /** The reaper for {@code --init}; null if none is installed. */
  @Nullable Path init() {
    return INIT_CANDIDATES.stream().filter(Files::isExecutable).findFirst().orElse(null);
  }

  long memoryBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemTotal:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
      return 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** os-release(5). */
  Map<String, String> release() {
    Map<String, String> values = new TreeMap<>();
    for (String file : List.of("/etc/os-release", "/usr/lib/os-release")) {
      try {
        for (String line : Files.readAllLines(Path.of(file))) {
          int equals = line.indexOf('=');
          if (equals > 0) {
            values.put(line.substring(0, equals), line.substring(equals + 1).replaceAll("^[\"']|[\"']$", ""));
          }
        }
        return values;
      } catch (IOException e) {
        // The other file, or nothing: the names are for people only.
        continue;
      }
    }
    return values;
  }

  private static String firstLine(String file, String otherwise) {
    try {
      String text = Files.readString(Path.of(file)).strip();
      return text.isEmpty() ? otherwise : text.lines().findFirst().orElse(otherwise);
    } catch (IOException e) {
      return otherwise;
    }
  }
}
