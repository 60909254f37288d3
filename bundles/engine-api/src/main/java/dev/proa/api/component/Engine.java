package dev.proa.api.component;

import dev.proa.api.build.BuildHandlers;
import dev.proa.api.build.BuildRoutes;
import dev.proa.api.build.BuildkitHandlers;
import dev.proa.api.containers.ArchiveHandlers;
import dev.proa.api.containers.ContainerHandlers;
import dev.proa.api.containers.ContainerRoutes;
import dev.proa.api.containers.ContainerStreamHandlers;
import dev.proa.api.distribution.DistributionHandlers;
import dev.proa.api.distribution.DistributionRoutes;
import dev.proa.api.events.EventHandlers;
import dev.proa.api.events.EventRoutes;
import dev.proa.api.exec.ExecHandlers;
import dev.proa.api.exec.ExecRoutes;
import dev.proa.api.extensions.ExtensionHandlers;
import dev.proa.api.extensions.ExtensionRoutes;
import dev.proa.api.images.ImageHandlers;
import dev.proa.api.images.ImageRoutes;
import dev.proa.api.images.ImageTransferHandlers;
import dev.proa.api.networks.NetworkHandlers;
import dev.proa.api.networks.NetworkRoutes;
import dev.proa.api.plugins.PluginHandlers;
import dev.proa.api.plugins.PluginRoutes;
import dev.proa.api.plugins.ProaPluginHandlers;
import dev.proa.api.router.Route;
import dev.proa.api.router.Router;
import dev.proa.api.swarm.SwarmRoutes;
import dev.proa.api.settings.SettingsHandlers;
import dev.proa.api.settings.SettingsRoutes;
import dev.proa.api.system.PingHandler;
import dev.proa.api.system.SystemHandlers;
import dev.proa.api.system.SystemRoutes;
import dev.proa.api.volumes.VolumeHandlers;
import dev.proa.api.volumes.VolumeRoutes;
import dev.proa.builder.Builds;
import dev.proa.buildkit.Buildkit;
import dev.proa.images.Artifacts;
import dev.proa.images.Images;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.containers.Execs;
import dev.proa.lifecycle.events.Events;
import dev.proa.lifecycle.networks.Networks;
import dev.proa.lifecycle.system.SystemInfo;
import dev.proa.lifecycle.volumes.Volumes;
import dev.proa.plugins.Drivers;
import dev.proa.plugins.PluginSources;
import dev.proa.plugins.Plugins;
import dev.proa.plugins.Settings;
import java.util.ArrayList;
import java.util.List;

/** What the API is an API of. */
public record Engine(
    Containers containers,
    Execs execs,
    Images images,
    Artifacts artifacts,
    Builds builds,
    Buildkit buildkit,
    Volumes volumes,
    Networks networks,
    Events events,
    SystemInfo system,
    Plugins plugins,
    PluginSources pluginSources,
    Drivers drivers,
    Settings settings) {

  /** The whole API. */
  public Router router(String productVersion, boolean experimental) {
    List<Route> routes = new ArrayList<>(SystemRoutes.ping(new PingHandler()));
    routes.addAll(SystemRoutes.of(new SystemHandlers(system, images, containers::usersOf, builds)));
    routes.addAll(ExecRoutes.of(new ExecHandlers(execs)));
    routes.addAll(ContainerRoutes.of(new ContainerHandlers(containers), new ContainerStreamHandlers(containers), new ArchiveHandlers(containers)));
    routes.addAll(ImageRoutes.of(new ImageHandlers(images, containers::usersOf, () -> system.info().driver()), new ImageTransferHandlers(images)));
    routes.addAll(DistributionRoutes.of(new DistributionHandlers(images)));
    routes.addAll(VolumeRoutes.of(new VolumeHandlers(volumes)));
    routes.addAll(NetworkRoutes.of(new NetworkHandlers(networks)));
    routes.addAll(EventRoutes.of(new EventHandlers(events)));
    routes.addAll(
        PluginRoutes.of(new PluginHandlers(plugins, pluginSources, artifacts, settings), new ProaPluginHandlers(plugins, pluginSources, artifacts, drivers, settings)));
    routes.addAll(SettingsRoutes.of(new SettingsHandlers(settings)));
    routes.addAll(BuildRoutes.of(new BuildHandlers(builds), new BuildkitHandlers(buildkit)));
    routes.addAll(SwarmRoutes.of());
    routes.addAll(ExtensionRoutes.of(new ExtensionHandlers(drivers, images::read)));
    return new Router(productVersion, experimental, routes);
  }
}
