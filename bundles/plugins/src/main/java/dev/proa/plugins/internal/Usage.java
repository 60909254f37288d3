package dev.proa.plugins.internal;

import dev.proa.plugins.DriverUsers;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sees to it that no driver is taken away from somebody who uses it. */
final class Usage {
  /** Users that are named. */
  private static final int NAMED = 10;

  private final DriverRegistry drivers;
  private final Supplier<List<DriverUsers>> askable;

  Usage(DriverRegistry drivers, Supplier<List<DriverUsers>> askable) {
    this.drivers = drivers;
    this.askable = askable;
  }

  /**
   * @param force stops the users
   * @throws ProaException {@code CONFLICT} with their names otherwise
   */
  void free(String plugin, Deployment.@Nullable Installed installed, boolean force) {
    if (installed == null) {
      return;
    }
    List<String> found = new ArrayList<>();
    for (DriverInstance driver : drivers.of(installed.bundle())) {
      if (drivers.hasOther(driver)) {
        continue;
      }
      for (DriverUsers users : askable.get()) {
        List<String> of = users.of(driver.point(), driver.name());
        if (!of.isEmpty() && force) {
          users.stop(driver.point(), driver.name());
        } else {
          of.forEach(user -> found.add(user + " (" + JarContent.point(driver.point()) + " driver " + driver.name() + ")"));
        }
      }
    }
    if (!found.isEmpty()) {
      List<String> named = found.size() > NAMED ? found.subList(0, NAMED) : found;
      String more = found.size() > NAMED ? " and " + (found.size() - NAMED) + " more" : "";
      throw ProaException.conflict("plugin " + plugin + " is in use by " + String.join(", ", named) + more + ": stop them first, or force it");
    }
  }
}
