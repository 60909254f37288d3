package org.example.tmpfs;

import dev.proa.spi.Driver;
import dev.proa.spi.storage.StorageDriver;
import org.osgi.service.component.annotations.Component;

/** Registers the driver under its name; the engine opens and closes it. */
@Component(service = StorageDriver.class, property = Driver.NAME + "=" + TmpfsStorage.NAME)
public final class TmpfsComponent extends TmpfsStorage {}
