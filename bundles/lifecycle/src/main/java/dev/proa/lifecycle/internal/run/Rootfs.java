package dev.proa.lifecycle.internal.run;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Mounts;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A container's root for the engine's own eyes while the container does not run: the storage driver's mounts, made detached, so that they
 * are in no mount namespace and gone with the descriptor.
 */
public final class Rootfs {
  /** What fsconfig(2) takes in one value, the name not counted; a little less. */
  private static final int MAX_VALUE = 250;

  private static final int PAGE = 4096;

  private Rootfs() {}

  /** The root directory; the caller closes it. */
  public static Fd open(List<Mount> mounts) {
    Mount mount = single(mounts);
    try {
      return switch (mount.type()) {
        case "bind" -> Fs.open(mount.source(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
        default -> detached(mount);
      };
    } catch (ErrnoException e) {
      throw ProaException.internal("cannot look into a container's root: " + e.getMessage(), e);
    }
  }

  /** As a detached mount, which can be moved to a place; the caller closes it. */
  public static Fd detached(List<Mount> mounts) throws ErrnoException {
    Mount mount = single(mounts);
    return mount.type().equals("bind")
        ? Mounts.openTree(Fd.cwd(), mount.source(), dev.proa.linux.abi.Mount.OPEN_TREE_CLONE)
        : detached(mount);
  }

  private static Mount single(List<Mount> mounts) {
    if (mounts.size() != 1) {
      throw ProaException.internal("cannot look into a root that is made of " + mounts.size() + " mounts", null);
    }
    return mounts.getFirst();
  }

  private static Fd detached(Mount mount) throws ErrnoException {
    List<Fd> folders = new ArrayList<>();
    try {
      boolean large = mount.options().stream().anyMatch(option -> option.length() > MAX_VALUE);
      return large ? stack(mount, folders) : configured(mount.type(), mount.source(), mount.options());
    } finally {
      folders.forEach(Fd::close);
    }
  }

  private static Fd configured(String type, String source, List<String> options) throws ErrnoException {
    try (Fd context = Mounts.fsopen(type)) {
      if (!source.isEmpty()) {
        Mounts.fsconfigString(context, "source", source);
      }
      long attributes = 0;
      for (String option : options) {
        int equals = option.indexOf('=');
        if (equals > 0) {
          Mounts.fsconfigString(context, option.substring(0, equals), option.substring(equals + 1));
        } else if (option.equals("ro")) {
          attributes |= dev.proa.linux.abi.Mount.MOUNT_ATTR_RDONLY;
        } else if (!option.equals("rw")) {
          Mounts.fsconfigFlag(context, option);
        }
      }
      Mounts.fsconfigCreate(context);
      return Mounts.fsmount(context, attributes);
    }
  }

  /** An overlay whose options say more than fsconfig(2) takes: layer by layer, each by a descriptor. */
  private static Fd stack(Mount mount, List<Fd> folders) throws ErrnoException {
    List<String> each = new ArrayList<>();
    List<String> together = new ArrayList<>();
    for (String option : mount.options()) {
      int equals = option.indexOf('=');
      String name = option.substring(0, Math.max(equals, 0));
      switch (name) {
        case "lowerdir" -> {
          List<String> lowers = new ArrayList<>();
          for (String lower : option.substring(equals + 1).split(":")) {
            lowers.add(through(folders, lower));
          }
          lowers.forEach(lower -> each.add("lowerdir+=" + lower));
          together.add("lowerdir=" + String.join(":", lowers));
        }
        case "upperdir", "workdir" -> {
          String value = name + "=" + through(folders, option.substring(equals + 1));
          each.add(value);
          together.add(value);
        }
        default -> {
          each.add(option);
          together.add(option);
        }
      }
    }
    try {
      return configured(mount.type(), mount.source(), each);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EINVAL || together.getFirst().length() > PAGE) {
        throw e;
      }
      return byMount(mount.type(), together); // lowerdir+ is there since Linux 6.7
    }
  }

  private static String through(List<Fd> folders, String path) throws ErrnoException {
    Fd folder = Fs.open(path, Fcntl.O_PATH | Fcntl.O_DIRECTORY);
    folders.add(folder);
    return "/proc/self/fd/" + folder.raw();
  }

  /** By mount(2), which takes a page of options, at a folder that it is taken off from at once. */
  private static Fd byMount(String type, List<String> options) throws ErrnoException {
    Path place;
    try {
      place = Files.createTempDirectory("proa-root");
    } catch (IOException e) {
      throw ProaException.internal("cannot make a folder to mount a root at: " + e.getMessage(), e);
    }
    try {
      long flags = options.contains("ro") ? dev.proa.linux.abi.Mount.MS_RDONLY : 0;
      String data = options.stream().filter(option -> !option.equals("ro") && !option.equals("rw")).collect(Collectors.joining(","));
      Mounts.mount("overlay", place.toString(), type, flags, data);
      try {
        return Mounts.openTree(Fd.cwd(), place.toString(), dev.proa.linux.abi.Mount.OPEN_TREE_CLONE);
      } finally {
        Mounts.umount2(place.toString(), dev.proa.linux.abi.Mount.MNT_DETACH);
      }
    } finally {
      place.toFile().delete();
    }
  }
}
