package dev.proa.lifecycle.internal.engine;

import dev.proa.images.UnpackedImage;
import dev.proa.lifecycle.internal.Ids;
import dev.proa.lifecycle.internal.run.Rootfs;
import dev.proa.lifecycle.internal.run.UserLookup;
import dev.proa.lifecycle.roots.ImageRoots;
import dev.proa.linux.Fd;
import dev.proa.spi.Mount;
import dev.proa.spi.storage.StorageDriver;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Images looked into by views of the storage driver, each with a key of its own for as long as it is open. */
final class ImageViewRoots implements ImageRoots {
  private static final Logger LOG = LoggerFactory.getLogger(ImageViewRoots.class);

  /** Of the keys of views, by which the next start knows what a killed daemon left. */
  static final String KEY_PREFIX = "look-";

  private final Engine engine;

  ImageViewRoots(Engine engine) {
    this.engine = engine;
  }

  @Override
  public ImageRoot open(String imageId) {
    String driver = engine.storageDriver();
    String key = KEY_PREFIX + Ids.random();
    engine.creating.add(key);
    try (UnpackedImage image = engine.images.unpack(imageId)) {
      List<Mount> mounts = engine.drivers.use(StorageDriver.class, driver, storage -> storage.view(key, image.topChainId()));
      try {
        return new View(driver, key, Rootfs.open(mounts));
      } catch (RuntimeException e) {
        remove(driver, key);
        throw e;
      }
    } catch (RuntimeException e) {
      engine.creating.remove(key);
      throw e;
    }
  }

  @Override
  public <R> R changes(String containerId, Set<String> stubs, LayerUse<R> use) {
    try {
      return ContainerLayer.use(engine, engine.table.get(containerId).row(), stubs, use);
    } catch (IOException e) {
      throw Trees.failure("cannot read what container " + containerId + " has changed", e);
    }
  }

  private void remove(String driver, String key) {
    try {
      engine.drivers.run(StorageDriver.class, driver, storage -> storage.remove(key));
    } catch (RuntimeException e) {
      // The next start sweeps it.
      LOG.warn("the view {} of an image is not removed: {}", key, e.getMessage());
    } finally {
      engine.creating.remove(key);
    }
  }

  private final class View implements ImageRoot {
    private final String driver;
    private final String key;
    private final Fd fd;

    View(String driver, String key, Fd fd) {
      this.driver = driver;
      this.key = key;
      this.fd = fd;
    }

    @Override
    public Fd fd() {
      return fd;
    }

    @Override
    public Owner owner(String spec) {
      UserLookup.User user = UserLookup.lookUp(fd, spec, List.of());
      boolean number = !spec.isEmpty() && spec.chars().allMatch(c -> c >= '0' && c <= '9');
      return new Owner(user.uid(), number ? user.uid() : user.gid());
    }

    @Override
    public void close() {
      fd.close();
      remove(driver, key);
    }
  }
}
