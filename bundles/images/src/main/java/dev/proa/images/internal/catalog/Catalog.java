package dev.proa.images.internal.catalog;

import dev.proa.images.Reference;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.CatalogState.Name;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.ImageDocument;
import dev.proa.images.internal.manifest.Json;
import dev.proa.spi.ProaException;
import dev.proa.store.StateStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which images there are and what they are called: read from the state store at the start, held in memory, each change written through
 * before it is seen. Readers take the {@linkplain #state state} of a moment and are never blocked.
 */
public final class Catalog {
  private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);
  private static final String REFERENCE = "reference";

  private final StateStore store;
  private final ContentStore content;
  private final ReentrantLock changing = new ReentrantLock();
  private volatile CatalogState state = CatalogState.EMPTY;
  /** Images whose configuration could not be read at the start, with the reason. */
  private final Map<Digest, String> damaged = new HashMap<>();

  public Catalog(StateStore store, ContentStore content) {
    this.store = store;
    this.content = content;
    Map<Digest, Entry> images = new HashMap<>();
    store.all(StoredImage.KIND).forEach((key, body) -> read(key, body, images));
    SortedMap<String, Name> names = new TreeMap<>();
    store
        .all(REFERENCE)
        .forEach(
            (key, body) -> {
              String what = "reference " + key + " in the state store";
              Digest image = new Digest(Json.string(Json.parseObject(body, what), "image", what));
              names.put(key, new Name(Reference.parse(key), image));
            });
    state = new CatalogState(images, names);
  }

  private void read(String key, byte[] body, Map<Digest, Entry> images) {
    StoredImage stored = StoredImage.parse(key, body);
    try {
      images.put(stored.id(), new Entry(stored, ImageDocument.parse(content.read(stored.id(), Json.MAX_DOCUMENT))));
      for (StoredLayer layer : stored.layers()) {
        if (!content.has(layer.blob())) {
          LOG.warn("image {}: the content store lacks the blob {} of a layer; pull or load the image again", stored.id(), layer.blob());
        }
      }
    } catch (ProaException e) {
      damaged.put(stored.id(), e.getMessage());
      LOG.warn("image {} cannot be used: {}", stored.id(), e.getMessage());
    }
  }

  public CatalogState state() {
    return state;
  }

  /** An image by its id. */
  public Optional<Entry> byId(Digest id) {
    return Optional.ofNullable(state.images().get(id));
  }

  /**
   * The image that a name or an id (or a unique prefix of one) means.
   *
   * @throws ProaException {@code NOT_FOUND}, {@code INVALID_ARGUMENT}, {@code DATA_LOSS} if it is damaged
   */
  public Entry resolve(String nameOrId) {
    return find(nameOrId).orElseThrow(() -> missing(nameOrId));
  }

  /** The name by which this means an image; empty if it does so as an id. */
  public Optional<Reference> nameOf(String nameOrId) {
    return Reference.asId(nameOrId).isPresent()
        ? Optional.empty()
        : Optional.ofNullable(state.names().get(Reference.parse(nameOrId).stored().toString())).map(Name::reference);
  }

  private Optional<Entry> find(String nameOrId) {
    CatalogState now = state;
    Optional<String> id = Reference.asId(nameOrId);
    if (id.isPresent()) {
      return get(now, new Digest(id.get()));
    }
    Name name = now.names().get(Reference.parse(nameOrId).stored().toString());
    if (name != null) {
      Optional<Entry> image = get(now, name.image());
      if (image.isPresent()) {
        return image;
      }
    }
    return byPrefix(now, nameOrId);
  }

  private static Optional<Entry> byPrefix(CatalogState now, String text) {
    String prefix = text.startsWith("sha256:") ? text.substring(7) : text;
    if (prefix.isEmpty() || !prefix.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
      return Optional.empty();
    }
    List<Entry> found = now.images().values().stream().filter(image -> image.id().hex().startsWith(prefix)).limit(2).toList();
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }

  private Optional<Entry> get(CatalogState now, Digest id) {
    Entry image = now.images().get(id);
    String damage = image == null ? damage(id) : null;
    if (damage != null) {
      throw ProaException.dataLoss("image " + id + " cannot be used: " + damage);
    }
    return Optional.ofNullable(image);
  }

  private @Nullable String damage(Digest id) {
    synchronized (damaged) {
      return damaged.get(id);
    }
  }

  private static ProaException missing(String nameOrId) {
    String shown = Reference.asId(nameOrId).orElseGet(() -> Reference.parse(nameOrId).orLatest().familiar());
    return ProaException.notFound("No such image: " + shown);
  }

  /** Adds an image that was made here, with its name if it has one. */
  public void register(@Nullable Reference name, Entry image) {
    change(
        draft -> {
          draft.put(name == null ? image : new Entry(image.stored().taggedAt(Instant.now()), image.document()));
          if (name != null) {
            draft.name(name, image.id());
          }
        });
  }

  /**
   * Makes a change: one transaction, seen by readers once it is on the disk.
   *
   * @param change gets a draft of the present state; may throw, and nothing happens
   */
  public void change(Consumer<Draft> change) {
    changing.lock();
    try {
      Draft draft = new Draft(state);
      change.accept(draft);
      if (draft.writes.isEmpty()) {
        return;
      }
      store.write(
          transaction ->
              draft.writes.forEach(
                  (key, body) -> {
                    if (body.isPresent()) {
                      transaction.put(key.kind, key.key, body.get());
                    } else {
                      transaction.delete(key.kind, key.key);
                    }
                  }));
      state = new CatalogState(draft.images, draft.names);
      synchronized (damaged) {
        damaged.keySet().removeAll(draft.images.keySet());
      }
    } finally {
      changing.unlock();
    }
  }

  private record Key(String kind, String key) {}

  /** A state in the making. */
  public static final class Draft {
    private final CatalogState before;
    private final Map<Digest, Entry> images;
    private final SortedMap<String, Name> names;
    private final Map<Key, Optional<byte[]>> writes = new LinkedHashMap<>();

    private Draft(CatalogState before) {
      this.before = before;
      this.images = new HashMap<>(before.images());
      this.names = new TreeMap<>(before.names());
    }

    /** The state that this draft began with. */
    public CatalogState before() {
      return before;
    }

    public Map<Digest, Entry> images() {
      return Map.copyOf(images);
    }

    /** The names of an image in this draft, in order. */
    public List<Reference> namesOf(Digest image) {
      List<Reference> found = new ArrayList<>();
      names.values().stream().filter(name -> name.image().equals(image)).forEach(name -> found.add(name.reference()));
      return found;
    }

    public @Nullable Digest imageOf(Reference reference) {
      Name name = names.get(reference.stored().toString());
      return name == null ? null : name.image();
    }

    public Draft put(Entry image) {
      images.put(image.id(), image);
      writes.put(new Key(StoredImage.KIND, image.id().value()), Optional.of(image.stored().toJson()));
      return this;
    }

    public Draft remove(Digest image) {
      images.remove(image);
      writes.put(new Key(StoredImage.KIND, image.value()), Optional.empty());
      return this;
    }

    /** Gives an image a name, taking it from another that had it. */
    public Draft name(Reference reference, Digest image) {
      Reference stored = reference.stored();
      names.put(stored.toString(), new Name(stored, image));
      writes.put(
          new Key(REFERENCE, stored.toString()), Optional.of(Json.bytes(Json.object().put("image", image.value()))));
      return this;
    }

    public Draft unname(Reference reference) {
      String key = reference.stored().toString();
      names.remove(key);
      writes.put(new Key(REFERENCE, key), Optional.empty());
      return this;
    }
  }
}
