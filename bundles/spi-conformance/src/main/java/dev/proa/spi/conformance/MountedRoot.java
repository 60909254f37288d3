package dev.proa.spi.conformance;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Mounts;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A driver's mounts, made as a backend would. The mount is detached: no other process sees it, it is reached through its descriptor, and it is
 * gone with that.
 */
public final class MountedRoot implements AutoCloseable {
  private final Fd mount;

  private MountedRoot(Fd mount) {
    this.mount = mount;
  }

  public static MountedRoot of(List<Mount> mounts) throws IOException {
    if (mounts.size() != 1 || !mounts.getFirst().target().isEmpty()) {
      throw new UnsupportedOperationException("this suite mounts roots of one mount only, not " + mounts);
    }
    Mount mount = mounts.getFirst();
    return switch (mount.type()) {
      case "bind" -> new MountedRoot(bind(mount));
      case "overlay" -> new MountedRoot(overlay(mount));
      default -> throw new UnsupportedOperationException("this suite does not mount " + mount.type());
    };
  }

  private static Fd bind(Mount mount) throws ErrnoException {
    Fd tree = Mounts.openTree(Fd.cwd(), mount.source(), dev.proa.linux.abi.Mount.OPEN_TREE_CLONE | Fcntl.AT_RECURSIVE);
    if (mount.options().contains("ro")) {
      Mounts.mountSetattr(
          tree, "", Fcntl.AT_EMPTY_PATH | Fcntl.AT_RECURSIVE, dev.proa.linux.abi.Mount.MOUNT_ATTR_RDONLY, 0, 0, null);
    }
    return tree;
  }

  private static Fd overlay(Mount mount) throws IOException {
    try {
      return newOverlay(mount);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EINVAL || !e.toString().contains("lowerdir+")) {
        throw e;
      }
      return legacyOverlay(mount); // lowerdir+ is there since Linux 6.7
    }
  }

  private static Fd newOverlay(Mount mount) throws ErrnoException {
    List<Fd> folders = new ArrayList<>();
    try (Fd context = Mounts.fsopen("overlay")) {
      long attributes = 0;
      for (String option : mount.options()) {
        int equals = option.indexOf('=');
        String key = equals < 0 ? option : option.substring(0, equals);
        String value = option.substring(equals + 1);
        switch (key) {
          case "lowerdir" -> {
            for (String lower : value.split(":", -1)) {
              Mounts.fsconfigString(context, "lowerdir+", through(folders, lower));
            }
          }
          case "upperdir", "workdir" -> Mounts.fsconfigString(context, key, through(folders, value));
          case "ro" -> attributes = dev.proa.linux.abi.Mount.MOUNT_ATTR_RDONLY;
          default -> {
            if (equals < 0) {
              Mounts.fsconfigFlag(context, key);
            } else {
              Mounts.fsconfigString(context, key, value);
            }
          }
        }
      }
      Mounts.fsconfigCreate(context);
      return Mounts.fsmount(context, attributes);
    } finally {
      folders.forEach(Fd::close);
    }
  }

  /** A value of fsconfig(2) has 255 bytes at most. */
  private static String through(List<Fd> folders, String path) throws ErrnoException {
    Fd folder = Fs.openat(Fd.cwd(), path, Fcntl.O_PATH | Fcntl.O_DIRECTORY);
    folders.add(folder);
    return "/proc/self/fd/" + folder.raw();
  }

  private static Fd legacyOverlay(Mount mount) throws IOException {
    List<Fd> folders = new ArrayList<>();
    Path target = Files.createTempDirectory("proa-conformance");
    try {
      List<String> options = new ArrayList<>();
      long flags = 0;
      for (String option : mount.options()) {
        if (option.startsWith("lowerdir=")) {
          List<String> lowers = new ArrayList<>();
          for (String lower : option.substring(9).split(":", -1)) {
            lowers.add(through(folders, lower));
          }
          options.add("lowerdir=" + String.join(":", lowers));
        } else if (option.equals("ro")) {
          flags = dev.proa.linux.abi.Mount.MS_RDONLY;
        } else {
          options.add(option);
        }
      }
      Mounts.mount("overlay", target.toString(), "overlay", flags, String.join(",", options));
      try {
        return Mounts.openTree(Fd.cwd(), target.toString(), dev.proa.linux.abi.Mount.OPEN_TREE_CLONE);
      } finally {
        Mounts.umount2(target.toString(), dev.proa.linux.abi.Mount.MNT_DETACH);
      }
    } finally {
      folders.forEach(Fd::close);
      Files.delete(target);
    }
  }

  /** The root directory. */
  public Fd fd() {
    return mount;
  }

  /** The root directory as a path of this process, while this is open. */
  public Path path() {
    return Path.of("/proc/self/fd/" + mount.raw() + "/.");
  }

  public Path path(String name) {
    return Path.of("/proc/self/fd/" + mount.raw() + "/" + name);
  }

  @Override
  public void close() {
    mount.close();
  }
}
