package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.ContainerSummary;
import dev.proa.lifecycle.internal.Ids;
import dev.proa.lifecycle.internal.create.HostFacts;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.lifecycle.system.DiskUsage;
import dev.proa.lifecycle.system.Info;
import dev.proa.lifecycle.system.SystemInfo;
import dev.proa.lifecycle.system.Version;
import dev.proa.spi.ProaException;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.isolation.BackendFeatures;
import dev.proa.spi.isolation.BackendFeatures.Limit;
import dev.proa.spi.isolation.IsolationBackend;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.storage.StorageDriver;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the daemon says about itself. */
final class HostInfo implements SystemInfo {
  /** The Docker Engine of API 1.51, with which clients compare; what is behind + is no part of the order, and has no dots: some count them. */
  private static final String SERVED_ENGINE = "28.3.3+proa";

  /** What runs the engine; some clients want a text there. */
  private static final String LANGUAGE = "java" + Runtime.version().feature();

  private static final String KIND = "daemon";

  /** In a runtime's status, beside the names that the API knows. */
  private static final String NOTES = "dev.proa.notes";

  private static final String DOCKER_HUB = "https://index.docker.io/v1/";

  private final Engine engine;
  private final Host host;
  private final ContainerViews views;
  private final String id;

  HostInfo(Engine engine, Host host) {
    this.engine = engine;
    this.host = host;
    this.views = new ContainerViews(engine);
    this.id =
        engine
            .store
            .get(KIND, "id")
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
            .orElseGet(
                () -> {
                  String made = Ids.random().substring(0, 32);
                  String dashed =
                      made.substring(0, 8)
                          + '-'
                          + made.substring(8, 12)
                          + '-'
                          + made.substring(12, 16)
                          + '-'
                          + made.substring(16, 20)
                          + '-'
                          + made.substring(20);
                  engine.store.write(transaction -> transaction.put(KIND, "id", dashed.getBytes(StandardCharsets.UTF_8)));
                  return dashed;
                });
  }

  @Override
  public Info info() {
    DaemonSettings settings = engine.settings;
    HostFacts facts = host.facts();
    BackendFeatures features = facts.features();
    Map<String, String> release = host.release();
    List<ContainerRow> rows = engine.table.rows();
    String driver = engine.storageDriver();
    return new Info(
        id,
        rows.size(),
        count(rows, Status.RUNNING) + count(rows, Status.RESTARTING),
        count(rows, Status.PAUSED),
        count(rows, Status.CREATED) + count(rows, Status.EXITED) + count(rows, Status.DEAD),
        engine.images.list(Map.of()).size(),
        driver,
        engine.drivers.use(StorageDriver.class, driver, StorageDriver::status).stream().map(line -> List.of(line.name(), line.value())).toList(),
        settings.dataRoot().toString(),
        new Info.Plugins(engine.volumes.drivers.names(), engine.drivers.names(NetworkDriver.class), null, engine.logDrivers()),
        features.has(Limit.MEMORY),
        features.has(Limit.SWAP),
        features.has(Limit.CPU_QUOTA),
        features.has(Limit.CPU_QUOTA),
        features.has(Limit.CPU_SHARES),
        features.has(Limit.CPUSET),
        features.has(Limit.PIDS),
        features.has(Limit.OOM_KILL_DISABLE),
        forwards(),
        settings.debug(),
        openFiles(),
        Thread.activeCount(),
        Instant.now(),
        String.valueOf(engine.logDefault.type()),
        "cgroupfs",
        Integer.toString(features.cgroupVersion()),
        engine.events.listeners(),
        host.kernel(),
        release.getOrDefault("PRETTY_NAME", "Linux"),
        release.getOrDefault("VERSION_ID", ""),
        "linux",
        host.machine(),
        host.cpus(),
        host.memoryBytes(),
        DOCKER_HUB,
        registries(),
        null,
        proxy("HTTP_PROXY"),
        proxy("HTTPS_PROXY"),
        proxy("NO_PROXY"),
        host.name(),
        settings.labels(),
        settings.experimental(),
        SERVED_ENGINE,
        runtimes(),
        "runc",
        Info.Swarm.INACTIVE,
        true,
        "",
        "docker-init",
        new Info.Commit(""),
        new Info.Commit(""),
        new Info.Commit(""),
        securityOptions(facts),
        "",
        List.of(),
        new Info.FirewallBackend("nftables"),
        warnings(features, engine.pluginNotes.get()));
  }

  private static int count(List<ContainerRow> rows, Status status) {
    return (int) rows.stream().filter(row -> row.state().status() == status).count();
  }

  private static int openFiles() {
    String[] files = new File("/proc/self/fd").list();
    return files == null ? 0 : files.length;
  }

  private static boolean forwards() {
    try {
      return Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward")).strip().equals("1");
    } catch (IOException e) {
      return false;
    }
  }

  /** Its address without name and password, in Docker's words. */
  private String proxy(String name) {
    String value = engine.settings.proxies().getOrDefault(name, System.getenv().getOrDefault(name, System.getenv().getOrDefault(name.toLowerCase(Locale.ROOT), "")));
    return value.replaceFirst("^([a-z]+://)?[^/]*@", "$1xxxxx:xxxxx@");
  }

  /** The name that every client knows means the default backend; all go by their own names too. */
  private Map<String, Info.Runtime> runtimes() {
    Map<String, Info.Runtime> runtimes = new TreeMap<>();
    for (String name : engine.drivers.names(IsolationBackend.class)) {
      runtimes.put(name, new Info.Runtime(name, notes(name)));
    }
    runtimes.put("runc", new Info.Runtime(engine.settings.defaultIsolation(), null));
    return runtimes;
  }

  /** Of another backend than the default one, whose notes are warnings: nobody must be warned of what he does not use. */
  private @Nullable Map<String, String> notes(String backend) {
    if (backend.equals(engine.settings.defaultIsolation())) {
      return null;
    }
    String notes;
    try {
      notes = String.join("; ", engine.backends.use(backend, IsolationBackend::features).notes());
    } catch (ProaException e) {
      notes = String.valueOf(e.getMessage());
    }
    return notes.isEmpty() ? null : Map.of(NOTES, notes);
  }

  private Info.RegistryConfig registries() {
    Map<String, Info.Index> indexes = new LinkedHashMap<>();
    List<String> mirrors = engine.mirrors.stream().map(mirror -> mirror.endsWith("/") ? mirror : mirror + "/").toList();
    indexes.put("docker.io", new Info.Index("docker.io", mirrors, true, true));
    List<String> ranges = new ArrayList<>(List.of("::1/128", "127.0.0.0/8"));
    for (String insecure : engine.settings.insecureRegistries()) {
      if (insecure.contains("/")) {
        ranges.add(insecure);
      } else {
        indexes.put(insecure, new Info.Index(insecure, List.of(), false, false));
      }
    }
    return new Info.RegistryConfig(ranges, indexes, mirrors);
  }

  private static List<String> securityOptions(HostFacts facts) {
    BackendFeatures features = facts.features();
    List<String> options = new ArrayList<>();
    if (features.apparmor()) {
      options.add("name=apparmor");
    }
    if (features.seccomp()) {
      options.add("name=seccomp,profile=builtin");
    }
    if (facts.remap() != null) {
      options.add("name=userns");
    }
    if (features.cgroupVersion() == 2) {
      options.add("name=cgroupns");
    }
    return options;
  }

  private static List<String> warnings(BackendFeatures features, List<String> pluginNotes) {
    List<String> warnings = new ArrayList<>();
    warnings.addAll(LimitWarnings.of(features));
    features.notes().forEach(note -> warnings.add("WARNING: " + note));
    pluginNotes.forEach(note -> warnings.add("WARNING: " + note));
    return warnings;
  }


  @Override
  public Version version(String apiVersion, String minApiVersion) {
    DaemonSettings settings = engine.settings;
    Map<String, String> details = new LinkedHashMap<>();
    details.put("ApiVersion", apiVersion);
    details.put("Arch", host.architecture());
    details.put("BuildTime", settings.buildTime().toString());
    details.put("Experimental", String.valueOf(settings.experimental()));
    details.put("GitCommit", settings.gitCommit());
    details.put("GoVersion", LANGUAGE);
    details.put("KernelVersion", host.kernel());
    details.put("MinAPIVersion", minApiVersion);
    details.put("Os", "linux");
    return new Version(
        new Version.Platform("Proa"),
        List.of(
            new Version.Component("Engine", SERVED_ENGINE, details),
            new Version.Component("proa", settings.version(), Map.of("GitCommit", settings.gitCommit())),
            new Version.Component("java", Runtime.version().toString(), Map.of("Vendor", System.getProperty("java.vendor", "")))),
        SERVED_ENGINE,
        apiVersion,
        minApiVersion,
        settings.gitCommit(),
        LANGUAGE,
        "linux",
        host.architecture(),
        host.kernel(),
        settings.experimental(),
        settings.buildTime().toString());
  }

  @Override
  public DiskUsage diskUsage(Set<DiskUsage.ObjectType> types) {
    boolean all = types.isEmpty();
    return new DiskUsage(
        all || types.contains(DiskUsage.ObjectType.IMAGE) ? engine.images.usage().layersBytes() : 0,
        all || types.contains(DiskUsage.ObjectType.CONTAINER) ? engine.table.all().stream().map(this::measured).toList() : List.of(),
        all || types.contains(DiskUsage.ObjectType.VOLUME) ? engine.volumes.measured() : List.of());
  }

  /** A container that goes away meanwhile is shown without a size. */
  private ContainerSummary measured(Container container) {
    try {
      return views.summary(container, true);
    } catch (ProaException e) {
      return views.summary(container, false);
    }
  }
}
