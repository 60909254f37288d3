package org.example.lines;

import dev.proa.spi.Driver;
import dev.proa.spi.log.LogDriver;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.Designate;

/** Registers the driver under its name, and hands it its settings; the engine opens and closes it. */
@Component(service = LogDriver.class, property = Driver.NAME + "=lines", configurationPid = LinesConfig.PID)
@Designate(ocd = LinesConfig.class)
public final class LinesComponent extends LinesLog {
  /** Modified as well: a change does not make the component anew. */
  @Activate
  @Modified
  void configure(LinesConfig config) {
    maxLineBytes(config.max$_$line$_$bytes());
  }
}
