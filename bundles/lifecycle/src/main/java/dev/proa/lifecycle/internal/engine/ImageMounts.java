package dev.proa.lifecycle.internal.engine;

import dev.proa.images.Images;
import dev.proa.images.UnpackedImage;
import dev.proa.lifecycle.internal.run.Rootfs;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.linux.Fd;
import dev.proa.linux.Mounts;
import dev.proa.linux.abi.Mount;
import dev.proa.plugins.Drivers;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images that containers mount ({@code --mount type=image}): a read-only view of the storage driver's for each, which is made with the container and
 * removed with it, so that the layers stay even when the image is removed. While the container runs it is mounted in the container's run folder.
 */
final class ImageMounts {
  /** Of views: the container's id and the name of the folder that it is mounted at. */
  static final Pattern KEY = Pattern.compile("([0-9a-f]{64})-image-\\d+");

  private static final Logger LOG = LoggerFactory.getLogger(ImageMounts.class);

  private final Images images;
  private final Drivers drivers;

  ImageMounts(Images images, Drivers drivers) {
    this.images = images;
    this.drivers = drivers;
  }

  /** Where a container's image is mounted, the first one's index being 0. */
  static Path place(Path runFolder, int index) {
    return runFolder.resolve("image-" + index);
  }

  private static String key(ContainerRow row, MountRow mount) {
    return row.id() + "-" + Path.of(mount.source()).getFileName();
  }

  private static Stream<MountRow> of(ContainerRow row) {
    return row.mounts().stream().filter(mount -> mount.type() == MountRow.Type.IMAGE);
  }

  /** Makes the views of a container to be. */
  void prepare(ContainerRow row) {
    of(row)
        .forEach(
            mount -> {
              try (UnpackedImage unpacked = images.unpack(Objects.requireNonNull(mount.image()).id())) {
                drivers.use(StorageDriver.class, row.storageDriver(), driver -> driver.view(key(row, mount), unpacked.topChainId()));
              }
            });
  }

  /** Of a container that is about to run, or to be looked into. */
  void mount(ContainerRow row, MountRow mount) {
    Path place = Path.of(mount.source());
    try {
      Files.createDirectories(place);
      if (LocalMount.isMounted(place)) {
        return;
      }
      try (Fd view = Rootfs.detached(drivers.use(StorageDriver.class, row.storageDriver(), driver -> driver.mounts(key(row, mount))))) {
        Mounts.moveMount(view, "", Fd.cwd(), place.toString(), Mount.MOVE_MOUNT_F_EMPTY_PATH);
      }
    } catch (IOException e) {
      throw ProaException.internal("cannot mount image " + mount.view().name() + " at " + place + ": " + e.getMessage(), e);
    }
  }

  void unmount(ContainerRow row) {
    of(row)
        .forEach(
            mount -> {
              try {
                LocalMount.off(Path.of(mount.source()));
              } catch (IOException e) {
                LOG.warn("{}: image {} stays mounted at {}: {}", row.id(), mount.view().name(), mount.source(), e.getMessage());
              }
            });
  }

  /** Removes the views of a container that is gone; what cannot be removed now is swept later. */
  void remove(ContainerRow row) {
    unmount(row);
    of(row)
        .forEach(
            mount -> {
              try {
                drivers.run(StorageDriver.class, row.storageDriver(), driver -> driver.remove(key(row, mount)));
              } catch (ProaException e) {
                if (!e.is(ErrorClass.NOT_FOUND)) {
                  LOG.warn("{}: its view of image {} is left until the next start: {}", row.id(), mount.view().name(), e.getMessage());
                }
              }
            });
  }
}
