package dev.proa.spi.volume;

import dev.proa.spi.DriverContext;
import java.nio.file.Path;
import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Keeps volumes: folders with a name, that outlive containers. The engine knows which volumes there are, who uses them and when they go; a driver makes
 * the folder, has it there while containers use it, and takes it away. The engine itself binds it into containers.
 *
 * <p>Names are {@code [a-zA-Z0-9][a-zA-Z0-9_.-]+}, unique among the volumes of all drivers. Calls on one volume come one after the other. Every call ends
 * in bounded time. While one version replaces another both are open, and what the one has made or mounted, the other unmounts or removes.
 *
 * <p>The engine's own driver ({@code local}) is no plugin, and its name is taken.
 */
@ConsumerType
public interface VolumeDriver extends AutoCloseable {

  /** Called once, before anything else. {@code FAILED_PRECONDITION} if this host cannot have it. */
  void open(DriverContext context);

  /** Idempotent. Volumes stay, and those that are mounted stay mounted. */
  @Override
  void close();

  /**
   * Makes a volume, if it is not there.
   *
   * @param options of {@code --opt}; {@code INVALID_ARGUMENT} naming the one that is wrong. The engine says in front what was tried on which volume
   * @return its folder, absolute; the same for as long as the volume exists. It need be there only between {@link #mount} and {@link #unmount}
   */
  Path create(String name, Map<String, String> options);

  /**
   * Has the volume's folder there, for a user who is about to start. Idempotent for a user.
   *
   * @param user a name for who uses it: several may at once, and each is taken back by {@link #unmount}
   */
  void mount(String name, String user);

  /** The user does not need it any more. Idempotent; no error for a user or a volume that is not known. */
  void unmount(String name, String user);

  /** Removes the volume with all that is in it; nobody uses it. Idempotent. */
  void remove(String name);

  /** What {@code docker volume inspect} shows beyond what the engine knows. */
  default Map<String, String> status(String name) {
    return Map.of();
  }
}
