package dev.proa.scan.component;

import dev.proa.spi.Driver;
import dev.proa.spi.api.ApiResource;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.Designate;

/** Registers the resource; the engine opens it. */
@Component(service = ApiResource.class, property = Driver.NAME + "=" + ScanResource.NAME, configurationPid = ScanConfig.PID)
@Designate(ocd = ScanConfig.class)
public final class ScanComponent extends ScanResource {
  @Activate
  public ScanComponent(ScanConfig config) {
    changed(config);
  }

  @Modified
  void changed(ScanConfig config) {
    settings(new Settings(config.mirror(), config.max$_$age$_$hours(), (long) config.cache$_$mib() << 20));
  }

  /** The engine closes what it opened; a bundle that is stopped behind its back must let go all the same. */
  @Deactivate
  @Override
  public void close() {
    super.close();
  }
}
