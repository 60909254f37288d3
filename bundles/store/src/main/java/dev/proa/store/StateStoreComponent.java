package dev.proa.store;

import dev.proa.spi.daemon.DaemonSettings;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Registers the store of the daemon's data root. */
@Component(service = StateStore.class, immediate = true)
public final class StateStoreComponent implements StateStore {
  private final SqliteStateStore store;

  @Activate
  public StateStoreComponent(@Reference DaemonSettings settings) {
    this.store = SqliteStateStore.open(settings.dataRoot().resolve("state.db"));
  }

  @Deactivate
  void close() {
    store.close();
  }

  @Override
  public Map<String, byte[]> all(String kind) {
    return store.all(kind);
  }

  @Override
  public Optional<byte[]> get(String kind, String key) {
    return store.get(kind, key);
  }

  @Override
  public void write(Consumer<Transaction> changes) {
    store.write(changes);
  }
}
