package dev.proa.storage.erofs;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Mounts;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Mount;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver.Kind;
import dev.proa.spi.storage.StorageDriver.StatusLine;
import dev.proa.storage.layers.ApplyLimits;
import dev.proa.storage.layers.Catalogue;
import dev.proa.storage.layers.LayerStore;
import dev.proa.storage.layers.LayerTarget;
import dev.proa.storage.layers.LayerUnpacker;
import dev.proa.storage.layers.LowerLayers;
import dev.proa.storage.layers.OverlayFormat;
import dev.proa.storage.layers.OverlaySupport;
import dev.proa.storage.layers.SnapshotRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers as images, and the upper directories of writable roots:
 *
 * <pre>
 * l/ID/image   of a layer, an EROFS image
 * l/ID/m       where it is mounted, as long as something may need it
 * l/ID         of a writable root, overlayfs's upper directory; of a view, empty
 * </pre>
 *
 * <p>A layer is mounted when a root is first made of it, or a layer above asks what is in it, and unmounted before it is forgotten or when a driver closes
 * that has no root on it. So every mount has a record, whenever the daemon is killed, and the next one finds it there.
 */
final class ErofsStore extends LayerStore {
  private static final Logger LOG = LoggerFactory.getLogger(ErofsStore.class);
  private static final String IMAGE = "image";
  private static final String MOUNT = "m";
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");
  private static final Path XINO = Path.of("/sys/module/overlay/parameters/xino_auto");
  private static final int MOST_STACKED = 16;

  private final Path folder;
  private final OverlaySupport overlay;
  private final LayerMounts mounts;
  private final ApplyLimits limits;
  private final long ownMount;

  private ErofsStore(Path folder, Catalogue catalogue, OverlaySupport overlay, LayerMounts mounts, ApplyLimits limits) throws IOException {
    super(catalogue, OverlayFormat.TRUSTED);
    this.folder = folder;
    this.overlay = overlay;
    this.mounts = mounts;
    this.limits = limits;
    this.ownMount = Fs.fstat(catalogue.content()).mountId();
  }

  static ErofsStore open(Path folder, Catalogue catalogue, ApplyLimits limits, List<LayerMounts> ways) throws IOException {
    OverlaySupport overlay = OverlaySupport.probe(catalogue);
    if (!overlay.format().equals(OverlayFormat.TRUSTED)) {
      throw ProaException.failedPrecondition("cannot have EROFS layers: overlayfs takes no trusted.* attributes here; run the daemon as root of the host");
    }
    // said and not left to the kernel's configuration: numbers of 64 bits are what programs of 32 bits, and all JavaScript, cannot hold
    OverlaySupport uniform = Files.exists(XINO) ? overlay.with("xino=off") : overlay;
    ErofsStore store = new ErofsStore(folder, catalogue, uniform, TrialMount.choose(folder, catalogue, ways), limits);
    catalogue.locked(
        () -> {
          store.sweep();
          return store;
        });
    return store;
  }

  /** Unmounts what no record speaks of. */
  private void sweep() throws IOException {
    Set<String> wanted = new HashSet<>();
    for (SnapshotRecord record : catalogue.all()) {
      wanted.add(mountPoint(record).toString());
    }
    String below = folder + "/";
    for (String line : Files.readAllLines(MOUNTINFO)) {
      String target = unescaped(line.split(" ", 6)[4]);
      if (target.startsWith(below) && !wanted.contains(target) && line.contains(" - erofs ")) {
        LOG.info("unmounting {}: no layer is there", target);
        Mounts.umount2(target, Mount.MNT_DETACH | Mount.UMOUNT_NOFOLLOW);
      }
    }
  }

  /** mountinfo writes blanks, tabs, line ends and backslashes as octal numbers. */
  private static String unescaped(String text) {
    return text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
  }

  private Path place(SnapshotRecord record) {
    return folder.resolve("l").resolve(record.id());
  }

  private Path mountPoint(SnapshotRecord layer) {
    return place(layer).resolve(MOUNT);
  }

  @Override
  public int maxLayers() {
    return OverlaySupport.MAX_LAYERS;
  }

  @Override
  public LayerTarget.Content unpack(String staged, String chainId, List<SnapshotRecord> chain, InputStream tar) throws IOException {
    try (Fd directory = staged(staged);
        Fd image = newImage(directory);
        LowerLayers below = below(chain);
        ErofsTarget target = new ErofsTarget(image, UUID.nameUUIDFromBytes(chainId.getBytes(StandardCharsets.UTF_8)), format(), limits.leaves())) {
      LayerTarget.Content content = new LayerUnpacker(target, below, format(), limits).unpack(tar);
      Fs.mkdirat(directory, MOUNT, 0700);
      Io.fsync(directory);
      return content;
    }
  }

  static Fd newImage(Fd directory) throws ErrnoException {
    return Fs.openat(directory, IMAGE, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0400);
  }

  @Override
  public void furnish(String staged, Kind kind, List<SnapshotRecord> chain) throws IOException {
    try (Fd root = staged(staged)) {
      describe(root, chain);
    }
  }

  @Override
  public boolean needsWorkFolder() {
    return true;
  }

  @Override
  public List<dev.proa.spi.Mount> mounts(SnapshotRecord record, List<SnapshotRecord> chain) throws IOException {
    Path own = place(record);
    if (chain.isEmpty()) {
      return List.of(new dev.proa.spi.Mount("bind", own.toString(), "", List.of(record.kind() == Kind.ACTIVE ? "rw" : "ro", "rbind")));
    }
    List<Path> lower = new ArrayList<>();
    for (SnapshotRecord layer : chain) {
      mounted(layer);
      lower.add(mountPoint(layer));
    }
    if (record.kind() == Kind.ACTIVE) {
      return List.of(overlay.writable(lower, own, folder.resolve("w").resolve(record.id())));
    }
    if (lower.size() == 1) {
      lower.add(own); // empty
    }
    return List.of(overlay.readOnly(lower));
  }

  /** Mounts a layer unless it is. */
  private void mounted(SnapshotRecord layer) throws IOException {
    String point = layer.id() + "/" + MOUNT;
    if (isMounted(point)) {
      return;
    }
    catalogue.locked(
        () -> {
          if (!isMounted(point)) {
            try (Fd directory = Fs.openat(catalogue.content(), layer.id(), DIRECTORY);
                Fd mount = mounts.mount(directory, IMAGE, place(layer).resolve(IMAGE))) {
              Mounts.moveMount(mount, "", directory, MOUNT, Mount.MOVE_MOUNT_F_EMPTY_PATH);
            }
          }
          return layer;
        });
  }

  private boolean isMounted(String point) throws ErrnoException {
    return Fs.statx(catalogue.content(), point, Fcntl.AT_SYMLINK_NOFOLLOW).mountId() != ownMount;
  }

  @Override
  public Fd root(SnapshotRecord record) throws IOException {
    if (record.kind() != Kind.LAYER) {
      return Fs.openat(catalogue.content(), record.id(), DIRECTORY);
    }
    mounted(record);
    return Fs.openat(catalogue.content(), record.id() + "/" + MOUNT, DIRECTORY);
  }

  /** An image again, of the difference: what a container wrote is read once more, and a layer is always one file. */
  @Override
  public Sealed seal(SnapshotRecord active, String chainId, List<SnapshotRecord> chain) throws IOException {
    String staged = catalogue.stage();
    try (InputStream diff = diff(active, chain)) {
      return new Sealed(unpack(staged, chainId, chain, diff), staged);
    } catch (IOException | RuntimeException e) {
      catalogue.discardQuietly(staged);
      throw e;
    }
  }

  @Override
  public void removing(SnapshotRecord record) throws IOException {
    if (record.kind() == Kind.LAYER) {
      unmount(record, Mount.MNT_DETACH);
    }
  }

  private void unmount(SnapshotRecord layer, int flags) throws IOException {
    String point = layer.id() + "/" + MOUNT;
    for (int i = 0; i < MOST_STACKED && Fs.statxIfExists(catalogue.content(), point, Fcntl.AT_SYMLINK_NOFOLLOW) != null && isMounted(point); i++) {
      Mounts.umount2(mountPoint(layer).toString(), flags | Mount.UMOUNT_NOFOLLOW);
    }
  }

  /** Layers that no root is made of are unmounted; the rest is left to whoever comes next. */
  @Override
  public void close() {
    try {
      catalogue.locked(
          () -> {
            unmountIdle();
            return this;
          });
    } catch (IOException | RuntimeException e) {
      LOG.warn("cannot unmount the layers that nothing is made of, the next start finds them: {}", e.getMessage());
    }
  }

  private void unmountIdle() throws IOException {
    List<SnapshotRecord> all = catalogue.all();
    Set<String> needed = new HashSet<>();
    for (SnapshotRecord record : all) {
      if (record.kind() != Kind.LAYER) {
        catalogue.chain(record.parent()).forEach(layer -> needed.add(layer.id()));
      }
    }
    for (SnapshotRecord record : all) {
      if (record.kind() == Kind.LAYER && !needed.contains(record.id())) {
        try {
          unmount(record, 0);
        } catch (ErrnoException e) {
          if (e.errno() != Errno.EBUSY) { // another instance reads in it
            throw e;
          }
        }
      }
    }
  }

  @Override
  public List<StatusLine> status() throws IOException {
    long mounted = 0;
    for (SnapshotRecord record : catalogue.all()) {
      mounted += record.kind() == Kind.LAYER && isMounted(record.id() + "/" + MOUNT) ? 1 : 0;
    }
    return List.of(
        new StatusLine("Backing Filesystem", overlay.backing()),
        new StatusLine("Supports d_type", "true"),
        new StatusLine("Images", "mounted " + mounts.words()),
        new StatusLine("Mounted Layers", Long.toString(mounted)));
  }
}
