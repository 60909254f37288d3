package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.files.StublessTar;
import dev.proa.lifecycle.internal.run.NetworkFiles;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.roots.ImageRoots.LayerUse;
import dev.proa.spi.storage.StorageDriver;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What a container has changed, as a layer: for {@code docker commit} and for builds. */
final class ContainerLayer {
  private ContainerLayer() {}

  /** @param stubs paths, besides the engine's own, that were made to mount something at; without slashes at their ends */
  static <R> R use(Engine engine, ContainerRow row, Set<String> stubs, LayerUse<R> use) throws IOException {
    Set<String> all = new HashSet<>(stubs);
    RootChanges.engineTargets(row).forEach(path -> all.add(path.substring(1)));
    Map<String, String> links = new HashMap<>();
    NetworkFiles.LINKS.forEach((path, target) -> links.put(path.substring(1), target));
    return engine.drivers.<StorageDriver, R, IOException>use(
        StorageDriver.class,
        row.storageDriver(),
        driver -> {
          try (InputStream diff = new StublessTar(driver.diff(row.id()), all, links)) {
            return use.of(diff);
          }
        });
  }
}
