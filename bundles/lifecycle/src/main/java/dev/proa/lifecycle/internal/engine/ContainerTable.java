package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.Json;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.spi.ProaException;
import dev.proa.store.StateStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** All containers by id and name, and the one way to change a row: memory follows the store. */
final class ContainerTable {
  private final StateStore store;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final NavigableMap<String, Container> byId = new TreeMap<>();

  /** Name to id; also of containers that are being created, which are not in {@link #byId} yet. */
  private final Map<String, String> names = new HashMap<>();

  ContainerTable(StateStore store) {
    this.store = store;
  }

  /** A container that the store already has. */
  void load(Container container) {
    lock.writeLock().lock();
    try {
      byId.put(container.id(), container);
      names.put(container.row().name(), container.id());
    } finally {
      lock.writeLock().unlock();
    }
  }

  Collection<Container> all() {
    lock.readLock().lock();
    try {
      return new ArrayList<>(byId.values());
    } finally {
      lock.readLock().unlock();
    }
  }

  /** By whole id, name or unique prefix of an id, in this order; {@code NOT_FOUND} with Docker's words. */
  Container get(String ref) {
    Container found = find(ref);
    if (found == null) {
      throw ProaException.notFound("No such container: " + ref);
    }
    return found;
  }

  @Nullable Container byId(String id) {
    lock.readLock().lock();
    try {
      return byId.get(id);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** As {@link #get}; null if there is none. */
  @Nullable Container find(String ref) {
    if (ref.isEmpty()) {
      throw ProaException.invalid("invalid name or ID supplied: \"\"");
    }
    lock.readLock().lock();
    try {
      Container exact = byId.get(ref);
      if (exact != null) {
        return exact;
      }
      String named = names.get(ref.startsWith("/") ? ref.substring(1) : ref);
      if (named != null && byId.containsKey(named)) {
        return byId.get(named);
      }
      Map.Entry<String, Container> first = byId.ceilingEntry(ref);
      if (first == null || !first.getKey().startsWith(ref)) {
        return null;
      }
      Map.Entry<String, Container> second = byId.higherEntry(first.getKey());
      if (second != null && second.getKey().startsWith(ref)) {
        throw ProaException.invalid("multiple IDs found with provided prefix: " + ref);
      }
      return first.getValue();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Takes a name for a container. {@code CONFLICT} with Docker's words if another has it. */
  void reserve(String name, String id) {
    lock.writeLock().lock();
    try {
      String holder = names.putIfAbsent(name, id);
      if (holder != null && !holder.equals(id)) {
        throw ProaException.conflict(
            "Conflict. The container name \"/"
                + name
                + "\" is already in use by container \""
                + holder
                + "\". You have to remove (or rename) that container to be able to reuse that name.");
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  void release(String name, String id) {
    lock.writeLock().lock();
    try {
      names.remove(name, id);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Takes a made-up name. */
  String reserveMadeUp(UnaryOperator<String> makeUp, String id) {
    lock.writeLock().lock();
    try {
      String name = makeUp.apply(id);
      names.put(name, id);
      return name;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Whether a name is taken; only for use within {@link #reserveMadeUp}. */
  boolean taken(String name) {
    return names.containsKey(name);
  }

  /** Acknowledges a new container, together with whatever else belongs to its transaction. */
  void insert(Container container, Consumer<StateStore.Transaction> more) {
    store.write(
        transaction -> {
          transaction.put(ContainerRow.KIND, container.id(), Json.write(container.row()));
          more.accept(transaction);
        });
    load(container);
  }

  /** Writes what changed of the row and then shows it. The container's lock is held. */
  void update(Container container, ContainerRow row) {
    boolean onlyLife = row.isMadeAs(container.row());
    store.write(
        transaction -> {
          if (onlyLife) {
            transaction.put(ContainerRow.Life.KIND, container.id(), Json.write(row.life()));
          } else {
            transaction.put(ContainerRow.KIND, container.id(), Json.write(row)).delete(ContainerRow.Life.KIND, container.id());
          }
        });
    container.row(row);
  }

  void delete(Container container, Consumer<StateStore.Transaction> more) {
    store.write(
        transaction -> {
          transaction.delete(ContainerRow.KIND, container.id()).delete(ContainerRow.Life.KIND, container.id());
          more.accept(transaction);
        });
    lock.writeLock().lock();
    try {
      byId.remove(container.id());
      names.remove(container.row().name(), container.id());
    } finally {
      lock.writeLock().unlock();
    }
  }

  List<ContainerRow> rows() {
    return all().stream().map(Container::row).toList();
  }
}
