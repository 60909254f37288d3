package dev.proa.registry.certificate;

import dev.proa.spi.Driver;
import dev.proa.spi.registry.RegistryAuthenticator;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Registers the driver; the engine opens it. */
@Component(service = RegistryAuthenticator.class, property = Driver.NAME + "=" + CertificateAuthenticator.NAME)
public final class CertificateComponent extends CertificateAuthenticator {
  @Activate
  public CertificateComponent() {}

  /** The engine closes what it opened; a bundle that is stopped behind its back must let go all the same. */
  @Deactivate
  @Override
  public void close() {
    super.close();
  }
}
