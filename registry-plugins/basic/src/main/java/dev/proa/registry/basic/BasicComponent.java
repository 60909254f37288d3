package dev.proa.registry.basic;

import dev.proa.spi.Driver;
import dev.proa.spi.registry.RegistryAuthenticator;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Registers the driver; the engine opens it. */
@Component(service = RegistryAuthenticator.class, property = Driver.NAME + "=" + BasicAuthenticator.NAME)
public final class BasicComponent extends BasicAuthenticator {
  @Activate
  public BasicComponent() {}

  /** The engine closes what it opened; a bundle that is stopped behind its back must let go all the same. */
  @Deactivate
  @Override
  public void close() {
    super.close();
  }
}
