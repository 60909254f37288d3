package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.state.VolumeRow;
import dev.proa.plugins.Drivers;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.volume.VolumeDriver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The volume drivers of plugins, and the order of calls on one volume: a driver that takes its time keeps nobody waiting but who wants its volumes. */
final class VolumeDrivers {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeDrivers.class);
  private static final int STRIPES = 64;

  private final Drivers drivers;
  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];

  VolumeDrivers(Drivers drivers) {
    this.drivers = drivers;
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new ReentrantLock();
    }
  }

  /** Held around everything that is done about a volume of a plugin; taken before any other lock. */
  ReentrantLock order(String volume) {
    return stripes[Math.floorMod(volume.hashCode(), STRIPES)];
  }

  /** The names that {@code --driver} takes. */
  List<String> names() {
    List<String> names = new ArrayList<>(List.of(VolumeRow.LOCAL));
    names.addAll(drivers.names(VolumeDriver.class));
    return names;
  }

  /** {@code NOT_FOUND} with those that are there. @param driver empty for the default */
  String check(String volume, String driver) {
    String name = driver.isEmpty() ? VolumeRow.LOCAL : driver;
    List<String> names = names();
    if (!names.contains(name)) {
      throw ProaException.notFound("create " + volume + ": error looking up volume plugin " + name + ": plugin \"" + name + "\" not found: known are " + String.join(", ", names));
    }
    return name;
  }

  Path create(String driver, String volume, Map<String, String> options) {
    Path folder = call(driver, "create " + volume, it -> it.create(volume, options));
    if (!folder.isAbsolute()) {
      throw ProaException.internal("create " + volume + ": volume driver " + driver + " says that it is at " + folder + ", which is no absolute path", null);
    }
    return folder.normalize();
  }

  void mount(VolumeRow row, String container) {
    order(row.name()).lock();
    try {
      run(row.driverName(), "error while mounting volume '" + row.name() + "'", it -> it.mount(row.name(), container));
    } finally {
      order(row.name()).unlock();
    }
  }

  void unmount(VolumeRow row, String container) {
    order(row.name()).lock();
    try {
      run(row.driverName(), "unmount " + row.name(), it -> it.unmount(row.name(), container));
    } catch (ProaException e) {
      LOG.warn("volume {} stays mounted: {}", row.name(), e.getMessage());
    } finally {
      order(row.name()).unlock();
    }
  }

  void remove(String driver, String volume) {
    run(driver, "remove " + volume, it -> it.remove(volume));
  }

  Map<String, String> status(VolumeRow row) {
    try {
      return call(row.driverName(), "get " + row.name(), it -> Map.copyOf(it.status(row.name())));
    } catch (ProaException e) {
      return Map.of("error", String.valueOf(e.getMessage()));
    }
  }

  private void run(String driver, String what, java.util.function.Consumer<VolumeDriver> work) {
    call(
        driver,
        what,
        it -> {
          work.accept(it);
          return true;
        });
  }

  /** With what was tried in front of what came back; a driver that is not there is no volume that is not there. */
  private <R> R call(String driver, String what, Function<VolumeDriver, R> work) {
    try {
      return drivers.<VolumeDriver, R, RuntimeException>use(VolumeDriver.class, driver, work::apply);
    } catch (ProaException e) {
      ErrorClass kind = e.is(ErrorClass.NOT_FOUND) ? ErrorClass.UNAVAILABLE : e.errorClass();
      throw new ProaException(kind, what + ": " + e.getMessage(), e);
    }
  }
}
