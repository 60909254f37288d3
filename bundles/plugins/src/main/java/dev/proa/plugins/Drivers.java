package dev.proa.plugins;

import dev.proa.spi.DriverContext;
import dev.proa.spi.storage.StorageDriver;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The only way to a driver. Nobody holds one across calls: a caller hands in its work and gets the driver for as long as that runs, a
 * <em>lease</em>. When a new version of a driver has come up, leases go to it at once, while those that are out end with the old one.
 *
 * <pre>{@code
 * List<Mount> root = drivers.use(StorageDriver.class, "overlay", driver -> driver.prepare(id, parent));
 * }</pre>
 */
@ProviderType
public interface Drivers {

  /** Which storage driver is better, where nobody has chosen one. */
  List<String> STORAGE_ORDER = List.of("erofs", "overlay", "vfs");

  /**
   * Runs work with the best driver of that name: the highest service ranking, then the highest version of its bundle. Does not wait for
   * a driver that is not there.
   *
   * <p>Nothing of the plugin's own crosses: a result of one of its classes is refused ({@code INTERNAL}; so streams that the driver made are read
   * to their end inside the work), a {@link dev.proa.spi.ProaException} comes out without causes of the plugin's classes, the JDK's checked exceptions as
   * they are, every other exception as {@code INTERNAL} with its text and its stack trace.
   *
   * @param point the extension point's interface
   * @param name the value of the service property {@code proa.driver}
   * @throws dev.proa.spi.ProaException {@code NOT_FOUND} for a name that no driver has, with the names that there are;
   *     {@code UNAVAILABLE} for a driver that could not be opened, with the reason
   */
  <T, R extends @Nullable Object, E extends Exception> R use(Class<T> point, String name, Use<? super T, R, E> work) throws E;

  /** As {@link #use}, for work without a result. */
  <T, E extends Exception> void run(Class<T> point, String name, Run<? super T, E> work) throws E;

  /**
   * Says how drivers of a point are opened: called for each that is there, before this returns, and for each that comes later, always before
   * its first lease. Storage, network and registry drivers and image verifiers need none, they are opened with their context.
   *
   * <p>A second version is opened while the first is still in use, so whoever opens an isolation backend also lets it adopt the running
   * tasks here. If the opener throws, the driver is listed as failed with the text and gets no leases.
   *
   * @return closes every driver of the point that it has opened, after their leases have ended
   */
  <T> AutoCloseable openWith(Class<T> point, Opener<? super T> opener);

  /** Every driver that is known, those without leases too, by point, name and version. */
  List<DriverInfo> list();

  /** The names of the drivers of a point that can be used now, in order. */
  List<String> names(Class<?> point);

  /** Work with a driver that has a result. */
  @FunctionalInterface
  interface Use<T, R extends @Nullable Object, E extends Exception> {
    R with(T driver) throws E;
  }

  /** Work with a driver that has no result. */
  @FunctionalInterface
  interface Run<T, E extends Exception> {
    void with(T driver) throws E;
  }

  /**
   * The name of the storage driver for new layers and roots: the chosen one, else the first of those that this host has, in the order of
   * {@link #STORAGE_ORDER}, others behind them.
   */
  default String storage(Optional<String> chosen) {
    return chosen.orElseGet(
        () -> {
          List<String> usable = names(StorageDriver.class);
          return STORAGE_ORDER.stream().filter(usable::contains).findFirst().orElseGet(() -> usable.isEmpty() ? STORAGE_ORDER.getFirst() : usable.getFirst());
        });
  }

  /** How drivers of a point are opened. */
  @FunctionalInterface
  interface Opener<T> {
    void open(String name, T driver, DriverContext context);

    /**
     * A driver of that name was closed after its last lease ended, and another version of it has the leases now: what the one made after the other
     * was opened, the other has not heard of yet. Called on the thread on which bundles are started and stopped; it must not wait.
     */
    default void replaced(String name) {}
  }

  /**
   * @param point simple name of the extension point's interface, such as {@code StorageDriver}
   * @param version of the bundle it came in
   * @param bundle symbolic name of that bundle
   * @param reason why it is skipped or failed, else null
   * @param leases how many are out now
   */
  record DriverInfo(String point, String name, String version, String bundle, State state, @Nullable String reason, int leases) {}

  enum State {
    /** It gets the leases of its name. */
    ACTIVE,
    /** It could, but another version is preferred. */
    STANDBY,
    /** Nobody has said yet how drivers of its point are opened. */
    WAITING,
    /** This host cannot have it. */
    SKIPPED,
    /** It could not be opened. */
    FAILED,
    /** It gets no leases any more and goes when those that are out have ended. */
    DRAINING
  }
}
