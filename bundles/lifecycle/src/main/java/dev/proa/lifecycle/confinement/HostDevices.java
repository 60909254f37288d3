package dev.proa.lifecycle.confinement;

import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds device nodes and says what they are. */
final class HostDevices {
  /** Folders of {@code /dev} that hold instances, not devices: a container mounts its own. */
  private static final Set<String> SKIPPED = Set.of("pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev");

  private static final int S_IFMT = 0170000;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFBLK = 0060000;

  private HostDevices() {}

  static List<Spec.Device> below(Path folder) {
    List<Spec.Device> devices = new ArrayList<>();
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
              Path name = path.getFileName();
              return !path.equals(folder) && name != null && SKIPPED.contains(name.toString())
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
              Spec.Device device = attributes.isOther() && !path.endsWith("console") ? node(path, path.toString()) : null;
              if (device != null) {
                devices.add(device);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException e) {
              // Nodes come and go while the walk runs.
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw ProaException.internal(folder + ": the host's devices cannot be listed: " + e.getMessage(), e);
    }
    return devices;
  }

  /** @return null if it is no device */
  static Spec.@Nullable Device node(Path path, String pathInContainer) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
    int mode = (int) number(attributes, "mode");
    long rdev = number(attributes, "rdev");
    String type =
        switch (mode & S_IFMT) {
          case S_IFCHR -> "c";
          case S_IFBLK -> "b";
          default -> null;
        };
    if (type == null) {
      return null;
    }
    return new Spec.Device(
        pathInContainer, type, major(rdev), minor(rdev), mode & 07777, (int) number(attributes, "uid"), (int) number(attributes, "gid"));
  }

  private static long number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Number number ? number.longValue() : 0;
  }

  /** As glibc packs a dev_t: sys/sysmacros.h. */
  private static long major(long dev) {
    return dev >>> 8 & 0xfff | dev >>> 32 & 0xfffff000L;
  }

  private static long minor(long dev) {
    return dev & 0xff | dev >>> 12 & 0xffffff00L;
  }
}
