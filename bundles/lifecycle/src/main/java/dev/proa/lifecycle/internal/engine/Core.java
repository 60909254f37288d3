package dev.proa.lifecycle.internal.engine;

import dev.proa.images.Images;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.containers.Execs;
import dev.proa.lifecycle.containers.LogConfig;
import dev.proa.lifecycle.events.Events;
import dev.proa.lifecycle.internal.logs.LogOptions;
import dev.proa.lifecycle.internal.streams.ProcessStreams;
import dev.proa.lifecycle.networks.Networks;
import dev.proa.lifecycle.roots.ImageRoots;
import dev.proa.lifecycle.system.SystemInfo;
import dev.proa.lifecycle.volumes.Volumes;
import dev.proa.plugins.DriverUsers;
import dev.proa.plugins.Drivers;
import dev.proa.spawn.Shim;
import dev.proa.spi.ProaException;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.store.StateStore;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The core, assembled: the one place that knows how its parts hang together. After {@link #Core} returns, the containers of an earlier daemon are
 * taken up again and every verb can be used; left-overs are collected in the background. Closing lets the containers run on.
 */
public final class Core implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Core.class);

  private final Engine engine;
  private final Supervisor supervisor;
  private final HealthMonitors health;
  private final ContainerService containers;
  private final ExecTable execs;
  private final HostInfo info;
  private final ImageRoots imageRoots;
  private final NetworkService networks;
  private final AutoCloseable backends;
  private final Images.Subscription imageEvents;
  private final Thread sweeper;

  /** @param shim keeps sockets beyond this process; null while there is none */
  public Core(DaemonSettings settings, StateStore store, Images images, Drivers drivers, Supplier<@Nullable Shim> shim) {
    engine = new Engine(settings, store, images, drivers, shim);
    Host host = new Host(engine.backends, settings);
    engine.apparmor = () -> host.facts().features().apparmor();
    Starter starter = new Starter(engine, host);
    execs = new ExecTable(engine);
    Removal removal = new Removal(engine, execs);
    health = new HealthMonitors(engine, execs);
    supervisor = new Supervisor(engine, starter, removal, execs, health);
    containers = new ContainerService(engine, host, starter, removal, health);
    networks = new NetworkService(engine, starter.endpoints());
    info = new HostInfo(engine, host);
    imageRoots = new ImageViewRoots(engine);
    Reconciler reconciler = new Reconciler(engine, supervisor, health);
    reconciler.load();
    execs.load();
    adoptEndpoints(starter.endpoints());
    imageEvents = images.subscribe(event -> engine.events.publish("image", event.action(), event.id(), event.attributes()));
    reconciler.sweepEndpoints();
    backends = reconciler.openBackends();
    execs.takeUp();
    sweeper =
        Thread.ofVirtual()
            .name("sweep")
            .start(
                () -> {
                  reconciler.restart();
                  reconciler.sweep();
                  engine.names().resolver().sweep(this::runs);
                });
  }

  /** Addresses and ports of containers that run, before any other can get them. */
  private void adoptEndpoints(Endpoints endpoints) {
    for (var container : engine.table.all()) {
      if (container.row().state().status().hasProcess()) {
        endpoints.adopt(container.row());
      }
    }
  }

  private boolean runs(String id) {
    Container container = engine.table.byId(id);
    return container != null && container.row().state().status().hasProcess();
  }

  public Containers containers() {
    return containers;
  }

  public Execs execs() {
    return execs;
  }

  public Volumes volumes() {
    return engine.volumes;
  }

  public Networks networks() {
    return networks;
  }

  public Events events() {
    return engine.events;
  }

  public SystemInfo system() {
    return info;
  }

  public ImageRoots imageRoots() {
    return imageRoots;
  }

  /** Who needs which driver. */
  public DriverUsers driverUsers() {
    return new DriverUse(engine, containers);
  }

  /** The log driver of containers that name none, with its options. */
  public void logDefault(LogConfig config) {
    engine.logDefault = config;
  }

  /** {@code INVALID_ARGUMENT} for a log driver that is not there, with those that are, and for options that it does not take. */
  public void checkLog(LogConfig config) {
    List<String> known = engine.logDrivers();
    if (!known.contains(LogOptions.type(config))) {
      throw ProaException.invalid("logger: no log driver named '" + LogOptions.type(config) + "' is registered: known are " + String.join(", ", known));
    }
    engine.checkLog(config);
  }

  /** Which registries are asked before Docker Hub; without any those that the daemon was started with. */
  public void mirrors(List<String> addresses) {
    List<String> now = addresses.isEmpty() ? engine.settings.registryMirrors() : addresses;
    engine.images.mirrors(now);
    engine.mirrors = List.copyOf(now);
  }

  /** {@code INVALID_ARGUMENT} for an address that is none of a mirror. */
  public void checkMirrors(List<String> addresses) {
    engine.images.checkMirrors(addresses);
  }

  /** What {@code info} says about plugins, a sentence each. */
  public void pluginNotes(Supplier<List<String>> notes) {
    engine.pluginNotes = notes;
  }

  /** Waits until what an earlier daemon left was collected. For tests. */
  public void awaitSweep() throws InterruptedException {
    sweeper.join();
  }

  @Override
  public void close() {
    supervisor.close();
    imageEvents.close();
    try {
      sweeper.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    engine.table.all().forEach(health::stop);
    try {
      backends.close();
    } catch (Exception e) {
      LOG.warn("the isolation backends are not closed in order: {}", e.getMessage());
    }
    engine
        .table
        .all()
        .forEach(
            container -> {
              ProcessStreams streams = container.streams;
              streams.close();
              if (container.log != null) {
                container.log.end();
              }
            });
    engine.readiness.close();
    engine.names().resolver().close();
    engine.ports.close();
  }
}
