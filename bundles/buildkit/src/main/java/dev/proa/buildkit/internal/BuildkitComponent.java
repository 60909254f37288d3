package dev.proa.buildkit.internal;

import dev.proa.builder.Builds;
import dev.proa.buildkit.Buildkit;
import dev.proa.images.Images;
import dev.proa.spi.daemon.DaemonSettings;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** BuildKit's protocol in this daemon. */
@Component(service = Buildkit.class)
public final class BuildkitComponent extends BuildkitService {
  @Activate
  public BuildkitComponent(@Reference DaemonSettings settings, @Reference Builds builds, @Reference Images images) {
    super(settings, builds, images);
  }
}
