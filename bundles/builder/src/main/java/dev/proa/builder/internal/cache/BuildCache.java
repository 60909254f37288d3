package dev.proa.builder.internal.cache;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.proa.images.build.BuildImages;
import dev.proa.store.StateStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which step led to which stack of layers. A step is named by a digest over all that it reads: the stack that it stands on, its words with variables
 * replaced, the environment, the digests of the files that it copies; never times. Held in memory, each change written through.
 */
public final class BuildCache {
  private static final Logger LOG = LoggerFactory.getLogger(BuildCache.class);
  private static final String KIND = "build-cache";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final StateStore store;
  private final BuildImages images;
  private final Map<String, Step> steps = new ConcurrentHashMap<>();
  /** Steps whose use has not been written down yet; to lose that costs nothing but an order. */
  private final Set<String> touched = ConcurrentHashMap.newKeySet();

  /**
   * A step that was made.
   *
   * @param stack id of the stack that it led to
   * @param below id of the stack that it stands on
   * @param created when it was made; seconds and nanoseconds as text
   * @param lastUsed null if never since
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Step(String stack, String below, String description, Instant created, @Nullable Instant lastUsed, int uses) {
    /** Whether it added a layer. */
    public boolean layer() {
      return !stack.equals(below);
    }
  }

  public BuildCache(StateStore store, BuildImages images) {
    this.store = store;
    this.images = images;
    store
        .all(KIND)
        .forEach(
            (key, body) -> {
              try {
                steps.put(key, JSON.readValue(body, Step.class));
              } catch (JacksonException e) {
                LOG.warn("record {} of the build cache cannot be read and is dropped: {}", key, e.getOriginalMessage());
              }
            });
  }

  /** A step, if what it led to is still there. */
  public @Nullable Step find(String key) {
    Step step = steps.get(key);
    if (step == null || images.stack(step.stack()).isEmpty()) {
      return null;
    }
    Step used = new Step(step.stack(), step.below(), step.description(), step.created(), Instant.now(), step.uses() + 1);
    steps.put(key, used);
    touched.add(key);
    return used;
  }

  /** Remembers steps; they are on the disk when this returns. */
  public void put(Map<String, Step> made) {
    if (made.isEmpty()) {
      return;
    }
    store.write(transaction -> made.forEach((key, step) -> transaction.put(KIND, key, JSON.writeValueAsBytes(step))));
    steps.putAll(made);
  }

  /** Writes down what was used. */
  public void flush() {
    Map<String, Step> used = new LinkedHashMap<>();
    for (String key : touched) {
      touched.remove(key);
      Step step = steps.get(key);
      if (step != null) {
        used.put(key, step);
      }
    }
    put(used);
  }

  /** All steps, by key. */
  public Map<String, Step> all() {
    return Map.copyOf(steps);
  }

  public void remove(Collection<String> keys) {
    if (keys.isEmpty()) {
      return;
    }
    List<String> gone = new ArrayList<>(keys);
    store.write(transaction -> gone.forEach(key -> transaction.delete(KIND, key)));
    gone.forEach(steps::remove);
    touched.removeAll(keys);
  }
}
