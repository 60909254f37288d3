package org.example.lines;

import dev.proa.spi.Driver;
import dev.proa.spi.log.LogDriver;
import org.osgi.service.component.annotations.Component;

/** Registers the driver under its name; the engine opens and closes it. */
@Component(service = LogDriver.class, property = Driver.NAME + "=lines")
public final class LinesComponent extends LinesLog {}
