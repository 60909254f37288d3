package dev.proa.images.internal.content;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Protects blobs and layers that work in progress relies on and no image refers to yet. Whoever is about to look for or make a thing
 * holds it first; the collector takes a thing away only while nobody holds it, and then looks again whether an image has come to refer to
 * it, so that nothing can slip between the two.
 */
public final class Leases {
  private static final String BLOB = "blob ";
  private static final String LAYER = "layer ";

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, Integer> held = new HashMap<>();
  private final Set<String> removing = new HashSet<>();

  public Lease open() {
    return new Lease();
  }

  /**
   * Runs a removal unless somebody holds the thing; whoever wants to hold it meanwhile waits.
   *
   * @param unreferenced asked once nobody can take hold of it any more
   * @return whether it ran
   */
  public boolean removeBlob(Digest blob, BooleanSupplier unreferenced, Runnable removal) {
    return remove(BLOB + blob, unreferenced, removal);
  }

  /** The same for a layer in the storage driver. */
  public boolean removeLayer(Digest chainId, BooleanSupplier unreferenced, Runnable removal) {
    return remove(LAYER + chainId, unreferenced, removal);
  }

  private boolean remove(String key, BooleanSupplier unreferenced, Runnable removal) {
    lock.lock();
    try {
      if (held.containsKey(key) || !removing.add(key)) {
        return false;
      }
    } finally {
      lock.unlock();
    }
    try {
      if (!unreferenced.getAsBoolean()) {
        return false;
      }
      removal.run();
      return true;
    } finally {
      lock.lock();
      try {
        removing.remove(key);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** What one piece of work holds. */
  public final class Lease implements AutoCloseable {
    private final List<String> keys = new ArrayList<>();

    /** Holds a blob. Waits while it is being removed. */
    public void holdBlob(Digest blob) {
      hold(BLOB + blob);
    }

    /** Holds a layer in the storage driver, by its chain id. Waits while it is being removed. */
    public void holdLayer(Digest chainId) {
      hold(LAYER + chainId);
    }

    private void hold(String key) {
      lock.lock();
      try {
        while (removing.contains(key)) {
          changed.awaitUninterruptibly();
        }
        held.merge(key, 1, Integer::sum);
        keys.add(key);
      } finally {
        lock.unlock();
      }
    }

    /** The blobs it holds. */
    public List<Digest> blobs() {
      return held(BLOB);
    }

    /** The layers it holds, by chain id. */
    public List<Digest> layers() {
      return held(LAYER);
    }

    private List<Digest> held(String kind) {
      lock.lock();
      try {
        return keys.stream().filter(key -> key.startsWith(kind)).map(key -> new Digest(key.substring(kind.length()))).distinct().toList();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        for (String key : keys) {
          held.computeIfPresent(key, (k, count) -> count == 1 ? null : count - 1);
        }
        keys.clear();
      } finally {
        lock.unlock();
      }
    }
  }
}
