package dev.proa.storage.layers;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A storage driver over a {@link Catalogue}; what it keeps and how is its {@link LayerStore}'s. A layer is unpacked out of sight, synced, renamed to
 * its place and only then recorded: a kill leaves it whole or unseen.
 */
public abstract class SnapshotDriver implements StorageDriver {
  private final String name;
  private final AtomicReference<@Nullable Opened> opened = new AtomicReference<>();

  /** What an open driver has, until it is closed and the last call that was under way then has ended. */
  private record Opened(Fd state, Catalogue catalogue, LayerStore store, AtomicInteger users) {

    /** False once everything is let go. */
    boolean enter() {
      return users.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
    }

    void leave() {
      if (users.decrementAndGet() == 0) {
        store.close();
        catalogue.close();
        state.close();
      }
    }
  }

  /** @param name the value of {@link dev.proa.spi.Driver#NAME} */
  protected SnapshotDriver(String name) {
    this.name = name;
  }

  /**
   * Finds out what this host can do and opens the store.
   *
   * @param folder the state folder
   * @throws ProaException {@code FAILED_PRECONDITION} if it cannot have this driver
   */
  protected abstract LayerStore openStore(Path folder, Catalogue catalogue) throws IOException;

  @Override
  public void open(DriverContext context) {
    Path folder = context.stateDir().toAbsolutePath().normalize();
    checkFolder(folder);
    Opened made;
    try {
      made = open(folder);
    } catch (IOException e) {
      throw failure("cannot open the " + name + " driver's folder " + folder, e);
    }
    if (!opened.compareAndSet(null, made)) {
      made.leave();
      throw ProaException.failedPrecondition("the " + name + " driver is open already");
    }
  }

  private Opened open(Path folder) throws IOException {
    Fd state = Fs.openat(Fd.cwd(), folder.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
    Catalogue catalogue = null;
    try {
      catalogue = Catalogue.open(state, name);
      return new Opened(state, catalogue, openStore(folder, catalogue), new AtomicInteger(1));
    } catch (IOException | RuntimeException e) {
      if (catalogue != null) {
        catalogue.close();
      }
      state.close();
      throw e;
    }
  }

  /** Refuses a state folder that cannot stand in overlayfs's mount options; before anything is made in it. */
  protected void checkFolder(Path folder) {
    for (char c : new char[] {':', ',', '\\'}) {
      if (folder.toString().indexOf(c) >= 0) {
        throw ProaException.failedPrecondition(
            "the " + name + " driver's folder " + folder + " has a '" + c + "' in its path, which mount options cannot hold: choose another data root");
      }
    }
  }

  /** New calls fail from now on; those under way end as they would have. */
  @Override
  public void close() {
    Opened was = opened.getAndSet(null);
    if (was != null) {
      was.leave();
    }
  }

  private Opened enter() {
    Opened current = opened.get();
    if (current == null || !current.enter()) {
      throw ProaException.unavailable("the " + name + " driver is closed", null);
    }
    return current;
  }

  @FunctionalInterface
  private interface Call<T> {
    T make(Opened opened) throws IOException;
  }

  /** Runs a call while the driver is open; what the disk says becomes the SPI's failure. */
  private <T> T call(String what, Call<T> call) {
    Opened current = enter();
    try {
      return call.make(current);
    } catch (IOException e) {
      throw failure(what, e);
    } finally {
      current.leave();
    }
  }

  private static ProaException failure(String what, IOException e) {
    if (e instanceof ErrnoException errno && (errno.errno() == Errno.ENOSPC || errno.errno() == Errno.EDQUOT)) {
      return ProaException.exhausted(what + ": no space left on the storage driver's disk", e);
    }
    return ProaException.internal(what + ": " + e.getMessage(), e);
  }

  @Override
  public SnapshotInfo apply(String chainId, @Nullable String parent, InputStream tar) throws IOException {
    Opened current = enter();
    try {
      List<SnapshotRecord> chain;
      String staged;
      try {
        current.catalogue().requireAbsent(chainId);
        chain = current.catalogue().chain(parent);
        int most = current.store().maxLayers();
        if (chain.size() >= most) {
          throw ProaException.failedPrecondition("layer " + chainId + " has " + chain.size() + " layers below it; the " + name + " driver can have " + most);
        }
        staged = current.catalogue().stage();
      } catch (IOException e) {
        throw failure("cannot make room for layer " + chainId, e);
      }
      try {
        LayerTarget.Content content = unpack(current.store(), staged, chainId, chain, tar);
        FaultPoints.reach("store.layer-unpacked");
        return publish(current, staged, chainId, parent, content);
      } catch (IOException | RuntimeException | Error e) {
        current.catalogue().discardQuietly(staged);
        throw e;
      }
    } finally {
      current.leave();
    }
  }

  private static LayerTarget.Content unpack(LayerStore store, String staged, String chainId, List<SnapshotRecord> chain, InputStream tar)
      throws IOException {
    try {
      return store.unpack(staged, chainId, chain, tar);
    } catch (ErrnoException e) {
      throw LayerUnpacker.failure(e, null);
    }
  }

  private SnapshotInfo publish(Opened current, String staged, String chainId, @Nullable String parent, LayerTarget.Content content) {
    Catalogue catalogue = current.catalogue();
    try {
      return catalogue.locked(
          () -> {
            catalogue.requireAbsent(chainId);
            if (parent != null) {
              catalogue.requireLayer(parent);
            }
            String id = catalogue.publish(staged);
            FaultPoints.reach("store.layer-published");
            SnapshotRecord record = new SnapshotRecord(chainId, Kind.LAYER, id, content.sizeBytes(), content.inodes(), parent);
            record(catalogue, record);
            FaultPoints.reach("store.layer-recorded");
            catalogue.sync();
            return record.info();
          });
    } catch (IOException e) {
      throw failure("cannot commit layer " + chainId, e);
    }
  }

  private static void record(Catalogue catalogue, SnapshotRecord record) throws IOException {
    visible(catalogue, record, () -> catalogue.add(record));
  }

  @FunctionalInterface
  private interface Recording {
    void run() throws IOException;
  }

  /** Makes a record; without one its folder goes out of sight again at once. */
  private static void visible(Catalogue catalogue, SnapshotRecord record, Recording recording) throws IOException {
    try {
      recording.run();
    } catch (IOException | RuntimeException e) {
      if (catalogue.find(record.key()) == null) {
        catalogue.discardQuietly(catalogue.unpublish(catalogue.content(), record.id()));
      }
      throw e;
    }
  }

  @Override
  public List<Mount> prepare(String key, @Nullable String parent) {
    return make(key, parent, Kind.ACTIVE);
  }

  @Override
  public List<Mount> view(String key, @Nullable String parent) {
    return make(key, parent, Kind.VIEW);
  }

  private List<Mount> make(String key, @Nullable String parent, Kind kind) {
    return call(
        "cannot prepare snapshot " + key,
        current -> {
          Catalogue catalogue = current.catalogue();
          catalogue.requireAbsent(key);
          List<SnapshotRecord> chain = catalogue.chain(parent);
          String staged = catalogue.stage();
          try {
            current.store().furnish(staged, kind, chain);
            return catalogue.locked(() -> publish(current, staged, key, parent, kind, chain));
          } catch (IOException | RuntimeException e) {
            catalogue.discardQuietly(staged);
            throw e;
          }
        });
  }

  private static List<Mount> publish(
      Opened current, String staged, String key, @Nullable String parent, Kind kind, List<SnapshotRecord> chain) throws IOException {
    Catalogue catalogue = current.catalogue();
    catalogue.requireAbsent(key);
    if (parent != null) {
      catalogue.requireLayer(parent);
    }
    String id = catalogue.publish(staged);
    boolean work = kind == Kind.ACTIVE && current.store().needsWorkFolder();
    if (work) {
      Fs.mkdirat(catalogue.work(), id, 0700);
    }
    SnapshotRecord record = new SnapshotRecord(key, kind, id, -1, -1, parent);
    try {
      record(catalogue, record);
    } catch (IOException | RuntimeException e) {
      if (work) {
        catalogue.discardQuietly(catalogue.unpublish(catalogue.work(), id));
      }
      throw e;
    }
    return current.store().mounts(record, chain);
  }

  @Override
  public List<Mount> mounts(String key) {
    return call(
        "cannot tell the mounts of snapshot " + key,
        current -> {
          Catalogue catalogue = current.catalogue();
          SnapshotRecord record = catalogue.require(key);
          if (record.kind() == Kind.LAYER) {
            throw ProaException.failedPrecondition("snapshot " + key + " is a layer: prepare or view it to mount it");
          }
          return catalogue.locked(() -> current.store().mounts(record, catalogue.chain(record.parent())));
        });
  }

  @Override
  public SnapshotInfo commit(String chainId, String key) {
    return call(
        "cannot commit snapshot " + key + " as " + chainId,
        current -> {
          Catalogue catalogue = current.catalogue();
          SnapshotRecord before = requireActive(catalogue, key);
          LayerStore.Sealed sealed = current.store().seal(before, chainId, catalogue.chain(before.parent()));
          List<@Nullable String> dead = new ArrayList<>();
          try {
            return catalogue.locked(
                () -> {
                  SnapshotRecord active = requireActive(catalogue, key);
                  catalogue.requireAbsent(chainId);
                  String staged = sealed.staged();
                  String id = staged == null ? active.id() : catalogue.publish(staged);
                  LayerTarget.Content content = sealed.content();
                  SnapshotRecord layer = new SnapshotRecord(chainId, Kind.LAYER, id, content.sizeBytes(), content.inodes(), active.parent());
                  if (staged == null) {
                    catalogue.commit(active, layer);
                  } else {
                    visible(catalogue, layer, () -> catalogue.commit(active, layer));
                    current.store().removing(active);
                    dead.add(catalogue.unpublish(catalogue.content(), active.id()));
                  }
                  dead.add(catalogue.unpublish(catalogue.work(), active.id()));
                  catalogue.sync();
                  return layer.info();
                });
          } catch (IOException | RuntimeException e) {
            catalogue.discardQuietly(sealed.staged());
            throw e;
          } finally {
            dead.forEach(catalogue::discardQuietly);
          }
        });
  }

  private static SnapshotRecord requireActive(Catalogue catalogue, String key) throws IOException {
    SnapshotRecord record = catalogue.require(key);
    if (record.kind() != Kind.ACTIVE) {
      throw ProaException.failedPrecondition("snapshot " + key + " is no active one: there is nothing to commit");
    }
    return record;
  }

  @Override
  public InputStream diff(String key) throws IOException {
    return call(
        "cannot read snapshot " + key,
        current -> {
          SnapshotRecord record = current.catalogue().require(key);
          return current.store().diff(record, current.catalogue().chain(record.parent()));
        });
  }

  @Override
  public List<Change> changes(String key) {
    return call(
        "cannot compare snapshot " + key,
        current -> {
          SnapshotRecord record = current.catalogue().require(key);
          return current.store().changes(record, current.catalogue().chain(record.parent()));
        });
  }

  @Override
  public Usage usage(String key) {
    return call(
        "cannot measure snapshot " + key,
        current -> {
          SnapshotRecord record = current.catalogue().require(key);
          if (record.sizeBytes() >= 0) {
            return new Usage(record.sizeBytes(), record.inodes());
          }
          LayerTarget.Content measured = current.store().measure(record, current.catalogue().chain(record.parent()));
          return new Usage(measured.sizeBytes(), measured.inodes());
        });
  }

  @Override
  public SnapshotInfo stat(String key) {
    return call("cannot read snapshot " + key, current -> current.catalogue().require(key).info());
  }

  @Override
  public void remove(String key) {
    call(
        "cannot remove snapshot " + key,
        current -> {
          Catalogue catalogue = current.catalogue();
          List<@Nullable String> dead = catalogue.locked(() -> forget(current, key));
          FaultPoints.reach("drop.unseen");
          dead.forEach(catalogue::discardQuietly);
          return dead;
        });
  }

  /** Names of what is to be deleted. */
  private static List<@Nullable String> forget(Opened current, String key) throws IOException {
    Catalogue catalogue = current.catalogue();
    List<@Nullable String> dead = new ArrayList<>();
    SnapshotRecord record;
    try {
      record = catalogue.require(key);
    } catch (ProaException e) {
      if (e.is(ErrorClass.DATA_LOSS)) { // its folders have no record then, and go at the next start
        catalogue.forget(key);
        return dead;
      }
      throw e;
    }
    if (record.kind() == Kind.LAYER) {
      for (SnapshotRecord other : catalogue.all()) {
        if (key.equals(other.parent())) {
          throw ProaException.failedPrecondition("cannot remove layer " + key + ": " + other.key() + " is built on it");
        }
      }
    }
    current.store().removing(record);
    FaultPoints.reach("drop.released");
    catalogue.forget(key);
    FaultPoints.reach("drop.forgotten");
    dead.add(catalogue.unpublish(catalogue.content(), record.id()));
    dead.add(catalogue.unpublish(catalogue.work(), record.id()));
    return dead;
  }

  @Override
  public void walk(Consumer<SnapshotInfo> visitor) {
    List<SnapshotRecord> all = call("cannot list the snapshots", current -> current.catalogue().all());
    all.forEach(record -> visitor.accept(record.info())); // without a lock: the visitor may call us
  }

  @Override
  public List<StatusLine> status() {
    return call("cannot tell the status", current -> current.store().status());
  }
}
