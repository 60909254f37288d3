package dev.proa.registry.cosign;

import dev.proa.spi.Driver;
import dev.proa.spi.policy.ImageVerifier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Registers the driver; the engine opens it. */
@Component(service = ImageVerifier.class, property = Driver.NAME + "=" + CosignVerifier.NAME)
public final class CosignComponent extends CosignVerifier {
  @Activate
  public CosignComponent() {}

  /** The engine closes what it opened; a bundle that is stopped behind its back must let go all the same. */
  @Deactivate
  @Override
  public void close() {
    super.close();
  }
}
