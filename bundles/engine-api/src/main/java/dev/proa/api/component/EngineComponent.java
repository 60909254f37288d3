package dev.proa.api.component;

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
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Opens the API's gate once all of the engine is there. */
@Component(service = EngineComponent.class, immediate = true)
public final class EngineComponent {
  private final Gate gate;

  @Activate
  public EngineComponent(
      @Reference ApiComponent api,
      @Reference Containers containers,
      @Reference Execs execs,
      @Reference Images images,
      @Reference Builds builds,
      @Reference Buildkit buildkit,
      @Reference Artifacts artifacts,
      @Reference Volumes volumes,
      @Reference Networks networks,
      @Reference Events events,
      @Reference SystemInfo system,
      @Reference Plugins plugins,
      @Reference PluginSources pluginSources,
      @Reference Drivers drivers,
      @Reference Settings settings) {
    gate = api.gate();
    gate.open(new Engine(containers, execs, images, artifacts, builds, buildkit, volumes, networks, events, system, plugins, pluginSources, drivers, settings));
  }

  @Deactivate
  void stop() {
    gate.close();
  }
}
