package dev.proa.plugins;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The plugin bundles of this daemon. They come from three places: the folder {@code plugins} of the installation, the folder {@code plugins} of the
 * data root, and what was installed through this interface, which is kept in the data root together with its former versions. A jar that is put into a
 * folder is installed, one that is replaced is updated, one that is taken away is removed, all while the daemon works. Where several hold a bundle of
 * one symbolic name, the later of the three counts.
 *
 * <p>A plugin is named by its symbolic name, by {@code SYMBOLIC-NAME:VERSION}, by the name that it was installed under, or by its id or the first
 * characters of it. {@code NOT_FOUND} for a name that nothing has.
 */
@ProviderType
public interface Plugins {
  /** One entry for each symbolic name, and one for each file that is shadowed or no bundle. */
  List<PluginInfo> list();

  PluginInfo inspect(String name);

  /** The folders that are watched. */
  List<Path> folders();

  /** What a jar is, without installing it. {@code INVALID_ARGUMENT} for one that is no plugin. */
  PluginContent describe(Path jar);

  /**
   * Installs a jar, or updates the plugin of its symbolic name, in two phases: nothing has happened if the new one does not come up.
   *
   * @param progress hears what is being done, a line each
   * @throws dev.proa.spi.ProaException {@code FAILED_PRECONDITION} with the reason if it is not accepted or does not come up
   */
  PluginInfo install(Package source, Installation how, Consumer<String> progress);

  PluginInfo enable(String name, Consumer<String> progress);

  /**
   * Stops a plugin, which stays installed.
   *
   * @param force stop the containers that use it first
   * @throws dev.proa.spi.ProaException {@code CONFLICT} with the users of its drivers, if there are any and they are not to be stopped
   */
  PluginInfo disable(String name, boolean force);

  /** As {@link #disable}, and removes it with all its versions; where a folder holds another bundle of that name, that one comes up. */
  PluginInfo remove(String name, boolean force);

  /** Goes back to the version that was there before the present one. {@code FAILED_PRECONDITION} if none is kept. */
  PluginInfo rollback(String name, Consumer<String> progress);

  /** The keys by which signatures are verified. */
  TrustedKeys trust();

  /** Tells of changes from now on; never blocks the one who changes. */
  AutoCloseable listen(Consumer<Change> listener);

  /**
   * A jar to install.
   *
   * @param signature a detached signature over its bytes, null if it came without one
   * @param source where it came from, as the user said it
   */
  record Package(Path jar, byte @Nullable [] signature, String source) {}

  /**
   * @param alias the name to list it by instead of its symbolic name and version, such as {@code localhost:5000/me/tmpfs:1.0}
   * @param enable whether it is started
   * @param probation whether it is tried in a JVM of its own first; without, for an update that cannot wait for that
   */
  record Installation(@Nullable String alias, boolean enable, boolean probation) {}

  /**
   * What a jar says about itself.
   *
   * @param id {@code sha256:…} of its bytes
   * @param needs what it declares to need beyond the SPI: packages, Linux capabilities
   */
  record PluginContent(
      String id,
      String symbolicName,
      String version,
      String description,
      String documentation,
      List<DriverName> drivers,
      List<String> imports,
      List<String> needs) {
    public PluginContent {
      drivers = List.copyOf(drivers);
      imports = List.copyOf(imports);
      needs = List.copyOf(needs);
    }
  }

  /** @param point such as {@code storage} */
  record DriverName(String point, String name) {}

  /**
   * @param name what it is listed by
   * @param file the jar
   * @param reason why it is not active, why its update failed or its settings do not count, else null
   * @param signer who signed it, as far as that was verified
   * @param kept former versions that {@link Plugins#rollback} can go back to, the latest first
   * @param warnings what probation saw that is no failure, such as threads that do not end
   * @param draining former versions that still have leases
   */
  record PluginInfo(
      String name,
      PluginContent content,
      Path file,
      Origin origin,
      String source,
      boolean enabled,
      State state,
      @Nullable String reason,
      @Nullable String signer,
      @Nullable Instant installed,
      List<String> kept,
      List<String> warnings,
      List<Draining> draining) {
    public PluginInfo {
      kept = List.copyOf(kept);
      warnings = List.copyOf(warnings);
      draining = List.copyOf(draining);
    }
  }

  enum Origin {
    /** It came with the installation. */
    SHIPPED,
    /** It was put into the folder of the data root. */
    DROPPED,
    /** It was installed through this interface. */
    INSTALLED
  }

  /** @param holders who still has a lease: thread, how long, where */
  record Draining(String version, List<String> holders) {
    public Draining {
      holders = List.copyOf(holders);
    }
  }

  enum State {
    ACTIVE,
    /** This host lacks something that it needs. */
    SKIPPED,
    FAILED,
    /** The operator has stopped it. */
    DISABLED,
    /** Another file of the same symbolic name counts. */
    SHADOWED,
    /** Its activator never returned: it is neither there nor gone until the daemon is restarted. */
    STUCK
  }

  /**
   * Something that happened to a plugin.
   *
   * @param action install, enable, disable, upgrade, remove, rollback, fail, skip, quarantine
   */
  record Change(String action, String name, String version, @Nullable String reason) {}
}
