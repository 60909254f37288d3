package dev.proa.registry.token;

import dev.proa.spi.Driver;
import dev.proa.spi.registry.RegistryAuthenticator;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Registers the driver; the engine opens it. */
@Component(service = RegistryAuthenticator.class, property = Driver.NAME + "=" + TokenAuthenticator.NAME)
public final class TokenComponent extends TokenAuthenticator {
  @Activate
  public TokenComponent() {}

  /** The engine closes what it opened; a bundle that is stopped behind its back must let go all the same. */
  @Deactivate
  @Override
  public void close() {
    super.close();
  }
}
