package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.events.Events;
import dev.proa.lifecycle.internal.Ids;
import dev.proa.lifecycle.internal.Json;
import dev.proa.lifecycle.internal.create.MountSpecs;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.lifecycle.internal.state.VolumeRow;
import dev.proa.lifecycle.volumes.Volume;
import dev.proa.lifecycle.volumes.VolumeCreateRequest;
import dev.proa.lifecycle.volumes.Volumes;
import dev.proa.linux.FaultPoints;
import dev.proa.plugins.Drivers;
import dev.proa.spi.ProaException;
import dev.proa.store.StateStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The volumes: {@code data-root/volumes/NAME/_data}, as Docker lays them out. Who uses one is not counted but looked up in the containers'
 * rows, so it cannot be wrong.
 */
final class VolumeStore implements Volumes {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeStore.class);
  private static final Set<String> LIST_FILTERS = Set.of("dangling", "driver", "label", "name");
  private static final Set<String> PRUNE_FILTERS = Set.of("all", "label", "label!");

  /** Volumes that are removed, and whose files may still be there. */
  private static final String REMOVED = "removed-volume";

  private final StateStore store;
  private final Path root;
  private final Events events;
  private final Supplier<Collection<Container>> containers;
  final VolumeDrivers drivers;

  /** Guards the map, and that a volume is not removed while a container that wants it is being created. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<String, VolumeRow> volumes = new TreeMap<>();

  /** Which containers have a volume with driver options mounted, since this daemon is there. */
  private final Map<String, Set<String>> mounted = new HashMap<>();

  /** Those that a driver of a plugin is just removing. */
  private final Set<String> leaving = new HashSet<>();

  /** Names that a creation under way will use. */
  private final List<String> reserved = new ArrayList<>();

  VolumeStore(StateStore store, Path root, Events events, Supplier<Collection<Container>> containers, Drivers drivers) {
    this.drivers = new VolumeDrivers(drivers);
    this.store = store;
    this.root = root;
    this.events = events;
    this.containers = containers;
    store.all(VolumeRow.KIND).forEach((name, body) -> volumes.put(name, Json.read(body, VolumeRow.class, "volume " + name)));
  }

  @Override
  public Volume create(VolumeCreateRequest request) {
    boolean anonymous = request.name() == null || request.name().isEmpty();
    String name = anonymous ? Ids.random() : request.name();
    String driver = drivers.check(name, request.driver() == null ? "" : request.driver());
    MountSpecs.checkVolumeName(name);
    drivers.order(name).lock();
    try (Claim claim = claim()) {
      VolumeRow row = claim.use(anonymous ? null : name, driver, request.labels(), request.driverOpts());
      if (!claim.mine.isEmpty()) {
        FaultPoints.reach("volume.folder-made");
        store.write(claim::write);
        claim.keep();
        FaultPoints.reach("volume.row-written");
      }
      return view(row);
    } finally {
      drivers.order(name).unlock();
    }
  }

  private VolumeRow make(String name, String driver, @Nullable Map<String, String> labels, @Nullable Map<String, String> options, boolean anonymous) {
    if (!driver.equals(VolumeRow.LOCAL)) {
      // the mark is taken back with the row's coming: what a driver has made for nobody is removed at the next start
      store.write(transaction -> transaction.put(REMOVED, name, driver.getBytes(StandardCharsets.UTF_8)));
      Path folder = drivers.create(driver, name, options == null ? Map.of() : options);
      return new VolumeRow(name, Instant.now(), labels == null ? Map.of() : labels, options, anonymous, driver, folder.toString());
    }
    try {
      Path folder = root.resolve(name);
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx-----x")));
      Path data = folder.resolve("_data");
      Files.createDirectories(data);
      // Not subject to the daemon's umask: what is inside decides.
      Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw Trees.failure("cannot create volume " + name, e);
    }
    return new VolumeRow(name, Instant.now(), labels == null ? Map.of() : labels, options, anonymous, null, null);
  }

  /**
   * Volumes for a container that is being created: makes those that are missing, which come to stand in the store with the container.
   * Nobody can remove any of them until {@link Claim#close}.
   */
  Claim claim() {
    return new Claim();
  }

  /** See {@link #claim}. */
  final class Claim implements AutoCloseable {
    private final List<String> names = new ArrayList<>();
    private final List<VolumeRow> mine = new ArrayList<>();
    private boolean kept;

    /**
     * The volume, made if it is not there. {@code CONFLICT} if it is one of another driver.
     *
     * @param name null for an anonymous one
     * @param driver empty for the default
     */
    VolumeRow use(@Nullable String name, String driver, @Nullable Map<String, String> labels, @Nullable Map<String, String> driverOptions) {
      String made = name == null ? Ids.random() : name;
      String wanted = drivers.check(made, driver);
      if (wanted.equals(VolumeRow.LOCAL)) {
        LocalMount.check(made, driverOptions == null ? Map.of() : driverOptions);
        lock.lock();
        try {
          VolumeRow row = reserve(name, driver);
          return row != null ? row : mine(make(made, wanted, labels, driverOptions, name == null));
        } finally {
          lock.unlock();
        }
      }
      drivers.order(made).lock();
      try {
        VolumeRow row;
        lock.lock();
        try {
          row = reserve(name, driver);
        } finally {
          lock.unlock();
        }
        if (row != null) {
          return row;
        }
        row = make(made, wanted, labels, driverOptions, name == null);
        lock.lock();
        try {
          return mine(row);
        } finally {
          lock.unlock();
        }
      } finally {
        drivers.order(made).unlock();
      }
    }

    /** One that is there, which cannot be removed from now on. The lock is held. */
    private @Nullable VolumeRow reserve(@Nullable String name, String driver) {
      VolumeRow there = name == null ? null : volumes.get(name);
      for (VolumeRow early : mine) {
        there = early.name().equals(name) ? early : there;
      }
      if (there != null) {
        if (leaving.contains(there.name())) {
          throw ProaException.conflict("volume " + name + " is being removed");
        }
        if (!driver.isEmpty() && !driver.equals(there.driverName())) {
          throw ProaException.conflict(
              "create " + name + ": conflict: volume name must be unique: there is one of driver " + there.driverName());
        }
        names.add(there.name());
        reserved.add(there.name());
      }
      return there;
    }

    private VolumeRow mine(VolumeRow row) {
      mine.add(row);
      names.add(row.name());
      reserved.add(row.name());
      return row;
    }

    void write(StateStore.Transaction transaction) {
      for (VolumeRow row : mine) {
        transaction.put(VolumeRow.KIND, row.name(), Json.write(row));
        if (!row.local()) {
          transaction.delete(REMOVED, row.name());
        }
      }
    }

    /** The transaction is done. */
    void keep() {
      lock.lock();
      try {
        kept = true;
        mine.forEach(row -> volumes.put(row.name(), row));
      } finally {
        lock.unlock();
      }
      mine.forEach(row -> events.publish("volume", "create", row.name(), Map.of("driver", row.driverName())));
    }

    @Override
    public void close() {
      List<VolumeRow> nobodys;
      lock.lock();
      try {
        names.forEach(reserved::remove);
        nobodys = kept ? List.of() : mine.stream().filter(row -> !volumes.containsKey(row.name()) && !reserved.contains(row.name())).toList();
        nobodys.stream().filter(VolumeRow::local).forEach(row -> Trees.deleteQuietly(root.resolve(row.name())));
      } finally {
        lock.unlock();
      }
      nobodys.stream().filter(row -> !row.local()).forEach(row -> discardByDriver(row.driverName(), row.name()));
    }
  }

  /** The folder that is mounted. */
  private Path data(String name) {
    return root.resolve(name).resolve("_data");
  }

  /** Where it is for containers. */
  Path folder(VolumeRow row) {
    return row.folder() == null ? data(row.name()) : Path.of(row.folder());
  }

  VolumeRow row(String name) {
    lock.lock();
    try {
      return get(name);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Has a volume's file system there for a container, if it is one with driver options or of a plugin. It stays until {@link #unmount} for the last
   * container.
   */
  void mount(String name, String containerId) {
    VolumeRow row = row(name);
    if (!row.local()) {
      drivers.mount(row, containerId);
    }
    if (!row.mounted()) {
      return;
    }
    lock.lock();
    try {
      if (!LocalMount.isMounted(data(name))) {
        LocalMount.of(Objects.requireNonNull(row.options())).on(data(name));
      }
      mounted.computeIfAbsent(name, unused -> new HashSet<>()).add(containerId);
    } finally {
      lock.unlock();
    }
  }

  /** A container does not use its volumes any more. */
  void unmount(ContainerRow container) {
    List<VolumeRow> others = new ArrayList<>();
    lock.lock();
    try {
      for (MountRow mount : container.mounts()) {
        VolumeRow row = mount.volume() == null ? null : volumes.get(mount.volume());
        if (row != null && !row.local()) {
          others.add(row);
        } else if (row != null && row.mounted()) {
          Set<String> users = mounted.get(row.name());
          if (users != null) {
            users.remove(container.id());
          }
          if ((users == null || users.isEmpty()) && !isUsed(row.name(), container.id())) {
            mounted.remove(row.name());
            unmount(row.name());
          }
        }
      }
    } finally {
      lock.unlock();
    }
    others.forEach(row -> drivers.unmount(row, container.id()));
  }

  /** Whether a container that runs has it, also one that an earlier daemon has started. */
  private boolean isUsed(String name, String except) {
    return containers.get().stream()
        .map(Container::row)
        .anyMatch(row -> !row.id().equals(except) && row.state().status().hasProcess() && row.mounts().stream().anyMatch(mount -> uses(mount, name)));
  }

  /** False if it stays mounted: what is in it must not be touched then. */
  private boolean unmount(String name) {
    try {
      LocalMount.off(data(name));
      return true;
    } catch (IOException e) {
      LOG.warn("volume {} stays mounted at {}: {}", name, data(name), e.getMessage());
      return false;
    }
  }

  private Volume view(VolumeRow row) {
    return new Volume(row.created(), row.driverName(), row.labels(), folder(row).toString(), row.name(), row.options(), "local", null, null);
  }

  private List<String> users(String name) {
    return containers.get().stream()
        .filter(container -> container.row().mounts().stream().anyMatch(mount -> uses(mount, name)))
        .map(Container::id)
        .toList();
  }

  private static boolean uses(MountRow mount, String name) {
    return mount.type() == MountRow.Type.VOLUME && name.equals(mount.volume());
  }

  @Override
  public List<Volume> list(Map<String, List<String>> filters) {
    Filters.checkWithDangling(filters, LIST_FILTERS);
    Set<String> used = new HashSet<>();
    containers.get().forEach(container -> container.row().mounts().forEach(mount -> used.add(String.valueOf(mount.volume()))));
    lock.lock();
    try {
      return volumes.values().stream()
          .filter(row -> Filters.dangling(filters, !used.contains(row.name())))
          .filter(row -> Filters.any(filters, "driver", row.driverName()::equals))
          .filter(row -> Filters.any(filters, "name", part -> row.name().contains(part)))
          .filter(row -> Filters.labels(filters, row.labels() == null ? Map.of() : row.labels()))
          .map(this::view)
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /** With sizes and users, for {@code system df}. */
  List<Volume> measured() {
    List<VolumeRow> rows;
    lock.lock();
    try {
      rows = List.copyOf(volumes.values());
    } finally {
      lock.unlock();
    }
    return rows.stream()
        .map(
            row -> {
              Volume view = view(row);
              return new Volume(
                  view.createdAt(),
                  view.driver(),
                  view.labels(),
                  view.mountpoint(),
                  view.name(),
                  view.options(),
                  view.scope(),
                  null,
                  new Volume.UsageData(users(row.name()).size(), row.local() ? Trees.size(data(row.name())) : -1));
            })
        .toList();
  }

  @Override
  public Volume inspect(String name) {
    VolumeRow row = row(name);
    return row.local() ? view(row) : view(row).with(drivers.status(row));
  }

  /** The names of those of a driver. */
  List<String> of(String driver) {
    lock.lock();
    try {
      return volumes.values().stream().filter(row -> row.driverName().equals(driver)).map(VolumeRow::name).toList();
    } finally {
      lock.unlock();
    }
  }

  private VolumeRow get(String name) {
    VolumeRow row = volumes.get(name);
    if (row == null) {
      throw ProaException.notFound("get " + name + ": no such volume");
    }
    return row;
  }

  @Override
  public void remove(String name, boolean force) {
    drivers.order(name).lock();
    try {
      VolumeRow row;
      lock.lock();
      try {
        if (force && !volumes.containsKey(name)) {
          return;
        }
        row = get(name);
        List<String> users = users(name);
        if (!users.isEmpty() || reserved.contains(name)) {
          throw ProaException.conflict("remove " + name + ": volume is in use - [" + String.join(", ", users) + "]");
        }
        if (row.local()) {
          removeUnused(name);
          return;
        }
        leaving.add(name);
      } finally {
        lock.unlock();
      }
      try {
        drivers.remove(row.driverName(), name); // a removal that the driver refuses leaves the volume
        store.write(transaction -> transaction.delete(VolumeRow.KIND, name));
        gone(name);
      } finally {
        decided(name);
      }
      events.publish("volume", "destroy", name, Map.of("driver", row.driverName()));
    } finally {
      drivers.order(name).unlock();
    }
  }

  private void gone(String name) {
    lock.lock();
    try {
      volumes.remove(name);
    } finally {
      lock.unlock();
    }
  }

  private void decided(String name) {
    lock.lock();
    try {
      leaving.remove(name);
    } finally {
      lock.unlock();
    }
  }

  /** It is marked as removed; should its driver not do it now, the next start asks again. */
  private void discardByDriver(String driver, String name) {
    drivers.order(name).lock();
    try {
      lock.lock();
      try {
        if (volumes.containsKey(name) || reserved.contains(name)) {
          return; // one of that name was made since
        }
      } finally {
        lock.unlock();
      }
      drivers.remove(driver, name);
      store.write(transaction -> transaction.delete(REMOVED, name));
    } catch (ProaException e) {
      LOG.warn("volume {} of driver {} is left until the next start: {}", name, driver, e.getMessage());
    } finally {
      drivers.order(name).unlock();
    }
  }

  private void removeUnused(String name) {
    if (!unmount(name)) {
      throw ProaException.conflict("remove " + name + ": volume is mounted at " + data(name) + " and cannot be unmounted");
    }
    store.write(transaction -> markRemoved(transaction, name));
    FaultPoints.reach("discard.marked");
    discard(name);
    FaultPoints.reach("discard.done");
  }

  /** The row goes first, and leaves a mark, so that a kill before the files are gone leaves nothing that nobody may touch. The mark says whose it was. */
  private void markRemoved(StateStore.Transaction transaction, String name) {
    String driver = get(name).driver();
    transaction.delete(VolumeRow.KIND, name).put(REMOVED, name, driver == null ? new byte[0] : driver.getBytes(StandardCharsets.UTF_8));
  }

  /** What was mounted is unmounted by now. */
  private void discard(String name) {
    mounted.remove(name);
    volumes.remove(name);
    Trees.deleteQuietly(root.resolve(name));
    store.write(transaction -> transaction.delete(REMOVED, name));
    events.publish("volume", "destroy", name, Map.of("driver", "local"));
  }

  /**
   * Removes a container's row and, in the same transaction, its anonymous volumes, if nobody else has them.
   *
   * @param delete deletes the row, with more in the transaction
   */
  void removeAnonymous(String id, List<MountRow> mounts, Consumer<Consumer<StateStore.Transaction>> delete) {
    List<VolumeRow> others = new ArrayList<>();
    lock.lock();
    try {
      List<String> names =
          mounts.stream()
              .filter(MountRow::anonymous)
              .flatMap(mount -> Stream.ofNullable(mount.volume()))
              .distinct()
              .filter(name -> isOnly(id, name) && (!get(name).local() || unmount(name)))
              .toList();
      delete.accept(transaction -> names.forEach(name -> markRemoved(transaction, name)));
      FaultPoints.reach("remove.volumes-marked");
      for (String name : names) {
        VolumeRow row = get(name);
        if (row.local()) {
          discard(name);
        } else {
          volumes.remove(name);
          others.add(row);
        }
      }
    } finally {
      lock.unlock();
    }
    for (VolumeRow row : others) {
      discardByDriver(row.driverName(), row.name());
      events.publish("volume", "destroy", row.name(), Map.of("driver", row.driverName()));
    }
  }

  private boolean isOnly(String id, String name) {
    return volumes.containsKey(name) && !reserved.contains(name) && users(name).stream().allMatch(id::equals);
  }

  @Override
  public Pruned prune(Map<String, List<String>> filters) {
    Filters.check(filters, PRUNE_FILTERS);
    boolean all = Filters.flag(filters, "all");
    List<String> deleted = new ArrayList<>();
    long reclaimed = 0;
    lock.lock();
    try {
      for (VolumeRow row : List.copyOf(volumes.values())) {
        Map<String, String> labels = row.labels() == null ? Map.of() : row.labels();
        if (row.local() // as by Docker: what plugins keep is not pruned
            && (row.anonymous() || all)
            && Filters.labels(filters, labels)
            && !Filters.anyLabel(filters, "label!", labels)
            && users(row.name()).isEmpty()
            && !reserved.contains(row.name())) {
          long size = Trees.size(data(row.name()));
          removeUnused(row.name());
          reclaimed += size;
          deleted.add(row.name());
        }
      }
    } finally {
      lock.unlock();
    }
    events.publish("volume", "prune", "", Map.of("reclaimed", Long.toString(reclaimed)));
    return new Pruned(deleted, reclaimed);
  }

  /**
   * Folders that no row names: of a volume whose removal was cut off, or whose creation was never acknowledged. Of the latter only those that hold
   * nothing are taken away: data is not ours to judge.
   */
  void sweep() {
    if (!Files.isDirectory(root)) {
      return;
    }
    sweepRemoved();
    lock.lock();
    try (var folders = Files.newDirectoryStream(root)) {
      for (Path folder : folders) {
        String name = folder.getFileName().toString();
        VolumeRow row = volumes.get(name);
        if (row != null && row.mounted() && !mounted.containsKey(name) && !isUsed(name, "") && LocalMount.isMounted(data(name))) {
          unmount(name);
        }
        if (row == null && !reserved.contains(name) && Trees.isEmptyVolume(folder)) {
          LOG.info("removing {}: it is no volume's", folder);
          Trees.deleteQuietly(folder);
        }
      }
    } catch (IOException e) {
      LOG.warn("cannot look for left-over volumes in {}: {}", root, e.getMessage());
    } finally {
      lock.unlock();
    }
  }

  private void sweepRemoved() {
    Map<String, byte[]> marks = store.all(REMOVED);
    marks.forEach(
        (name, driver) -> {
          if (driver.length > 0) {
            discardByDriver(new String(driver, StandardCharsets.UTF_8), name);
          }
        });
    lock.lock();
    try {
      for (String name : marks.keySet()) {
        if (Objects.requireNonNull(marks.get(name)).length > 0) {
          continue;
        }
        if (!volumes.containsKey(name) && !reserved.contains(name) && unmount(name)) { // one of that name may have been made since
          LOG.info("removing {}: its volume was removed", root.resolve(name));
          Trees.deleteQuietly(root.resolve(name));
        }
        store.write(transaction -> transaction.delete(REMOVED, name));
      }
    } finally {
      lock.unlock();
    }
  }
}
