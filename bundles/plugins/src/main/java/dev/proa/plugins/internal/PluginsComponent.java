package dev.proa.plugins.internal;

import dev.proa.plugins.DriverUsers;
import dev.proa.plugins.Drivers;
import dev.proa.plugins.PluginSources;
import dev.proa.plugins.Plugins;
import dev.proa.plugins.Settings;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.store.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Wires the services of this bundle. It registers them itself, after the first pass over the folders, so that whoever gets
 * {@link Drivers} finds the drivers there.
 */
@Component(service = {}, immediate = true, configurationPid = PluginsConfig.PID)
@Designate(ocd = PluginsConfig.class)
public final class PluginsComponent {
  /** How long a start may take before it is called stuck. */
  private static final Duration START_DEADLINE = Duration.ofSeconds(20);

  /** How long the daemon goes on with a plugin before that is proven. */
  private static final Duration SETTLING = Duration.ofSeconds(20);

  private final BundleContext context;
  private final DriverRegistry drivers;
  private final PluginHost plugins;
  private final Markers markers;
  private final SettingsHost settings;
  private volatile PluginsConfig config;
  private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

  @Activate
  public PluginsComponent(
      BundleContext context,
      PluginsConfig config,
      @Reference DaemonSettings daemon,
      @Reference StateStore store,
      @Reference ServiceComponentRuntime runtime,
      @Reference ConfigurationAdmin admin)
      throws IOException {
    this.context = context;
    this.config = config;
    Path own = daemon.dataRoot().resolve("plugins");
    Files.createDirectories(own);
    Path run = Files.createDirectories(daemon.execRoot().resolve("plugins"));
    PluginRecords records = new PluginRecords(store, own.resolve("store"));
    Trust trust = new Trust(store);
    markers = new Markers(records, SETTLING);
    Gatekeeper gatekeeper =
        new Gatekeeper(records, new Admission(context), trust, new ProbationProcess(daemon, records.folder(), run, this::limits), markers);
    drivers = new DriverRegistry(context, daemon);
    drivers.drain(Duration.ofSeconds(config.drain$_$seconds()));
    settings = new SettingsHost(context, admin, store, daemon.dataRoot().resolve("conf"));
    settings.start();
    plugins =
        new PluginHost(
            List.of(daemon.home().resolve("plugins"), own),
            records,
            gatekeeper,
            trust,
            new Usage(drivers, this::users),
            settings::problems,
            changes -> new Deployment(context, drivers, new ComponentCheck(runtime), gatekeeper, START_DEADLINE, changes));
    plugins.start();
    registrations.add(context.registerService(Drivers.class, drivers, null));
    registrations.add(context.registerService(Plugins.class, plugins, null));
    registrations.add(context.registerService(Settings.class, settings, null));
    registrations.add(context.registerService(PluginSources.class, new Sources(), null));
  }

  @Modified
  void changed(PluginsConfig now) {
    config = now;
    drivers.drain(Duration.ofSeconds(now.drain$_$seconds()));
  }

  private ProbationProcess.Limits limits() {
    PluginsConfig now = config;
    return new ProbationProcess.Limits(Duration.ofSeconds(now.probation$_$seconds()), now.probation$_$heap$_$mib());
  }

  private List<DriverUsers> users() {
    List<DriverUsers> users = new ArrayList<>();
    try {
      for (ServiceReference<DriverUsers> reference : context.getServiceReferences(DriverUsers.class, null)) {
        DriverUsers each = context.getService(reference);
        if (each != null) {
          users.add(each);
        }
      }
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
    return users;
  }

  @Deactivate
  public void stop() {
    registrations.forEach(ServiceRegistration::unregister);
    plugins.close();
    settings.close();
    markers.close();
    drivers.close();
  }
}
