package org.example.shelf;

import dev.proa.spi.Driver;
import dev.proa.spi.volume.VolumeDriver;
import org.osgi.service.component.annotations.Component;

/** Registers the driver under its name; the engine opens and closes it. */
@Component(service = VolumeDriver.class, property = Driver.NAME + "=shelf")
public final class ShelfComponent extends ShelfVolumes {}
