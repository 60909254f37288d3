package dev.proa.lifecycle.internal.engine;

import dev.proa.images.ImageRecord;
import dev.proa.lifecycle.containers.ContainerState;
import dev.proa.lifecycle.containers.ContainerStats;
import dev.proa.lifecycle.containers.ContainerSummary;
import dev.proa.lifecycle.containers.ContainerView;
import dev.proa.lifecycle.containers.Health;
import dev.proa.lifecycle.containers.MountPoint;
import dev.proa.lifecycle.internal.create.Modes;
import dev.proa.lifecycle.internal.create.MountSpecs;
import dev.proa.lifecycle.internal.create.SecurityOptions;
import dev.proa.lifecycle.internal.ports.PortSpec;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.lifecycle.networks.PortBinding;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Rows as the API shows them. */
final class ContainerViews {
  private final Engine engine;

  ContainerViews(Engine engine) {
    this.engine = engine;
  }

  ContainerView view(Container container, boolean size) {
    ContainerRow row = container.row();
    List<String> argv = row.argv();
    Long sizeRw = size ? sizeRw(row) : null;
    String folder = engine.runFolder(row.id()).toString();
    boolean started = !row.state().startedAt().equals(ContainerState.NEVER);
    return new ContainerView(
        row.id(),
        row.created(),
        argv.getFirst(),
        argv.subList(1, argv.size()),
        row.state().view(),
        row.imageId(),
        started ? folder + "/resolv.conf" : "",
        started ? folder + "/hostname" : "",
        started ? folder + "/hosts" : "",
        container.log == null ? "" : container.log.clientPath(),
        "/" + row.name(),
        row.state().restartCount(),
        row.storageDriver(),
        row.platform(),
        "",
        "",
        started && engine.apparmor.getAsBoolean() ? SecurityOptions.parse(row.hostConfig().securityOpt()).apparmorProfile(row.hostConfig().privileged()) : "",
        container.execs.isEmpty() ? null : List.copyOf(container.execs),
        row.hostConfig().links() == null ? row.hostConfig() : row.hostConfig().withLinks(LegacyLinks.shown(row)),
        new ContainerView.GraphDriver(Map.of("ID", row.id()), row.storageDriver()),
        sizeRw,
        sizeRw == null ? null : sizeRw + imageSize(row),
        mountPoints(row),
        row.config(),
        networkSettings(row),
        null);
  }

  /** Without those of {@code --tmpfs}, which Docker counts among the settings alone. */
  private static List<MountPoint> mountPoints(ContainerRow row) {
    Set<String> settings = row.hostConfig().tmpfs() == null ? Set.of() : row.hostConfig().tmpfs().keySet();
    return row.mounts().stream()
        .filter(mount -> mount.type() != MountRow.Type.TMPFS || settings.stream().noneMatch(path -> MountSpecs.clean(path).equals(mount.destination())))
        .map(MountRow::view)
        .toList();
  }

  private long sizeRw(ContainerRow row) {
    return engine.drivers.use(StorageDriver.class, row.storageDriver(), driver -> driver.usage(row.id()).sizeBytes());
  }

  private long imageSize(ContainerRow row) {
    return engine.images.byId(row.imageId()).map(ImageRecord::sizeBytes).orElse(0L);
  }

  private static ContainerView.NetworkSettings networkSettings(ContainerRow row) {
    EndpointSettings bridge = row.networks().get("bridge");
    EndpointSettings shown = bridge == null ? EndpointSettings.bare("", "") : bridge;
    boolean running = row.state().status().hasProcess();
    // One that shares another's namespace has none of its own to show.
    boolean own = running && row.state().pid() > 0 && !Modes.isContainer(String.valueOf(row.hostConfig().networkMode()));
    Map<String, @Nullable List<PortBinding>> ports = new TreeMap<>();
    if (running && row.config().exposedPorts() != null) {
      row.config().exposedPorts().keySet().forEach(range -> PortSpec.expanded(range).forEach(port -> ports.put(port, null)));
    }
    if (running) {
      ports.putAll(row.attached().ports());
    }
    return new ContainerView.NetworkSettings(
        "",
        own ? row.id() : "",
        own ? "/proc/" + row.state().pid() + "/ns/net" : "",
        ports,
        false,
        "",
        0,
        null,
        null,
        orEmpty(shown.endpointId()),
        orEmpty(shown.gateway()),
        orEmpty(shown.globalIpv6Address()),
        shown.globalIpv6PrefixLen(),
        orEmpty(shown.ipAddress()),
        shown.ipPrefixLen(),
        orEmpty(shown.ipv6Gateway()),
        orEmpty(shown.macAddress()),
        new TreeMap<>(row.networks()));
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  ContainerSummary summary(Container container, boolean size) {
    return summary(container, size, List.of(), new HashMap<>());
  }

  /**
   * @param furtherNames of its links
   * @param imageIds what names of images mean, as far as this list has found out
   */
  ContainerSummary summary(Container container, boolean size, List<String> furtherNames, Map<String, String> imageIds) {
    ContainerRow row = container.row();
    List<String> names = new ArrayList<>(List.of("/" + row.name()));
    names.addAll(furtherNames);
    Long sizeRw = size ? sizeRw(row) : null;
    return new ContainerSummary(
        row.id(),
        List.copyOf(names),
        image(row, imageIds),
        row.imageId(),
        null,
        command(row),
        row.created().getEpochSecond(),
        ports(row),
        sizeRw,
        sizeRw == null ? null : sizeRw + imageSize(row),
        Engine.labels(row),
        row.state().status().text(),
        status(row.state(), Instant.now()),
        new ContainerSummary.HostConfigSummary(String.valueOf(row.hostConfig().networkMode()), row.hostConfig().annotations()),
        new ContainerSummary.NetworkSettingsSummary(row.networks()),
        mountPoints(row));
  }

  /** What the user called the image, as long as that still means the same. */
  private String image(ContainerRow row, Map<String, String> imageIds) {
    String name = row.config().image();
    if (name == null || name.isEmpty()) {
      return row.imageId();
    }
    if (row.imageId().equals(name) || row.imageId().startsWith("sha256:" + name)) {
      return name;
    }
    return imageIds.computeIfAbsent(name, this::imageId).equals(row.imageId()) ? name : row.imageId();
  }

  /** Empty if the name was taken off. */
  private String imageId(String name) {
    try {
      return engine.images.resolve(name).id();
    } catch (ProaException e) {
      return "";
    }
  }

  /** As a shell would take it: arguments with special characters quoted. */
  private static String command(ContainerRow row) {
    List<String> argv = row.argv();
    StringBuilder text = new StringBuilder(argv.getFirst());
    for (String argument : argv.subList(1, argv.size())) {
      text.append(' ');
      boolean plain = !argument.isEmpty() && argument.chars().allMatch(c -> Character.isLetterOrDigit(c) || "_-./:=@%+,^".indexOf(c) >= 0);
      text.append(plain ? argument : "'" + argument.replace("'", "'\\''") + "'");
    }
    return text.toString();
  }

  private static List<ContainerSummary.Port> ports(ContainerRow row) {
    List<ContainerSummary.Port> ports = new ArrayList<>();
    if (!row.state().status().hasProcess()) {
      return ports;
    }
    Map<String, List<PortBinding>> published = row.attached().ports();
    Set<String> all = new TreeSet<>(published.keySet());
    if (row.config().exposedPorts() != null) {
      row.config().exposedPorts().keySet().forEach(range -> all.addAll(PortSpec.expanded(range)));
    }
    for (String port : all) {
      int slash = port.indexOf('/');
      int number = Integer.parseInt(port.substring(0, slash));
      String protocol = port.substring(slash + 1);
      List<PortBinding> bindings = published.getOrDefault(port, List.of());
      for (PortBinding binding : bindings) {
        int hostPort = EndpointPorts.number(binding);
        ports.add(new ContainerSummary.Port(hostPort == 0 ? null : binding.hostIp(), number, hostPort, protocol));
      }
      if (bindings.isEmpty()) {
        ports.add(new ContainerSummary.Port(null, number, 0, protocol));
      }
    }
    return ports;
  }

  /** {@code Up 5 minutes (healthy)}, {@code Exited (0) 2 hours ago}: Docker's words. */
  static String status(ContainerRow.State state, Instant now) {
    String ago = HumanDuration.of(Duration.between(state.finishedAt(), now)) + " ago";
    return switch (state.status()) {
      case CREATED -> "Created";
      case REMOVING -> "Removal In Progress";
      case DEAD -> "Dead";
      case RESTARTING -> "Restarting (" + state.exitCode() + ") " + ago;
      case EXITED -> state.finishedAt().equals(ContainerState.NEVER) ? "Created" : "Exited (" + state.exitCode() + ") " + ago;
      case PAUSED -> "Up " + HumanDuration.of(Duration.between(state.startedAt(), now)) + " (Paused)";
      case RUNNING -> "Up " + HumanDuration.of(Duration.between(state.startedAt(), now)) + health(state.health());
    };
  }

  private static String health(@Nullable Health health) {
    if (health == null) {
      return "";
    }
    return health.status().equals("starting") ? " (health: starting)" : " (" + health.status() + ")";
  }

  /** A reading of a container without a process. */
  static ContainerStats nothing(ContainerRow row) {
    ContainerStats.CpuStats cpu =
        new ContainerStats.CpuStats(new ContainerStats.CpuUsage(0, null, 0, 0), null, null, new ContainerStats.ThrottlingData(0, 0, 0));
    Instant never = ContainerState.NEVER;
    return new ContainerStats(
        "/" + row.name(),
        row.id(),
        never,
        never,
        new ContainerStats.PidsStats(null, null),
        new ContainerStats.BlkioStats(null, null, null, null, null, null, null, null),
        0,
        new LinkedHashMap<>(),
        cpu,
        cpu,
        new ContainerStats.MemoryStats(null, null, null, null, null),
        null,
        Map.of());
  }

  static boolean isUp(Status status) {
    return status.hasProcess() || status == Status.RESTARTING;
  }
}
