package dev.proa.storage.erofs;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Mounts;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Mount;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Mounts images: file-backed where the kernel can (Linux 6.12, CONFIG_EROFS_FS_BACKED_BY_FILE, and not on every file system), else over a loop device.
 * Which of them is tried and not guessed. The mounts are in the daemon's mount namespace and stay when the daemon ends.
 */
enum LayerMounts {
  FILE("file-backed") {
    @Override
    Fd mount(Fd folder, String image, Path path) throws ErrnoException {
      // by name where it fits, because it is what mountinfo shows; a value of fsconfig(2) has at most 255 bytes
      String name = path.toString();
      String source = name.getBytes(StandardCharsets.UTF_8).length < 256 ? name : "/proc/self/fd/" + folder.raw() + "/" + image;
      return mountErofs(source);
    }
  },
  LOOP("over loop devices") {
    @Override
    Fd mount(Fd folder, String image, Path path) throws ErrnoException {
      try (Fd file = Fs.openat(folder, image, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW);
          LoopDevice device = LoopDevice.attach(file, path)) {
        return mountErofs(device.path());
      }
    }
  };

  private static final long ATTRIBUTES = Mount.MOUNT_ATTR_RDONLY | Mount.MOUNT_ATTR_NOSUID | Mount.MOUNT_ATTR_NODEV;

  private final String words;

  LayerMounts(String words) {
    this.words = words;
  }

  /** For people. */
  String words() {
    return words;
  }

  /**
   * Mounts an image; the mount is attached nowhere.
   *
   * @param image its name in the folder
   * @param path the same as a path
   */
  abstract Fd mount(Fd folder, String image, Path path) throws ErrnoException;

  private static Fd mountErofs(String source) throws ErrnoException {
    try (Fd context = Mounts.fsopen("erofs")) {
      Mounts.fsconfigString(context, "source", source);
      Mounts.fsconfigFlag(context, "ro");
      Mounts.fsconfigCreate(context);
      return Mounts.fsmount(context, ATTRIBUTES);
    }
  }
}
