package dev.proa.storage.vfs;

import dev.proa.spi.Driver;
import dev.proa.spi.storage.StorageDriver;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Registers the driver; the engine opens it. */
@Component(service = StorageDriver.class, property = Driver.NAME + "=" + VfsDriver.NAME)
public final class VfsComponent extends VfsDriver {
  @Activate
  public VfsComponent() {}

  /** The engine closes what it opened; a bundle that is stopped behind its back must let go all the same. */
  @Deactivate
  @Override
  public void close() {
    super.close();
  }
}
