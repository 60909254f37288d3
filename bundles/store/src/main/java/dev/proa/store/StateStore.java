package dev.proa.store;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Documents by kind and key, in one SQLite database ({@code data-root/state.db}). What is not in it does not exist: a request is
 * acknowledged once its one transaction is on the disk. The owners of a kind keep their documents in memory, read them all at start and
 * write each change through; nobody queries the database while serving.
 *
 * <p>A body is the owner's bytes (UTF-8 JSON by custom). Thread-safe.
 */
@ProviderType
public interface StateStore {

  /** All documents of a kind, by key, in key order. */
  Map<String, byte[]> all(String kind);

  Optional<byte[]> get(String kind, String key);

  /**
   * Writes a transaction and returns once it is on the disk. Transactions of concurrent callers share one sync.
   *
   * @throws dev.proa.spi.ProaException {@code RESOURCE_EXHAUSTED} if the disk is full, {@code INTERNAL} for other failures; nothing of the
   *     transaction is then kept
   */
  void write(Consumer<Transaction> changes);

  /** Collects changes; valid only within {@link #write}. */
  interface Transaction {
    Transaction put(String kind, String key, byte[] body);

    Transaction delete(String kind, String key);
  }
}
