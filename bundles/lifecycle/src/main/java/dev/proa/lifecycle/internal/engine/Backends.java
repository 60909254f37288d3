package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.plugins.Drivers;
import dev.proa.spi.isolation.IsolationBackend;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The isolation backends: by lease, but for the one that is just being opened, which adopts tasks and reports ends before it has leases. */
final class Backends {
  private final Drivers drivers;
  private final Map<String, IsolationBackend> opening = new ConcurrentHashMap<>();

  Backends(Drivers drivers) {
    this.drivers = drivers;
  }

  <R extends @Nullable Object> R use(ContainerRow row, Drivers.Use<IsolationBackend, R, RuntimeException> work) {
    IsolationBackend early = opening.get(row.isolation());
    return early != null ? work.with(early) : drivers.use(IsolationBackend.class, row.isolation(), work::with);
  }

  void run(ContainerRow row, Drivers.Run<IsolationBackend, RuntimeException> work) {
    IsolationBackend early = opening.get(row.isolation());
    if (early != null) {
      work.with(early);
    } else {
      drivers.run(IsolationBackend.class, row.isolation(), work::with);
    }
  }

  void opening(String name, IsolationBackend backend) {
    opening.put(name, backend);
  }

  void opened(String name) {
    opening.remove(name);
  }
}
