package dev.proa.storage.overlay;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Processes;
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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One directory a layer, overlayfs at run time (Documentation/filesystems/overlayfs.rst). A layer is unpacked out of sight, synced, renamed
 * to its place and only then recorded: a kill leaves it whole or unseen. See {@link Catalogue} for the folder.
 */
public sealed class OverlayDriver implements StorageDriver permits OverlayComponent {
  /** The value of {@link dev.proa.spi.Driver#NAME}. */
  public static final String NAME = "overlay";

  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
  private static final int MAX_LAYERS = 500; // OVL_MAX_STACK of fs/overlayfs

  private final ApplyLimits limits;

  private final AtomicReference<@Nullable Opened> opened = new AtomicReference<>();

  /** What an open driver has, until it is closed and the last call that was under way then has ended. */
  private record Opened(Path folder, Fd state, Catalogue catalogue, OverlaySupport support, AtomicInteger users) {

    /** False once everything is let go. */
    boolean enter() {
      return users.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
    }

    void leave() {
      if (users.decrementAndGet() == 0) {
        catalogue.close();
        state.close();
      }
    }
  }

  public OverlayDriver() {
    this(ApplyLimits.DEFAULT);
  }

  OverlayDriver(ApplyLimits limits) {
    this.limits = limits;
  }

  @Override
  public void open(DriverContext context) {
    Path folder = context.stateDir().toAbsolutePath().normalize();
    for (char c : new char[] {':', ',', '\\'}) {
      if (folder.toString().indexOf(c) >= 0) {
        throw ProaException.failedPrecondition(
            "the overlay driver's folder " + folder + " has a '" + c + "' in its path, which mount options cannot hold: choose another data root");
      }
    }
    Opened made;
    try {
      made = open(folder);
    } catch (IOException e) {
      throw failure("cannot open the overlay driver's folder " + folder, e);
    }
    if (!opened.compareAndSet(null, made)) {
      made.leave();
      throw ProaException.failedPrecondition("the overlay driver is open already");
    }
  }

  private static Opened open(Path folder) throws IOException {
    Fd state = Fs.openat(Fd.cwd(), folder.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
    Catalogue catalogue = null;
    try {
      catalogue = Catalogue.open(state);
      String scratch = catalogue.stage();
      try (Fd directory = Fs.openat(catalogue.own(), scratch, DIRECTORY)) {
        return new Opened(folder, state, catalogue, OverlaySupport.probe(directory), new AtomicInteger(1));
      } finally {
        catalogue.discardQuietly(scratch);
      }
    } catch (IOException | RuntimeException e) {
      if (catalogue != null) {
        catalogue.close();
      }
      state.close();
      throw e;
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
      throw ProaException.unavailable("the overlay driver is closed", null);
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
        if (chain.size() >= MAX_LAYERS) {
          throw ProaException.failedPrecondition("layer " + chainId + " has " + chain.size() + " layers below it; overlayfs can have " + MAX_LAYERS);
        }
        staged = current.catalogue().stage();
      } catch (IOException e) {
        throw failure("cannot make room for layer " + chainId, e);
      }
      try {
        LayerUnpacker.Content content = unpack(current, staged, chain, tar);
        return publish(current, staged, chainId, parent, content);
      } catch (IOException | RuntimeException | Error e) {
        current.catalogue().discardQuietly(staged);
        throw e;
      }
    } finally {
      current.leave();
    }
  }

  private LayerUnpacker.Content unpack(Opened current, String staged, List<SnapshotRecord> chain, InputStream tar) throws IOException {
    try (Fd root = Fs.openat(current.catalogue().own(), staged, DIRECTORY);
        LowerLayers below = below(current, chain);
        LayerUnpacker unpacker = new LayerUnpacker(root, below, current.support().format(), limits)) {
      LayerUnpacker.Content content = unpacker.unpack(tar);
      Io.syncfs(root);
      return content;
    } catch (ErrnoException e) {
      throw LayerUnpacker.failure(e, null);
    }
  }

  private SnapshotInfo publish(Opened current, String staged, String chainId, @Nullable String parent, LayerUnpacker.Content content) {
    Catalogue catalogue = current.catalogue();
    try {
      return catalogue.locked(
          () -> {
            catalogue.requireAbsent(chainId);
            if (parent != null) {
              catalogue.requireLayer(parent);
            }
            String id = catalogue.publish(staged);
            SnapshotRecord record = new SnapshotRecord(chainId, Kind.LAYER, id, content.sizeBytes(), content.inodes(), parent);
            record(catalogue, record);
            catalogue.sync();
            return record.info();
          });
    } catch (IOException e) {
      throw failure("cannot commit layer " + chainId, e);
    }
  }

  /** Adds the record; without one its folder goes out of sight again at once. */
  private static void record(Catalogue catalogue, SnapshotRecord record) throws IOException {
    try {
      catalogue.add(record);
    } catch (IOException | RuntimeException e) {
      catalogue.discardQuietly(catalogue.unpublish(catalogue.content(), record.id()));
      throw e;
    }
  }

  private static LowerLayers below(Opened current, List<SnapshotRecord> chain) throws IOException {
    return LowerLayers.open(
        current.catalogue().content(), chain.stream().map(SnapshotRecord::id).toList(), current.support().format());
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
            furnish(current, staged, chain);
            return catalogue.locked(
                () -> {
                  catalogue.requireAbsent(key);
                  if (parent != null) {
                    catalogue.requireLayer(parent);
                  }
                  String id = catalogue.publish(staged);
                  if (kind == Kind.ACTIVE) {
                    Fs.mkdirat(catalogue.work(), id, 0700);
                  }
                  SnapshotRecord record = new SnapshotRecord(key, kind, id, -1, -1, parent);
                  try {
                    record(catalogue, record);
                  } catch (IOException | RuntimeException e) {
                    catalogue.discardQuietly(catalogue.unpublish(catalogue.work(), id));
                    throw e;
                  }
                  return mounts(current, record, chain);
                });
          } catch (IOException | RuntimeException e) {
            catalogue.discardQuietly(staged);
            throw e;
          }
        });
  }

  /** The root of a container's root is the upper directory: it looks as the parent's does. */
  private static void furnish(Opened current, String staged, List<SnapshotRecord> chain) throws IOException {
    try (Fd root = Fs.openat(current.catalogue().own(), staged, DIRECTORY)) {
      AccessLists.drop(root);
      if (chain.isEmpty()) {
        Fs.fchown(root, Processes.geteuid(), Processes.getegid());
        Fs.fchmod(root, 0755);
        return;
      }
      try (Fd parent = Fs.openat(current.catalogue().content(), chain.getFirst().id(), DIRECTORY)) {
        FileStatus status = Fs.fstat(parent);
        Fs.fchown(root, status.uid(), status.gid());
        Fs.fchmod(root, status.permissions());
        FileCopy.xattrs(parent, root, current.support().format());
        Fs.futimens(root, status.atime(), status.mtime());
      }
    }
  }

  @Override
  public List<Mount> mounts(String key) {
    return call(
        "cannot tell the mounts of snapshot " + key,
        current -> {
          SnapshotRecord record = current.catalogue().require(key);
          if (record.kind() == Kind.LAYER) {
            throw ProaException.failedPrecondition("snapshot " + key + " is a layer: prepare or view it to mount it");
          }
          return mounts(current, record, current.catalogue().chain(record.parent()));
        });
  }

  private static List<Mount> mounts(Opened current, SnapshotRecord record, List<SnapshotRecord> chain) {
    Path content = current.folder().resolve("l");
    String own = content.resolve(record.id()).toString();
    boolean writable = record.kind() == Kind.ACTIVE;
    if (chain.isEmpty() || (!writable && chain.size() == 1)) { // overlayfs wants two layers at least
      String source = chain.isEmpty() ? own : content.resolve(chain.getFirst().id()).toString();
      return List.of(new Mount("bind", source, "", List.of(writable ? "rw" : "ro", "rbind")));
    }
    String lower = chain.stream().map(layer -> content.resolve(layer.id()).toString()).collect(Collectors.joining(":"));
    List<String> options = new ArrayList<>();
    options.add("lowerdir=" + lower);
    if (writable) {
      options.add("upperdir=" + own);
      options.add("workdir=" + current.folder().resolve("w").resolve(record.id()));
      options.addAll(current.support().options());
    } else {
      options.add("ro");
      if (current.support().options().contains("userxattr")) {
        options.add("userxattr");
      }
    }
    return List.of(new Mount("overlay", "overlay", "", options));
  }

  @Override
  public SnapshotInfo commit(String chainId, String key) {
    return call(
        "cannot commit snapshot " + key + " as " + chainId,
        current -> {
          Catalogue catalogue = current.catalogue();
          LayerUsage usage;
          SnapshotRecord before = requireActive(catalogue, key);
          try (Fd root = Fs.openat(catalogue.content(), before.id(), DIRECTORY)) {
            usage = LayerUsage.of(root);
            Io.syncfs(root);
          }
          String[] work = new String[1];
          SnapshotInfo info =
              catalogue.locked(
                  () -> {
                    SnapshotRecord active = requireActive(catalogue, key);
                    SnapshotRecord layer =
                        new SnapshotRecord(chainId, Kind.LAYER, active.id(), usage.sizeBytes(), usage.inodes(), active.parent());
                    catalogue.add(layer);
                    catalogue.forget(key);
                    work[0] = catalogue.unpublish(catalogue.work(), active.id());
                    catalogue.sync();
                    return layer.info();
                  });
          catalogue.discardQuietly(work[0]);
          return info;
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
          FileStatus base = null;
          if (record.parent() != null) {
            SnapshotRecord parent = current.catalogue().requireLayer(record.parent());
            base = Fs.statx(current.catalogue().content(), parent.id(), Fcntl.AT_SYMLINK_NOFOLLOW);
          }
          Fd root = Fs.openat(current.catalogue().content(), record.id(), DIRECTORY);
          try {
            return new LayerDiff(root, base, current.support().format());
          } catch (IOException | RuntimeException e) {
            root.close();
            throw e;
          }
        });
  }

  @Override
  public List<Change> changes(String key) {
    return call(
        "cannot compare snapshot " + key,
        current -> {
          SnapshotRecord record = current.catalogue().require(key);
          try (Fd root = Fs.openat(current.catalogue().content(), record.id(), DIRECTORY);
              LowerLayers below = below(current, current.catalogue().chain(record.parent()))) {
            return LayerChanges.of(root, below, current.support().format());
          }
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
          try (Fd root = Fs.openat(current.catalogue().content(), record.id(), DIRECTORY)) {
            LayerUsage usage = LayerUsage.of(root);
            return new Usage(usage.sizeBytes(), usage.inodes());
          }
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
          List<@Nullable String> dead = new ArrayList<>();
          catalogue.locked(
              () -> {
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
                catalogue.forget(key);
                dead.add(catalogue.unpublish(catalogue.content(), record.id()));
                dead.add(catalogue.unpublish(catalogue.work(), record.id()));
                return dead;
              });
          dead.forEach(catalogue::discardQuietly);
          return dead;
        });
  }

  @Override
  public void walk(Consumer<SnapshotInfo> visitor) {
    List<SnapshotRecord> all = call("cannot list the snapshots", current -> current.catalogue().all());
    all.forEach(record -> visitor.accept(record.info())); // without a lock: the visitor may call us
  }

  @Override
  public List<StatusLine> status() {
    return call(
        "cannot tell the status",
        current -> {
          boolean user = current.support().format() == OverlayFormat.USER;
          return List.of(
              new StatusLine("Backing Filesystem", current.support().backing()),
              new StatusLine("Supports d_type", "true"), // open() refuses a file system without
              new StatusLine("Using metacopy", "false"),
              new StatusLine("Native Overlay Diff", "true"),
              new StatusLine("userxattr", Boolean.toString(user)));
        });
  }
}
