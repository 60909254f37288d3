package dev.proa.spi;

import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What the engine gives to every driver when it opens it. Two instances of one driver (the old version and the new) may be open over the
 * same folders for a while.
 */
@ProviderType
public interface DriverContext {
  /** The driver's own folder for what survives a reboot ({@code data-root/POINT/NAME}, such as {@code storage/overlay}); exists, mode 0700. */
  Path stateDir();

  /** The driver's own folder for what may be lost at a reboot ({@code exec-root/POINT/NAME}); exists, mode 0700. */
  Path runDir();
}
