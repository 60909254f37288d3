package dev.proa.lifecycle.internal.run;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Mounts;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import java.util.List;

/**
 * A container's root for the engine's own eyes while the container does not run: the storage driver's mounts, made detached, so that they
 * are in no mount namespace and gone with the descriptor.
 */
public final class Rootfs {
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
    try (Fd context = Mounts.fsopen(mount.type())) {
      if (!mount.source().isEmpty()) {
        Mounts.fsconfigString(context, "source", mount.source());
      }
      long attributes = 0;
      for (String option : mount.options()) {
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
}
