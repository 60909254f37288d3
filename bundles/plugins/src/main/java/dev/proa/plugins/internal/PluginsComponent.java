package dev.proa.plugins.internal;

import dev.proa.plugins.Drivers;
import dev.proa.plugins.Plugins;
import dev.proa.spi.daemon.DaemonSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/**
 * Wires the two services of this bundle. It registers them itself, after the first pass over the folders, so that whoever gets
 * {@link Drivers} finds the drivers there.
 */
@Component(service = {}, immediate = true)
public final class PluginsComponent {
  private final DriverRegistry drivers;
  private final PluginFolders plugins;
  private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

  @Activate
  public PluginsComponent(BundleContext context, @Reference DaemonSettings settings, @Reference ServiceComponentRuntime runtime) throws IOException {
    Path own = settings.dataRoot().resolve("plugins");
    Files.createDirectories(own);
    drivers = new DriverRegistry(context, settings);
    plugins = new PluginFolders(context, drivers, new ComponentCheck(runtime), List.of(settings.home().resolve("plugins"), own));
    plugins.start();
    registrations.add(context.registerService(Drivers.class, drivers, null));
    registrations.add(context.registerService(Plugins.class, plugins, null));
  }

  @Deactivate
  public void stop() {
    registrations.forEach(ServiceRegistration::unregister);
    plugins.close();
    drivers.close();
  }
}
