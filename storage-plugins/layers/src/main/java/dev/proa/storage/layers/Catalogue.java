package dev.proa.storage.layers;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which snapshots there are. The truth is the state folder, never memory, because a second instance may work on it at the same time:
 *
 * <pre>
 * i/KEY    a symbolic link whose text is the record: "KIND ID SIZE INODES PARENT"; made in one step, visible or not; while a commit is
 *          being finished the layer's has behind that the id and key of the snapshot it was made of
 * l/ID     content of a layer or of a writable root, as the driver keeps it; ids are short so that a long chain fits into mount options
 * w/ID     overlayfs's work folder of a writable root
 * t/NAME   what one open instance is making or deleting; NAME/lock is locked as long as the instance lives
 * lock     locked while i, l and w change together
 * </pre>
 *
 * <p>Whatever a kill leaves without a record is unseen, and the next instance to open the folder deletes it.
 */
public final class Catalogue implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Catalogue.class);
  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
  private static final String CLAIM = "lock";
  private static final int RECORD_PARTS = 5;
  private static final int COMMIT_PARTS = RECORD_PARTS + 2;

  private final Fd index;
  private final Fd content;
  private final Fd work;
  private final Fd staging;
  private final Fd own;
  private final Fd claim;
  private final Fd lockFile;
  private final String driver;
  private final String ownName;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicLong nextId = new AtomicLong();
  private final AtomicLong nextStaged = new AtomicLong();

  @FunctionalInterface
  public interface Change<T> {
    T make() throws IOException;
  }

  private Catalogue(Fd state, String driver) throws ErrnoException {
    this.driver = driver;
    index = folder(state, "i");
    content = folder(state, "l");
    work = folder(state, "w");
    staging = folder(state, "t");
    lockFile = Fs.openat(state, "lock", Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW, 0600);
    Io.flock(lockFile, Fcntl.LOCK_EX);
    try {
      ownName = freeName(staging, 0);
      own = Fs.openat(staging, ownName, DIRECTORY);
      claim = Fs.openat(own, CLAIM, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL, 0600);
      Io.flock(claim, Fcntl.LOCK_EX | Fcntl.LOCK_NB);
    } finally {
      Io.flock(lockFile, Fcntl.LOCK_UN);
    }
  }

  /** Opens a driver's state folder and deletes what dead instances left. */
  static Catalogue open(Fd state, String driver) throws IOException {
    Catalogue catalogue = new Catalogue(state, driver);
    try {
      catalogue.collect();
      return catalogue;
    } catch (IOException | RuntimeException e) {
      catalogue.close();
      throw e;
    }
  }

  private static Fd folder(Fd state, String name) throws ErrnoException {
    try {
      Fs.mkdirat(state, name, 0700);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
    return Fs.openat(state, name, DIRECTORY);
  }

  private static String freeName(Fd dir, long from) throws ErrnoException {
    for (long n = from; ; n++) {
      String name = Long.toString(n, 36);
      try {
        Fs.mkdirat(dir, name, 0700);
        return name;
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
      }
    }
  }

  /** Everything that changes more than one of the folders happens under this lock, which holds between instances too, and may be taken again. */
  public <T> T locked(Change<T> change) throws IOException {
    lock.lock();
    try {
      if (lock.getHoldCount() > 1) {
        return change.make();
      }
      Io.flock(lockFile, Fcntl.LOCK_EX);
      try {
        return change.make();
      } finally {
        Io.flock(lockFile, Fcntl.LOCK_UN);
      }
    } finally {
      lock.unlock();
    }
  }

  public @Nullable SnapshotRecord find(String key) throws IOException {
    try {
      return record(key, Fs.readlinkat(index, Keys.encode(key)));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
  }

  SnapshotRecord require(String key) throws IOException {
    SnapshotRecord record = find(key);
    if (record == null) {
      throw ProaException.notFound("no snapshot " + key);
    }
    return record;
  }

  /** A layer that is to be a parent. */
  SnapshotRecord requireLayer(String key) throws IOException {
    SnapshotRecord record = find(key);
    if (record == null) {
      throw ProaException.notFound("no layer " + key);
    }
    if (record.kind() != Kind.LAYER) {
      throw ProaException.failedPrecondition("snapshot " + key + " is no layer: only a layer can be a parent");
    }
    return record;
  }

  void requireAbsent(String key) throws IOException {
    if (find(key) != null) {
      throw ProaException.alreadyExists("snapshot " + key + " exists already");
    }
  }

  /** All records that can be read; one that cannot must not hide the others. */
  public List<SnapshotRecord> all() throws IOException {
    return all(new ArrayList<>());
  }

  private List<SnapshotRecord> all(List<String> damaged) throws IOException {
    List<SnapshotRecord> records = new ArrayList<>();
    try (Fd fresh = Fs.openat(index, ".", DIRECTORY)) {
      for (DirectoryEntry entry : Fs.getdents(fresh)) {
        try {
          SnapshotRecord record = find(Keys.decode(entry.name()));
          if (record != null) { // null: removed since it was listed
            records.add(record);
          }
        } catch (ProaException e) {
          LOG.warn("{}", e.getMessage());
          damaged.add(entry.name());
        }
      }
    }
    return records;
  }

  /** The layer and those below it, topmost first. */
  public List<SnapshotRecord> chain(@Nullable String topmost) throws IOException {
    List<SnapshotRecord> chain = new ArrayList<>();
    for (String key = topmost; key != null; ) {
      SnapshotRecord record = requireLayer(key);
      chain.add(record);
      key = record.parent();
    }
    return chain;
  }

  private static SnapshotRecord record(String key, String text) {
    String[] parts = text.split(" ", -1);
    if (parts.length != RECORD_PARTS && parts.length != COMMIT_PARTS) {
      throw ProaException.dataLoss("the record of snapshot " + key + " is damaged: \"" + text + "\"");
    }
    try {
      Kind kind =
          switch (parts[0]) {
            case "L" -> Kind.LAYER;
            case "A" -> Kind.ACTIVE;
            case "V" -> Kind.VIEW;
            default -> throw new NumberFormatException();
          };
      String parent = parts[4].equals("-") ? null : Keys.decode(parts[4].substring(1));
      if (parts.length == COMMIT_PARTS) {
        Keys.decode(parts[RECORD_PARTS + 1]); // has to be one
      }
      return new SnapshotRecord(key, kind, parts[1], Long.parseLong(parts[2]), Long.parseLong(parts[3]), parent);
    } catch (NumberFormatException e) {
      throw ProaException.dataLoss("the record of snapshot " + key + " is damaged: \"" + text + "\"");
    }
  }

  /** Makes the record visible. */
  void add(SnapshotRecord r) throws IOException {
    try {
      Fs.symlinkat(text(r), index, Keys.encode(r.key()));
    } catch (ErrnoException e) {
      throw failedToAdd(r, e);
    }
  }

  /**
   * Makes a layer of an active snapshot visible, and the snapshot gone, in one step: the layer's record names what it was made of until that has gone,
   * and whoever opens the folder goes on from there.
   */
  void commit(SnapshotRecord active, SnapshotRecord layer) throws IOException {
    String key = Keys.encode(active.key());
    try {
      Fs.symlinkat(text(layer) + " " + active.id() + " " + key, index, Keys.encode(layer.key()));
    } catch (ErrnoException e) {
      throw failedToAdd(layer, e);
    }
    FaultPoints.reach("seal.layer-recorded");
    Fs.unlinkat(index, key, 0);
    FaultPoints.reach("seal.active-forgotten");
    settle(layer);
  }

  /** Takes out of a layer's record what it was made of. */
  private void settle(SnapshotRecord layer) throws IOException {
    String name = "r" + Long.toString(nextStaged.getAndIncrement(), 36);
    Fs.symlinkat(text(layer), own, name);
    Fs.renameat2(own, name, index, Keys.encode(layer.key()), 0);
  }

  private static IOException failedToAdd(SnapshotRecord record, ErrnoException e) {
    if (e.errno() == Errno.EEXIST) {
      throw ProaException.alreadyExists("snapshot " + record.key() + " exists already");
    }
    return e;
  }

  private static String text(SnapshotRecord r) {
    String kind =
        switch (r.kind()) {
          case LAYER -> "L";
          case ACTIVE -> "A";
          case VIEW -> "V";
        };
    String parent = r.parent() == null ? "-" : "=" + Keys.encode(r.parent());
    return kind + " " + r.id() + " " + r.sizeBytes() + " " + r.inodes() + " " + parent;
  }

  /** When the record was made: what was written after that is younger. */
  public Timestamp recorded(SnapshotRecord record) throws IOException {
    return Fs.statx(index, Keys.encode(record.key()), Fcntl.AT_SYMLINK_NOFOLLOW).ctime();
  }

  /** Removes the record; the folders are the caller's. */
  void forget(String key) throws IOException {
    Fs.unlinkat(index, Keys.encode(key), 0);
  }

  /** Makes what was added or forgotten survive a power cut. */
  void sync() throws IOException {
    Io.fsync(index);
    Io.fsync(content);
  }

  /** The folder of contents, for paths relative to it. */
  public Fd content() {
    return content;
  }

  public Fd work() {
    return work;
  }

  /** This instance's own folder for what is not visible yet or no more. */
  public Fd own() {
    return own;
  }

  /** A new empty directory in {@link #own()}: its name there. */
  public String stage() throws IOException {
    while (true) {
      String name = "s" + Long.toString(nextStaged.getAndIncrement(), 36);
      try {
        Fs.mkdirat(own, name, 0700);
        return name;
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
      }
    }
  }

  /** Moves a staged directory to its place in {@code l}. */
  String publish(String staged) throws IOException {
    while (true) {
      String id = Long.toString(nextId.getAndIncrement(), 36);
      try {
        Fs.renameat2(own, staged, content, id, Fcntl.RENAME_NOREPLACE);
        return id;
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
      }
    }
  }

  /** Moves a folder out of sight; returns its name in {@link #own()}, null if there was none. */
  @Nullable String unpublish(Fd folder, String id) throws IOException {
    while (true) {
      String name = "d" + Long.toString(nextStaged.getAndIncrement(), 36);
      try {
        Fs.renameat2(folder, id, own, name, Fcntl.RENAME_NOREPLACE);
        return name;
      } catch (ErrnoException e) {
        if (e.errno() == Errno.ENOENT) {
          return null;
        }
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
      }
    }
  }

  /** Deletes something in {@link #own()}. */
  public void discard(@Nullable String name) throws IOException {
    if (name != null) {
      remover().remove(own, name);
    }
  }

  /** {@link #discard} where a failure must not hide the result of what was done: it is logged, and the next start tries again. */
  public void discardQuietly(@Nullable String name) {
    try {
      discard(name);
    } catch (IOException e) {
      LOG.warn("cannot delete t/{}/{} of the {} driver's folder, the next start tries again: {}", ownName, name, driver, e.getMessage());
    }
  }

  private TreeRemover remover() {
    return new TreeRemover(own, "m" + Long.toString(nextStaged.getAndIncrement(), 36) + "-");
  }

  private void collect() throws IOException {
    List<String> dead = new ArrayList<>();
    locked(
        () -> {
          collectUnseen();
          collectDeadInstances(dead);
          return dead;
        });
    for (String name : dead) {
      discardQuietly(name);
    }
  }

  /** Folders without a record; a commit that was killed half-way. */
  private void collectUnseen() throws IOException {
    Map<String, SnapshotRecord> byId = new HashMap<>();
    List<String> damaged = new ArrayList<>();
    finishCommits();
    for (SnapshotRecord record : all(damaged)) {
      byId.put(record.id(), record);
    }
    byId.keySet().forEach(id -> nextId.accumulateAndGet(parseId(id) + 1, Math::max));
    if (!damaged.isEmpty()) {
      return; // whose folders they name is not known: nothing is deleted by guessing
    }
    Set<String> writable = new HashSet<>();
    byId.values().stream().filter(r -> r.kind() == Kind.ACTIVE).forEach(r -> writable.add(r.id()));
    collectUnseen(content, byId.keySet());
    collectUnseen(work, writable);
  }

  /** Goes on with commits that were killed half-way. */
  private void finishCommits() throws IOException {
    for (SnapshotRecord layer : all()) {
      String[] parts = Fs.readlinkat(index, Keys.encode(layer.key())).split(" ", -1);
      if (parts.length == COMMIT_PARTS) {
        String key = Keys.decode(parts[RECORD_PARTS + 1]);
        SnapshotRecord active = find(key);
        if (active != null && active.id().equals(parts[RECORD_PARTS])) { // and no later one of the same name
          forget(key);
        }
        settle(layer);
      }
    }
  }

  private void collectUnseen(Fd folder, Set<String> wanted) throws IOException {
    try (Fd fresh = Fs.openat(folder, ".", DIRECTORY)) {
      for (DirectoryEntry entry : Fs.getdents(fresh)) {
        if (!wanted.contains(entry.name())) {
          unseen(folder, entry.name());
        }
      }
    }
  }

  private void unseen(Fd folder, String name) throws IOException {
    String staged = unpublish(folder, name);
    if (staged != null) {
      doomed.add(staged);
    }
  }

  private final List<String> doomed = new ArrayList<>();

  private static long parseId(String id) {
    try {
      return Long.parseLong(id, 36);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private void collectDeadInstances(List<String> dead) throws IOException {
    dead.addAll(doomed);
    doomed.clear();
    try (Fd fresh = Fs.openat(staging, ".", DIRECTORY)) {
      for (DirectoryEntry entry : Fs.getdents(fresh)) {
        if (!entry.name().equals(ownName) && isDead(entry.name())) {
          String name = unpublish(staging, entry.name());
          if (name != null) {
            dead.add(name);
          }
        }
      }
    }
  }

  private boolean isDead(String instance) throws IOException {
    try (Fd claimed = Fs.openat(staging, instance + "/" + CLAIM, Fcntl.O_RDWR | Fcntl.O_NOFOLLOW)) {
      Io.flock(claimed, Fcntl.LOCK_EX | Fcntl.LOCK_NB);
      return true;
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EAGAIN) {
        return false;
      }
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return true;
      }
      throw e;
    }
  }

  /** Lets go of the folder. What this instance was deleting and could not is left for the next one. */
  @Override
  public void close() {
    try {
      Fs.unlinkat(own, CLAIM, 0);
      Fs.unlinkat(staging, ownName, Fcntl.AT_REMOVEDIR);
    } catch (ErrnoException e) {
      LOG.debug("t/{} stays for the next start to collect: {}", ownName, e.getMessage());
    }
    for (Fd fd : List.of(claim, own, staging, work, content, index, lockFile)) {
      fd.close();
    }
  }
}
