package dev.proa.lifecycle.assembly;

import dev.proa.plugins.Drivers;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.IsolationBackend;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.storage.StorageDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Drivers by name from a map: one version of each, no leases. */
final class PlainDrivers implements Drivers, AutoCloseable {
  private final Map<Class<?>, Map<String, Object>> drivers = new ConcurrentHashMap<>();
  private final Path dataRoot;
  private final Path execRoot;

  PlainDrivers(Path dataRoot, Path execRoot) {
    this.dataRoot = dataRoot;
    this.execRoot = execRoot;
  }

  private record Folders(Path stateDir, Path runDir) implements DriverContext {}

  DriverContext context(String name) {
    try {
      return new Folders(Files.createDirectories(dataRoot.resolve(name)), Files.createDirectories(execRoot.resolve(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void storage(String name, StorageDriver driver) {
    driver.open(context(name));
    put(StorageDriver.class, name, driver);
  }

  void network(String name, NetworkDriver driver) {
    driver.open(context("network-" + name));
    put(NetworkDriver.class, name, driver);
  }

  /** Opened by the core. */
  void isolation(String name, IsolationBackend backend) {
    put(IsolationBackend.class, name, backend);
  }

  private <T> void put(Class<T> point, String name, T driver) {
    drivers.computeIfAbsent(point, unknown -> new ConcurrentHashMap<>()).put(name, driver);
  }

  private <T> T get(Class<T> point, String name) {
    Object driver = drivers.getOrDefault(point, Map.of()).get(name);
    if (driver == null) {
      throw ProaException.notFound("no " + point.getSimpleName() + " \"" + name + "\": known are " + names(point));
    }
    return point.cast(driver);
  }

  @Override
  public <T, R extends @Nullable Object, E extends Exception> R use(Class<T> point, String name, Use<? super T, R, E> work) throws E {
    return work.with(get(point, name));
  }

  @Override
  public <T, E extends Exception> void run(Class<T> point, String name, Run<? super T, E> work) throws E {
    work.with(get(point, name));
  }

  @Override
  public <T> AutoCloseable openWith(Class<T> point, Opener<? super T> opener) {
    drivers.getOrDefault(point, Map.of()).forEach((name, driver) -> opener.open(name, point.cast(driver), context(name)));
    return () -> drivers.getOrDefault(point, Map.of()).values().forEach(PlainDrivers::close);
  }

  private static void close(Object driver) {
    if (driver instanceof IsolationBackend backend) {
      backend.close();
    } else if (driver instanceof StorageDriver storage) {
      storage.close();
    } else if (driver instanceof NetworkDriver network) {
      network.close();
    }
  }

  @Override
  public List<DriverInfo> list() {
    return List.of();
  }

  @Override
  public List<String> names(Class<?> point) {
    return drivers.getOrDefault(point, Map.of()).keySet().stream().sorted().toList();
  }

  @Override
  public void close() {
    drivers.getOrDefault(StorageDriver.class, Map.of()).values().forEach(PlainDrivers::close);
    drivers.getOrDefault(NetworkDriver.class, Map.of()).values().forEach(PlainDrivers::close);
  }
}
