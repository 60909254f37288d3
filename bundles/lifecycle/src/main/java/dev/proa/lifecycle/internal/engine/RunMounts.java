package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.run.CopyUp;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Has everything there that a start will mount: folders for binds, volumes filled from the image, sub-paths resolved. */
final class RunMounts {
  private RunMounts() {}

  /**
   * @param container its volumes with driver options, and its images, stay mounted until {@link Engine#unmount}
   * @param first whether the container was never started: only then volumes are filled
   * @param root opens the container's root, if it is needed
   * @return the mounts with sources that exist
   */
  static List<MountRow> ready(Engine engine, ContainerRow container, boolean first, Supplier<Fd> root) {
    List<MountRow> ready = new ArrayList<>();
    for (MountRow mount : container.mounts()) {
      if (mount.volume() != null) {
        engine.volumes.mount(mount.volume(), container.id());
      }
      ready.add(
          switch (mount.type()) {
            case BIND -> bind(mount);
            case VOLUME -> volume(mount, engine.volumes, first, root);
            case TMPFS -> mount;
            case IMAGE -> image(mount, engine, container);
          });
    }
    if (container.mounts().stream().anyMatch(mount -> mount.volume() != null)) {
      engine.volumesMounted(container);
    }
    return ready;
  }

  private static MountRow bind(MountRow mount) {
    Path source = Path.of(mount.source());
    if (Files.exists(source)) {
      return mount;
    }
    if (!mount.createSource()) {
      throw ProaException.invalid("invalid mount config for type \"bind\": bind source path does not exist: " + source);
    }
    try {
      Files.createDirectories(source);
      return mount;
    } catch (IOException e) {
      throw Trees.failure("error while creating mount source path '" + source + "'", e);
    }
  }

  private static MountRow volume(MountRow mount, VolumeStore volumes, boolean first, Supplier<Fd> root) {
    Path data = volumes.folder(volumes.row(String.valueOf(mount.volume())));
    if (!Files.isDirectory(data)) {
      throw ProaException.internal("volume " + mount.volume() + " has lost its folder " + data, null);
    }
    if (first && mount.copyUp() && mount.subpath().isEmpty()) {
      CopyUp.fill(root, mount.destination(), data);
    }
    return mount.subpath().isEmpty() ? mount : subpath(mount, data, "volume " + mount.volume());
  }

  private static MountRow image(MountRow mount, Engine engine, ContainerRow container) {
    engine.imageMounts.mount(container, mount);
    return mount.subpath().isEmpty() ? mount : subpath(mount, Path.of(mount.source()), "image " + mount.view().name());
  }

  /** The kernel resolves it below the root of the volume or image; a link cannot lead out. */
  private static MountRow subpath(MountRow mount, Path data, String what) {
    try (Fd volume = Fs.open(data.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        Fd target = Fs.openat2(volume, mount.subpath(), Fcntl.O_PATH, 0, Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_MAGICLINKS)) {
      Path resolved = Path.of("/proc/self/fd/" + target.raw()).toRealPath();
      return mount.at(resolved.toString());
    } catch (ErrnoException e) {
      // Docker's words.
      String failed = "cannot mount subpath \"" + mount.subpath() + "\" of " + what + ": ";
      throw switch (e.errno()) {
        case EXDEV -> ProaException.invalid(failed + "path concatenation escapes the base directory");
        case ENOENT, ENOTDIR -> ProaException.invalid(failed + "cannot access path " + data.resolve(mount.subpath()) + ": not found");
        default -> ProaException.invalid(failed + e.getMessage());
      };
    } catch (IOException e) {
      throw ProaException.internal("cannot mount subpath \"" + mount.subpath() + "\" of " + what + ": " + e.getMessage(), e);
    }
  }
}
