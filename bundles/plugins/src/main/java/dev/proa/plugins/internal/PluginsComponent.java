package dev.proa.plugins.internal;

import dev.proa.plugins.DriverUsers;
import dev.proa.plugins.Drivers;
import dev.proa.plugins.PluginSources;
import dev.proa.plugins.Plugins;
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
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/**
 * Wires the services of this bundle. It registers them itself, after the first pass over the folders, so that whoever gets
 * {@link Drivers} finds the drivers there.
 */
@Component(service = {}, immediate = true)
public final class PluginsComponent {
  /** How long a start may take before it is called stuck. */
  private static final Duration START_DEADLINE = Duration.ofSeconds(20);

  private static final Duration PROBATION_DEADLINE = Duration.ofSeconds(30);

  /** How long the daemon goes on with a plugin before that is proven. */
  private static final Duration SETTLING = Duration.ofSeconds(20);

  private final BundleContext context;
  private final DriverRegistry drivers;
  private final PluginHost plugins;
  private final Markers markers;
  private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

  @Activate
  public PluginsComponent(
      BundleContext context, @Reference DaemonSettings settings, @Reference StateStore store, @Reference ServiceComponentRuntime runtime) throws IOException {
    this.context = context;
    Path own = settings.dataRoot().resolve("plugins");
    Files.createDirectories(own);
    PluginRecords records = new PluginRecords(store, own.resolve("store"));
    Trust trust = new Trust(store);
    markers = new Markers(records, SETTLING);
    Gatekeeper gatekeeper =
        new Gatekeeper(records, new Admission(context), trust, new ProbationProcess(settings, records.folder(), PROBATION_DEADLINE), markers);
    drivers = new DriverRegistry(context, settings);
    plugins =
        new PluginHost(
            List.of(settings.home().resolve("plugins"), own),
            records,
            gatekeeper,
            trust,
            new Usage(drivers, this::users),
            changes -> new Deployment(context, drivers, new ComponentCheck(runtime), gatekeeper, START_DEADLINE, changes));
    plugins.start();
    registrations.add(context.registerService(Drivers.class, drivers, null));
    registrations.add(context.registerService(Plugins.class, plugins, null));
    registrations.add(context.registerService(PluginSources.class, new Sources(), null));
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
    markers.close();
    drivers.close();
  }
}
