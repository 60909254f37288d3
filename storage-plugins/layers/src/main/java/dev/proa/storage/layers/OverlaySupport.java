package dev.proa.storage.layers;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Mounts;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Magic;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What this host's overlayfs can do over this folder, found out by mounting it: a detached mount that no path ever leads to, gone with its
 * descriptor.
 *
 * @param options what every mount with a writable layer gets
 * @param backing name of the file system below, as Docker calls it
 */
public record OverlaySupport(OverlayFormat format, List<String> options, String backing) {
  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
  /** OVL_MAX_STACK of fs/overlayfs. */
  public static final int MAX_LAYERS = 500;

  private static final int DT_REG = 8;
  private static final Path PARAMETERS = Path.of("/sys/module/overlay/parameters");

  /**
   * Mounts one in the driver's state folder.
   *
   * @throws ProaException {@code FAILED_PRECONDITION} with the reason
   */
  public static OverlaySupport probe(Catalogue catalogue) throws IOException {
    String scratch = catalogue.stage();
    try (Fd directory = Fs.openat(catalogue.own(), scratch, DIRECTORY)) {
      return probe(directory);
    } finally {
      catalogue.discardQuietly(scratch);
    }
  }

  private static OverlaySupport probe(Fd scratch) throws IOException {
    ErrnoException first = null;
    for (OverlayFormat format : List.of(OverlayFormat.TRUSTED, OverlayFormat.USER)) {
      try {
        tryMount(scratch, format);
        return new OverlaySupport(format, options(format), backing(Fs.fstatfs(scratch).type()));
      } catch (ErrnoException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first == null) {
      throw new IllegalStateException("nothing was tried");
    }
    throw new ProaException(dev.proa.spi.ErrorClass.FAILED_PRECONDITION, reason(first), first);
  }

  /** The same with one more option for mounts with a writable layer. */
  public OverlaySupport with(String option) {
    List<String> more = new ArrayList<>(options);
    more.add(option);
    return new OverlaySupport(format, List.copyOf(more), backing);
  }

  /**
   * A writable root.
   *
   * @param lower the layers, topmost first
   */
  public Mount writable(List<Path> lower, Path upper, Path work) {
    List<String> all = new ArrayList<>();
    all.add(lowerdir(lower));
    all.add("upperdir=" + upper);
    all.add("workdir=" + work);
    all.addAll(options);
    return new Mount("overlay", "overlay", "", all);
  }

  /** A read-only root of two layers at least: overlayfs takes no fewer. */
  public Mount readOnly(List<Path> lower) {
    List<String> all = new ArrayList<>();
    all.add(lowerdir(lower));
    all.add("ro");
    if (format == OverlayFormat.USER) {
      all.add("userxattr");
    }
    return new Mount("overlay", "overlay", "", all);
  }

  private static String lowerdir(List<Path> lower) {
    return lower.stream().map(Path::toString).collect(Collectors.joining(":", "lowerdir=", ""));
  }

  private static String reason(ErrnoException e) {
    String hint =
        switch (e.errno()) {
          case ENODEV -> "; the kernel has no overlayfs: modprobe overlay";
          case EPERM, EACCES -> "; mounting needs CAP_SYS_ADMIN: run the daemon as root";
          case EINVAL -> "; overlayfs cannot be put on the file system of the data root (see the kernel's log): use ext4, xfs or btrfs there";
          default -> "";
        };
    return "cannot mount overlayfs: " + e.getMessage() + hint;
  }

  private static void tryMount(Fd scratch, OverlayFormat format) throws ErrnoException {
    String name = format == OverlayFormat.USER ? "user" : "trusted";
    Fs.mkdirat(scratch, name, 0700);
    try (Fd in = Fs.openat(scratch, name, DIRECTORY)) {
      for (String each : List.of("lower", "upper", "work", "lower/directory")) {
        Fs.mkdirat(in, each, 0755);
      }
      Fs.openat(in, "lower/file", Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL, 0644).close();
      try (Fd directory = Fs.openat(in, "lower/directory", DIRECTORY)) {
        format.makeOpaque(directory);
      }
      Fd mount = mount(in, format);
      try (mount) {
        if (Fs.fstatfs(mount).type() != Magic.OVERLAYFS_SUPER_MAGIC) {
          throw new ErrnoException("fsmount", Errno.ENODEV, "overlay");
        }
        Fs.unlinkat(mount, "file", 0);
        Fs.mkdirat(mount, "new", 0755);
      }
      FileStatus whiteout = Fs.statxIfExists(in, "upper/file", Fcntl.AT_SYMLINK_NOFOLLOW);
      if (whiteout == null || !OverlayFormat.isWhiteout(whiteout)) {
        throw new ErrnoException("unlinkat made no whiteout:", Errno.EOPNOTSUPP, "file");
      }
      requireFileTypes(in);
    }
  }

  private static Fd mount(Fd in, OverlayFormat format) throws ErrnoException {
    try (Fd context = Mounts.fsopen("overlay")) {
      for (String each : List.of("lower", "upper", "work")) {
        // by descriptor: a value of fsconfig(2) has at most 255 bytes, and the state folder's path may be longer
        Mounts.fsconfigString(context, each + "dir", "/proc/self/fd/" + in.raw() + "/" + each);
      }
      if (format == OverlayFormat.USER) {
        Mounts.fsconfigFlag(context, "userxattr");
      }
      Mounts.fsconfigCreate(context);
      return Mounts.fsmount(context, 0);
    }
  }

  /** overlayfs needs d_type (xfs without ftype=1 has none). */
  private static void requireFileTypes(Fd in) throws ErrnoException {
    try (Fd lower = Fs.openat(in, "lower", DIRECTORY)) {
      if (Fs.getdents(lower).stream().noneMatch(entry -> entry.name().equals("file") && entry.type() == DT_REG)) {
        throw new ErrnoException("getdents64 gives no file types (d_type):", Errno.EOPNOTSUPP, "lower");
      }
    }
  }

  /**
   * What would make a writable layer unfit for another host or another parent is switched off where the kernel might have it on by default:
   * renamed directories as references, files without their data.
   */
  private static List<String> options(OverlayFormat format) {
    List<String> options = new ArrayList<>();
    for (String feature : List.of("index", "redirect_dir", "metacopy")) {
      if (parameter(feature) != null) {
        options.add(feature + "=off");
      }
    }
    if (format == OverlayFormat.USER) {
      options.add("userxattr");
      options.remove("redirect_dir=off"); // userxattr implies it, and says so when both are given
      options.remove("metacopy=off");
    }
    return List.copyOf(options);
  }

  private static @Nullable String parameter(String name) {
    try {
      return Files.readString(PARAMETERS.resolve(name)).strip();
    } catch (IOException e) {
      return null; // a kernel without the parameter has no such feature
    }
  }

  private static String backing(long magic) {
    if (magic == Magic.EXT4_SUPER_MAGIC) {
      return "extfs";
    }
    if (magic == Magic.XFS_SUPER_MAGIC) {
      return "xfs";
    }
    if (magic == Magic.BTRFS_SUPER_MAGIC) {
      return "btrfs";
    }
    if (magic == Magic.TMPFS_MAGIC) {
      return "tmpfs";
    }
    if (magic == Magic.OVERLAYFS_SUPER_MAGIC) {
      return "overlayfs";
    }
    return "<unknown>";
  }
}
