package dev.proa.lifecycle.internal;

import dev.proa.images.Images;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.containers.Execs;
import dev.proa.lifecycle.events.Events;
import dev.proa.lifecycle.internal.engine.Core;
import dev.proa.lifecycle.networks.Networks;
import dev.proa.lifecycle.system.SystemInfo;
import dev.proa.lifecycle.volumes.Volumes;
import dev.proa.plugins.Drivers;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.store.StateStore;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Registers the core's services once the containers of an earlier daemon are taken up again. */
@Component(service = {})
public final class LifecycleComponent {
  private final Core core;
  private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

  @Activate
  public LifecycleComponent(
      BundleContext context,
      @Reference DaemonSettings settings,
      @Reference StateStore store,
      @Reference Images images,
      @Reference Drivers drivers) {
    core = new Core(settings, store, images, drivers);
    registrations.add(context.registerService(Containers.class, core.containers(), null));
    registrations.add(context.registerService(Execs.class, core.execs(), null));
    registrations.add(context.registerService(Volumes.class, core.volumes(), null));
    registrations.add(context.registerService(Networks.class, core.networks(), null));
    registrations.add(context.registerService(Events.class, core.events(), null));
    registrations.add(context.registerService(SystemInfo.class, core.system(), null));
  }

  @Deactivate
  void deactivate() {
    registrations.reversed().forEach(ServiceRegistration::unregister);
    core.close();
  }
}
