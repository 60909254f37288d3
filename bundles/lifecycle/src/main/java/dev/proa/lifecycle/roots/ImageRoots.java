package dev.proa.lifecycle.roots;

import dev.proa.linux.Fd;
import org.osgi.annotation.versioning.ProviderType;

/** The files of images, for the engine's own eyes: mounted read-only where no process sees it. */
@ProviderType
public interface ImageRoots {

  /**
   * @param imageId full id; its layers are unpacked first if the storage driver lacks them
   * @throws dev.proa.spi.ProaException {@code NOT_FOUND}
   */
  ImageRoot open(String imageId);

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
