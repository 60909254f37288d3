package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.containers.Containers.StopOptions;
import dev.proa.lifecycle.internal.logs.LogOptions;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.plugins.DriverUsers;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.IsolationBackend;
import dev.proa.spi.log.LogDriver;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.storage.StorageDriver;
import dev.proa.spi.volume.VolumeDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Which containers, networks and images stand on a driver. */
final class DriverUse implements DriverUsers {
  private final Engine engine;
  private final Containers containers;

  DriverUse(Engine engine, Containers containers) {
    this.engine = engine;
    this.containers = containers;
  }

  @Override
  public List<String> of(String point, String driver) {
    List<String> users = new ArrayList<>();
    for (Container container : engine.table.all()) {
      ContainerRow row = container.row();
      if (uses(row, point, driver)) {
        users.add((row.state().status().hasProcess() ? "running container " : "container ") + row.name());
      }
    }
    if (point.equals(NetworkDriver.class.getName())) {
      engine.networks.all().stream().filter(network -> network.driver().equals(driver)).map(NetworkRow::name).sorted().forEach(name -> users.add("network " + name));
    }
    if (point.equals(VolumeDriver.class.getName())) {
      engine.volumes.of(driver).forEach(name -> users.add("volume " + name));
    }
    if (point.equals(StorageDriver.class.getName()) && driver.equals(engine.storageDriver())) {
      int images = engine.images.list(Map.of()).size();
      if (images > 0) {
        users.add(images + (images == 1 ? " image" : " images"));
      }
    }
    return users;
  }

  private boolean uses(ContainerRow row, String point, String driver) {
    if (point.equals(StorageDriver.class.getName())) {
      return row.storageDriver().equals(driver);
    }
    if (point.equals(IsolationBackend.class.getName())) {
      return row.isolation().equals(driver);
    }
    if (point.equals(NetworkDriver.class.getName())) {
      return row.networks().keySet().stream()
          .anyMatch(name -> engine.networks.all().stream().anyMatch(network -> network.name().equals(name) && network.driver().equals(driver)));
    }
    if (point.equals(LogDriver.class.getName())) {
      return LogOptions.type(row.hostConfig().logConfig()).equals(driver);
    }
    if (point.equals(VolumeDriver.class.getName())) {
      return row.mounts().stream().anyMatch(mount -> driver.equals(mount.volumeDriver()));
    }
    return false;
  }

  @Override
  public void stop(String point, String driver) {
    for (Container container : engine.table.all()) {
      ContainerRow row = container.row();
      if (uses(row, point, driver) && row.state().status().hasProcess()) {
        try {
          containers.stop(row.id(), StopOptions.DEFAULT);
        } catch (ProaException e) {
          if (!e.is(ErrorClass.NOT_MODIFIED) && !e.is(ErrorClass.NOT_FOUND)) {
            throw e;
          }
        }
      }
    }
  }
}
