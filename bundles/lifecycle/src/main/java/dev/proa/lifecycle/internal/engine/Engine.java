package dev.proa.lifecycle.internal.engine;

import dev.proa.images.Images;
import dev.proa.lifecycle.containers.LogConfig;
import dev.proa.lifecycle.internal.dns.Resolver;
import dev.proa.lifecycle.internal.logs.ContainerLog;
import dev.proa.lifecycle.internal.logs.DriverLog;
import dev.proa.lifecycle.internal.logs.JsonFileLog;
import dev.proa.lifecycle.internal.logs.LogOptions;
import dev.proa.lifecycle.internal.ports.HeldPorts;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.lifecycle.internal.streams.ProcessStreams;
import dev.proa.lifecycle.internal.streams.Readiness;
import dev.proa.plugins.Drivers;
import dev.proa.spawn.Shim;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.IsolationBackend;
import dev.proa.spi.log.LogDriver;
import dev.proa.spi.log.LogDriver.LogTarget;
import dev.proa.store.StateStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all parts of the core share: the tables, the drivers and where things lie. */
final class Engine {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  final DaemonSettings settings;
  final StateStore store;
  final Images images;
  final Drivers drivers;
  final Readiness readiness = new Readiness();
  final EventBus events = new EventBus();
  final ContainerTable table;
  final VolumeStore volumes;

  /** Of containers that name no log driver. */
  volatile LogConfig logDefault = LogConfig.DEFAULT;

  /** Asked before Docker Hub. */
  volatile List<String> mirrors;
  final NetworkTable networks;
  final HeldPorts ports = new HeldPorts();
  final Backends backends;
  final SharedMemory sharedMemory;
  final ImageMounts imageMounts;

  /** Whether the host has AppArmor; asked only when the backends are there. */
  java.util.function.BooleanSupplier apparmor = () -> false;

  /** What there is to say about plugins, a sentence each, for {@code info}. */
  Supplier<List<String>> pluginNotes = List::of;

  /** Containers that are being made: their roots and folders are there, their rows are not yet. */
  final Set<String> creating = ConcurrentHashMap.newKeySet();

  /** Ids of the containers whose volumes were mounted by this daemon; a failed start unmounts in more than one place. */
  private final Set<String> usingVolumes = ConcurrentHashMap.newKeySet();

  private final NameService names;

  Engine(DaemonSettings settings, StateStore store, Images images, Drivers drivers, Supplier<@Nullable Shim> shim) {
    this.settings = settings;
    this.mirrors = settings.registryMirrors();
    this.store = store;
    this.images = images;
    this.drivers = drivers;
    this.backends = new Backends(drivers);
    this.sharedMemory = new SharedMemory(settings.execRoot());
    this.imageMounts = new ImageMounts(images, drivers);
    this.table = new ContainerTable(store);
    this.volumes = new VolumeStore(store, settings.dataRoot().resolve("volumes"), events, table::all, drivers);
    this.networks = new NetworkTable(store, settings);
    this.names = new NameService(this, new Resolver(shim));
  }

  NameService names() {
    return names;
  }

  /** Whether what lies on the disk under that id is some container's. */
  boolean owned(String id) {
    // In this order: a container leaves the one set after it has come into the other.
    return creating.contains(id) || table.byId(id) != null;
  }

  /** A container is about to use its volumes. */
  void volumesMounted(ContainerRow row) {
    usingVolumes.add(row.id());
    for (MountRow mount : row.mounts()) {
      if (mount.volume() != null) {
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put("container", row.id());
        attributes.put("destination", mount.destination());
        attributes.put("driver", mount.volumeDriverName());
        attributes.put("propagation", mount.propagation());
        attributes.put("read/write", Boolean.toString(mount.readWrite()));
        events.publish("volume", "mount", mount.volume(), attributes);
      }
    }
  }

  /** A container does not use its volumes and images any more. */
  void unmount(ContainerRow row) {
    if (usingVolumes.remove(row.id())) {
      row.mounts().stream()
          .filter(mount -> mount.volume() != null)
          .forEach(mount -> events.publish("volume", "unmount", String.valueOf(mount.volume()), Map.of("container", row.id(), "driver", mount.volumeDriverName())));
    }
    volumes.unmount(row);
    imageMounts.unmount(row);
  }

  /** Where the container's log is. There is none before the first line. */
  Path folder(String id) {
    return folders().resolve(id);
  }

  Path folders() {
    return settings.dataRoot().resolve("containers");
  }

  /** Where the files are that each start makes anew: not on the disk. */
  Path runFolder(String id) {
    return runFolders().resolve(id);
  }

  Path runFolders() {
    return settings.execRoot().resolve("containers");
  }

  private Path logFile(String id, LogOptions.Driver driver) {
    return driver == LogOptions.Driver.LOCAL ? folder(id).resolve("local-container.log") : folder(id).resolve(id + "-json.log");
  }

  /** The driver for new containers. */
  String storageDriver() {
    return drivers.storage(settings.storageDriver());
  }

  <R extends @Nullable Object> R isolation(ContainerRow row, Drivers.Use<IsolationBackend, R, RuntimeException> work) {
    return backends.use(row, work);
  }

  void isolate(ContainerRow row, Drivers.Run<IsolationBackend, RuntimeException> work) {
    backends.run(row, work);
  }

  /** A container as it is before its first start, or after the daemon's. */
  Container container(ContainerRow row) {
    return new Container(row, streams(row), log(row));
  }

  private @Nullable ContainerLog log(ContainerRow row) {
    LogConfig config = row.hostConfig().logConfig();
    if (!LogOptions.isBuiltIn(config)) {
      Map<String, String> options = config == null || config.config() == null ? Map.of() : config.config();
      String image = row.config().image() == null ? row.imageId() : row.config().image();
      return new DriverLog(drivers, LogOptions.type(config), new LogTarget(row.id(), row.name(), image, options));
    }
    LogOptions options = LogOptions.of(config, labels(row), environment(row));
    return options.driver() == LogOptions.Driver.NONE ? null : new JsonFileLog(logFile(row.id(), options.driver()), options);
  }

  /** The engine's own and those of plugins. */
  List<String> logDrivers() {
    return Stream.concat(LogOptions.BUILT_IN.stream(), drivers.names(LogDriver.class).stream()).toList();
  }

  /** {@code INVALID_ARGUMENT} for a log driver that is not there, in the Docker Engine's words, which clients compare, and for options that it does not take. */
  void checkLog(@Nullable LogConfig config) {
    if (LogOptions.isBuiltIn(config)) {
      LogOptions.of(config, Map.of(), List.of());
      return;
    }
    String type = LogOptions.type(config);
    List<String> names = drivers.names(LogDriver.class);
    if (!names.contains(type)) {
      throw ProaException.invalid("error looking up logging plugin " + type + ": plugin \"" + type + "\" not found");
    }
    Map<String, String> options = config == null || config.config() == null ? Map.of() : config.config();
    drivers.run(LogDriver.class, type, driver -> driver.check(options));
  }

  /** Streams for the next process of a container. */
  ProcessStreams streams(ContainerRow row) {
    String id = row.id();
    return new ProcessStreams(
        readiness,
        row.config().tty(),
        row.config().stdinOnce(),
        () -> {
          try {
            isolate(row, backend -> backend.closeStdin(id, null));
          } catch (RuntimeException e) {
            LOG.debug("{}: standard input is not closed: {}", id, e.getMessage());
          }
        });
  }

  static Map<String, String> labels(ContainerRow row) {
    return row.config().labels() == null ? Map.of() : row.config().labels();
  }

  private static List<String> environment(ContainerRow row) {
    return row.config().env() == null ? List.of() : row.config().env();
  }

  /** An event about a container, with what Docker puts into each. */
  void publish(ContainerRow row, String action, Map<String, String> more) {
    Map<String, String> attributes = new LinkedHashMap<>(labels(row));
    attributes.put("image", row.config().image() == null ? row.imageId() : row.config().image());
    attributes.put("name", row.name());
    attributes.putAll(more);
    events.publish("container", action, row.id(), attributes);
  }
}
