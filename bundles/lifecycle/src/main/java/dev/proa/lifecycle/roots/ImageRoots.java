package dev.proa.lifecycle.roots;

import dev.proa.linux.Fd;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/** The files of images and what containers made of them, for the engine's own eyes: mounted read-only where no process sees it. */
@ProviderType
public interface ImageRoots {

  /**
   * @param imageId full id; its layers are unpacked first if the storage driver lacks them
   * @throws dev.proa.spi.ProaException {@code NOT_FOUND}
   */
  ImageRoot open(String imageId);

  /**
   * What a container has changed, as a layer's tar stream: without files and folders, as far as they are empty, that were made only to mount something at.
   *
   * @param containerId its whole id; it does not run
   * @param stubs such places besides those of the engine's own mounts, without slashes at their ends
   */
  <R> R changes(String containerId, Set<String> stubs, LayerUse<R> use);

  /** Work with a layer, which is only there for the length of it. */
  @FunctionalInterface
  interface LayerUse<R> {
    R of(InputStream tar) throws IOException;
  }

  /** What an image's files look like. Everything in it is the image's and so hostile: to be opened below {@link #fd} with links held inside. */
  @ProviderType
  interface ImageRoot extends AutoCloseable {

    /** The root directory. */
    Fd fd();

    /**
     * Whom {@code --chown} means, by the image's own {@code /etc/passwd} and {@code /etc/group}.
     *
     * @param spec {@code user[:group]}, names or numbers; a number without a group is both
     * @throws dev.proa.spi.ProaException {@code INVALID_ARGUMENT} for a name that is in neither
     */
    Owner owner(String spec);

    @Override
    void close();
  }

  record Owner(int uid, int gid) {}
}
