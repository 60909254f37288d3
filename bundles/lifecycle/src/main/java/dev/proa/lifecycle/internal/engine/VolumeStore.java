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
import dev.proa.spi.ProaException;
import dev.proa.store.StateStore;
import java.io.IOException;
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

  /** Guards the map, and that a volume is not removed while a container that wants it is being created. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<String, VolumeRow> volumes = new TreeMap<>();

  /** Which containers have a volume with driver options mounted, since this daemon is there. */
  private final Map<String, Set<String>> mounted = new HashMap<>();

  /** Names that a creation under way will use. */
  private final List<String> reserved = new ArrayList<>();

  VolumeStore(StateStore store, Path root, Events events, Supplier<Collection<Container>> containers) {
    this.store = store;
    this.root = root;
    this.events = events;
    this.containers = containers;
    store.all(VolumeRow.KIND).forEach((name, body) -> volumes.put(name, Json.read(body, VolumeRow.class, "volume " + name)));
  }

  @Override
  public Volume create(VolumeCreateRequest request) {
    String driver = request.driver() == null || request.driver().isEmpty() ? "local" : request.driver();
    checkDriver(driver);
    boolean anonymous = request.name() == null || request.name().isEmpty();
    String name = anonymous ? Ids.random() : request.name();
    MountSpecs.checkVolumeName(name);
    LocalMount.check(name, request.driverOpts() == null ? Map.of() : request.driverOpts());
    lock.lock();
    try {
      VolumeRow existing = volumes.get(name);
      if (existing != null) {
        return view(existing);
      }
      VolumeRow row = make(name, request.labels(), request.driverOpts(), anonymous);
      try {
        store.write(transaction -> transaction.put(VolumeRow.KIND, name, Json.write(row)));
      } catch (RuntimeException e) {
        Trees.delete(root.resolve(name), e);
        throw e;
      }
      volumes.put(name, row);
      events.publish("volume", "create", name, Map.of("driver", "local"));
      return view(row);
    } finally {
      lock.unlock();
    }
  }

  static void checkDriver(String driver) {
    if (!driver.isEmpty() && !driver.equals("local")) {
      throw ProaException.notFound("error looking up volume plugin " + driver + ": plugin \"" + driver + "\" not found");
    }
  }

  private VolumeRow make(String name, @Nullable Map<String, String> labels, @Nullable Map<String, String> options, boolean anonymous) {
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
    return new VolumeRow(name, Instant.now(), labels == null ? Map.of() : labels, options, anonymous);
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

    /** The volume's folder. @param name null for an anonymous one */
    VolumeRow use(@Nullable String name, Map<String, String> labels, Map<String, String> driverOptions) {
      String made = name == null ? Ids.random() : name;
      LocalMount.check(made, driverOptions);
      lock.lock();
      try {
        VolumeRow row = name == null ? null : volumes.get(name);
        if (row == null) {
          for (VolumeRow early : mine) {
            if (early.name().equals(name)) {
              return early;
            }
          }
          row = make(made, labels, driverOptions.isEmpty() ? null : driverOptions, name == null);
          mine.add(row);
        }
        names.add(row.name());
        reserved.add(row.name());
        return row;
      } finally {
        lock.unlock();
      }
    }

    void write(StateStore.Transaction transaction) {
      mine.forEach(row -> transaction.put(VolumeRow.KIND, row.name(), Json.write(row)));
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
      mine.forEach(row -> events.publish("volume", "create", row.name(), Map.of("driver", "local")));
    }

    @Override
    public void close() {
      lock.lock();
      try {
        names.forEach(reserved::remove);
        if (!kept) {
          mine.stream().filter(row -> !volumes.containsKey(row.name())).forEach(row -> Trees.deleteQuietly(root.resolve(row.name())));
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** The folder that is mounted. */
  Path data(String name) {
    return root.resolve(name).resolve("_data");
  }

  /**
   * Has a volume's file system there for a container, if it is one with driver options. It stays until {@link #unmount} for the last container.
   */
  void mount(String name, String containerId) {
    lock.lock();
    try {
      Map<String, String> options = get(name).options();
      if (options == null || options.isEmpty()) {
        return;
      }
      if (!LocalMount.isMounted(data(name))) {
        LocalMount.of(options).on(data(name));
      }
      mounted.computeIfAbsent(name, unused -> new HashSet<>()).add(containerId);
    } finally {
      lock.unlock();
    }
  }

  /** A container does not use its volumes any more. */
  void unmount(ContainerRow container) {
    lock.lock();
    try {
      for (MountRow mount : container.mounts()) {
        VolumeRow row = mount.volume() == null ? null : volumes.get(mount.volume());
        if (row != null && row.options() != null && !row.options().isEmpty()) {
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
    return new Volume(row.created(), "local", row.labels(), data(row.name()).toString(), row.name(), row.options(), "local", null);
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
    Filters.check(filters, LIST_FILTERS);
    Set<String> used = new HashSet<>();
    containers.get().forEach(container -> container.row().mounts().forEach(mount -> used.add(String.valueOf(mount.volume()))));
    lock.lock();
    try {
      return volumes.values().stream()
          .filter(row -> Filters.dangling(filters, !used.contains(row.name())))
          .filter(row -> Filters.any(filters, "driver", "local"::equals))
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
                  new Volume.UsageData(users(row.name()).size(), Trees.size(data(row.name()))));
            })
        .toList();
  }

  @Override
  public Volume inspect(String name) {
    lock.lock();
    try {
      return view(get(name));
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
    lock.lock();
    try {
      if (force && !volumes.containsKey(name)) {
        return;
      }
      get(name);
      List<String> users = users(name);
      if (!users.isEmpty() || reserved.contains(name)) {
        throw ProaException.conflict("remove " + name + ": volume is in use - [" + String.join(", ", users) + "]");
      }
      removeUnused(name);
    } finally {
      lock.unlock();
    }
  }

  private void removeUnused(String name) {
    if (!unmount(name)) {
      throw ProaException.conflict("remove " + name + ": volume is mounted at " + data(name) + " and cannot be unmounted");
    }
    store.write(transaction -> markRemoved(transaction, name));
    discard(name);
  }

  /** The row goes first, and leaves a mark, so that a kill before the files are gone leaves nothing that nobody may touch. */
  private static void markRemoved(StateStore.Transaction transaction, String name) {
    transaction.delete(VolumeRow.KIND, name).put(REMOVED, name, new byte[0]);
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
    lock.lock();
    try {
      List<String> names =
          mounts.stream().filter(MountRow::anonymous).flatMap(mount -> Stream.ofNullable(mount.volume())).distinct().filter(name -> isOnly(id, name) && unmount(name)).toList();
      delete.accept(transaction -> names.forEach(name -> markRemoved(transaction, name)));
      FaultPoints.reach("remove.volumes-marked");
      names.forEach(this::discard);
    } finally {
      lock.unlock();
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
        if ((row.anonymous() || all)
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
        if (row != null && row.options() != null && !mounted.containsKey(name) && !isUsed(name, "") && LocalMount.isMounted(data(name))) {
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
    lock.lock();
    try {
      for (String name : store.all(REMOVED).keySet()) {
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
