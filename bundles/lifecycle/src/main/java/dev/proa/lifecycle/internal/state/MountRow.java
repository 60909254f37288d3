package dev.proa.lifecycle.internal.state;

import dev.proa.lifecycle.containers.MountPoint;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A mount of a container, resolved: what a bind, a volume or {@code --mount} became.
 *
 * @param volumeDriver null for the engine's own
 * @param source on the host; for a volume its folder, empty for tmpfs
 * @param mode the options of {@code -v}, as given
 * @param copyUp fill an empty volume from the image
 * @param subpath below the volume's root; empty for the root itself
 * @param createSource make the folder on the host if it is missing
 * @param options further ones of the mount itself (tmpfs: size, mode; bind: {@link #READ_ONLY_TOP})
 * @param anonymous the volume was made for this container
 * @param image what is mounted of an image; null for everything else
 */
public record MountRow(
    Type type,
    @Nullable String volume,
    @Nullable String volumeDriver,
    String source,
    String destination,
    String mode,
    boolean readWrite,
    String propagation,
    boolean copyUp,
    String subpath,
    boolean createSource,
    boolean recursive,
    List<String> options,
    boolean anonymous,
    @Nullable Image image) {

  /** Only the mount itself is read-only, what is mounted below it is as it is. */
  public static final String READ_ONLY_TOP = "ro";

  /**
   * @param name as the user named it
   * @param id {@code sha256:…}
   */
  public record Image(String name, String id) {}

  public enum Type {
    BIND,
    VOLUME,
    TMPFS,
    IMAGE
  }

  public MountRow {
    options = List.copyOf(options);
  }

  public String volumeDriverName() {
    return volumeDriver == null ? VolumeRow.LOCAL : volumeDriver;
  }

  public MountPoint view() {
    return switch (type) {
      case BIND -> new MountPoint("bind", null, source, destination, null, mode, readWrite, propagation);
      case VOLUME -> new MountPoint("volume", volume, source, destination, volumeDriverName(), mode, readWrite, propagation);
      case TMPFS -> new MountPoint("tmpfs", null, "", destination, null, mode, readWrite, "");
      case IMAGE -> new MountPoint("image", image == null ? null : image.name(), source, destination, null, mode, readWrite, propagation);
    };
  }

  public MountRow readOnly() {
    return new MountRow(
        type, volume, volumeDriver, source, destination, mode, false, propagation, copyUp, subpath, createSource, recursive, options, anonymous, image);
  }

  /** A read-only bind of which only the top is so; anything else stays as it is. */
  public MountRow readOnlyTopOnly() {
    if (type != Type.BIND || readWrite || options.contains(READ_ONLY_TOP)) {
      return this;
    }
    List<String> more = Stream.concat(options.stream(), Stream.of(READ_ONLY_TOP)).toList();
    return new MountRow(
        type, volume, volumeDriver, source, destination, mode, false, propagation, copyUp, subpath, createSource, recursive, more, anonymous, image);
  }

  /** With its sub-path resolved. */
  public MountRow at(String place) {
    return new MountRow(
        type, volume, volumeDriver, place, destination, mode, readWrite, propagation, copyUp, "", createSource, recursive, options, anonymous, image);
  }
}
