package dev.proa.network.none;

import dev.proa.spi.Driver;
import dev.proa.spi.network.NetworkDriver;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Registers the driver; the engine opens it. */
@Component(service = NetworkDriver.class, property = Driver.NAME + "=" + NoneDriver.NAME)
public final class NoneComponent extends NoneDriver {
  @Activate
  public NoneComponent() {}

  /** The engine closes what it opened; a bundle that is stopped behind its back must let go all the same. */
  @Deactivate
  @Override
  public void close() {
    super.close();
  }
}
