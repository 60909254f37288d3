package dev.proa.builder.internal;

import dev.proa.builder.Builds;
import dev.proa.images.Images;
import dev.proa.images.build.BuildImages;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.roots.ImageRoots;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.store.StateStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The builder of this daemon. */
@Component(service = Builds.class)
public final class BuilderComponent extends BuildService {
  @Activate
  public BuilderComponent(
      @Reference DaemonSettings settings,
      @Reference StateStore store,
      @Reference Images images,
      @Reference BuildImages layers,
      @Reference ImageRoots roots,
      @Reference Containers containers) {
    super(settings, images, layers, roots, containers, store);
  }

  @Override
  @Deactivate
  public void close() {
    super.close();
  }
}
