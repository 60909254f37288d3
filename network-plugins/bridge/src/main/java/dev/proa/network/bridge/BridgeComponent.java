package dev.proa.network.bridge;

import dev.proa.spi.Driver;
import dev.proa.spi.network.NetworkDriver;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.Designate;

/** Registers the driver; the engine opens it. */
@Component(service = NetworkDriver.class, property = Driver.NAME + "=" + BridgeDriver.NAME, configurationPid = BridgeConfig.PID)
@Designate(ocd = BridgeConfig.class)
public final class BridgeComponent extends BridgeDriver {
  @Activate
  public BridgeComponent(BridgeConfig config) {
    changed(config);
  }

  @Modified
  void changed(BridgeConfig config) {
    defaultMtu(config.mtu());
  }

  /** The engine closes what it opened; a bundle that is stopped behind its back must let go all the same. */
  @Deactivate
  @Override
  public void close() {
    super.close();
  }
}
