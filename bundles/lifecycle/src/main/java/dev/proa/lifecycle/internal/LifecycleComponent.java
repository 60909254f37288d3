package dev.proa.lifecycle.internal;

import dev.proa.images.Images;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.containers.Execs;
import dev.proa.lifecycle.containers.LogConfig;
import dev.proa.lifecycle.events.Events;
import dev.proa.lifecycle.internal.engine.Core;
import dev.proa.lifecycle.networks.Networks;
import dev.proa.lifecycle.roots.ImageRoots;
import dev.proa.lifecycle.system.SystemInfo;
import dev.proa.lifecycle.volumes.Volumes;
import dev.proa.plugins.DriverUsers;
import dev.proa.plugins.Drivers;
import dev.proa.plugins.Plugins.PluginInfo;
import dev.proa.plugins.Plugins;
import dev.proa.plugins.Settings;
import dev.proa.spawn.Shim;
import dev.proa.spi.ProaException;
import dev.proa.spi.SettingsCheck;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.isolation.IsolationBackend;
import dev.proa.spi.storage.StorageDriver;
import dev.proa.store.StateStore;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.util.tracker.ServiceTracker;

/** Registers the core's services once the containers of an earlier daemon are taken up again. */
@Component(service = {}, configurationPid = EngineConfig.PID)
@Designate(ocd = EngineConfig.class)
public final class LifecycleComponent {
  private final Core core;
  private final ServiceTracker<Shim, Shim> shim;
  private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
  private final AutoCloseable pluginEvents;
  private final AutoCloseable settingsEvents;

  @Activate
  public LifecycleComponent(
      BundleContext context,
      EngineConfig config,
      @Reference DaemonSettings settings,
      @Reference StateStore store,
      @Reference Images images,
      @Reference Drivers drivers,
      @Reference Plugins plugins,
      @Reference Settings live) {
    requireDriver(drivers, StorageDriver.class, "storage driver", "--storage-driver", settings.storageDriver().orElse(null));
    requireDriver(drivers, IsolationBackend.class, "isolation backend", "--default-isolation", settings.defaultIsolation());
    shim = new ServiceTracker<>(context, Shim.class, null);
    shim.open();
    core = new Core(settings, store, images, drivers, shim::getService);
    core.logDefault(logDefault(config.log$_$driver(), config.log$_$opts()));
    core.mirrors(List.of(config.registry$_$mirrors()));
    registrations.add(context.registerService(SettingsCheck.class, this::check, new Hashtable<>(Map.of(SettingsCheck.PID, EngineConfig.PID))));
    registrations.add(context.registerService(Containers.class, core.containers(), null));
    registrations.add(context.registerService(Execs.class, core.execs(), null));
    registrations.add(context.registerService(Volumes.class, core.volumes(), null));
    registrations.add(context.registerService(Networks.class, core.networks(), null));
    registrations.add(context.registerService(Events.class, core.events(), null));
    registrations.add(context.registerService(SystemInfo.class, core.system(), null));
    registrations.add(context.registerService(ImageRoots.class, core.imageRoots(), null));
    registrations.add(context.registerService(DriverUsers.class, core.driverUsers(), null));
    core.pluginNotes(() -> notes(plugins, live));
    settingsEvents = live.listen(change -> core.events().publish("config", change.problem() == null ? "update" : "refuse", change.pid(), attributes(change)));
    pluginEvents = plugins.listen(change -> core.events().publish("plugin", change.action(), change.name(), attributes(change)));
  }

  @Modified
  void changed(EngineConfig now) {
    core.logDefault(logDefault(now.log$_$driver(), now.log$_$opts()));
    core.mirrors(List.of(now.registry$_$mirrors()));
  }

  private void check(Map<String, Object> settings) {
    core.checkLog(logDefault(String.valueOf(settings.get("log-driver")), strings(settings.get("log-opts"))));
    core.checkMirrors(List.of(strings(settings.get("registry-mirrors"))));
  }

  private static String[] strings(@Nullable Object value) {
    return value instanceof String[] several ? several : new String[0];
  }

  private static LogConfig logDefault(String driver, String[] options) {
    Map<String, String> config = new LinkedHashMap<>();
    for (String option : options) {
      int equals = option.indexOf('=');
      if (equals < 1) {
        throw ProaException.invalid("log-opts: \"" + option + "\" is not KEY=VALUE");
      }
      config.put(option.substring(0, equals), option.substring(equals + 1));
    }
    return new LogConfig(driver, config);
  }

  private static Map<String, String> attributes(Settings.Change change) {
    Map<String, String> attributes = new LinkedHashMap<>(Map.of("name", change.pid()));
    if (!change.keys().isEmpty()) {
      attributes.put("keys", String.join(",", change.keys()));
    }
    if (change.problem() != null) {
      attributes.put("reason", change.problem());
    }
    return attributes;
  }

  private static List<String> notes(Plugins plugins, Settings live) {
    List<String> notes = new ArrayList<>();
    live.problems().forEach(problem -> notes.add("settings: " + problem + "; the former ones stay"));
    for (PluginInfo info : plugins.list()) {
      if (info.reason() != null && info.state() != Plugins.State.ACTIVE) {
        notes.add("plugin " + info.name() + " is " + info.state().name().toLowerCase(Locale.ROOT) + ": " + info.reason());
      }
    }
    return notes;
  }

  private static Map<String, String> attributes(Plugins.Change change) {
    Map<String, String> attributes = new LinkedHashMap<>(Map.of("name", change.name(), "version", change.version()));
    if (change.reason() != null) {
      attributes.put("reason", change.reason());
    }
    return attributes;
  }

  /** Refuses at the start what would otherwise fail with the first container. A driver that is not open yet counts as there. */
  private static void requireDriver(Drivers drivers, Class<?> point, String what, String flag, @Nullable String name) {
    Set<String> known =
        drivers.list().stream()
            .filter(driver -> driver.point().equals(point.getSimpleName()))
            .map(Drivers.DriverInfo::name)
            .collect(Collectors.toCollection(TreeSet::new));
    if (name != null && !known.contains(name)) {
      throw ProaException.invalid(
          "no " + what + " \"" + name + "\" (" + flag + "): known are " + (known.isEmpty() ? "none" : String.join(", ", known)));
    }
  }

  @Deactivate
  void deactivate() {
    try {
      settingsEvents.close();
      pluginEvents.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    registrations.reversed().forEach(ServiceRegistration::unregister);
    core.close();
    shim.close();
  }
}
