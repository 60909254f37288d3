package dev.proa.images.internal;

import dev.proa.images.Artifacts;
import dev.proa.images.BlobUsage;
import dev.proa.images.CommitRequest;
import dev.proa.images.DistributionRecord;
import dev.proa.images.HistoryItem;
import dev.proa.images.ImageEvent;
import dev.proa.images.ImageRecord;
import dev.proa.images.ImageUsage;
import dev.proa.images.ImageUsers;
import dev.proa.images.Images;
import dev.proa.images.ImportRequest;
import dev.proa.images.ProgressSink;
import dev.proa.images.PruneReport;
import dev.proa.images.PullRequest;
import dev.proa.images.PushRequest;
import dev.proa.images.Reference;
import dev.proa.images.RegistryCredentials;
import dev.proa.images.RemovedImage;
import dev.proa.images.SavedArchive;
import dev.proa.images.SearchRequest;
import dev.proa.images.SearchResult;
import dev.proa.images.UnpackedImage;
import dev.proa.images.build.Assembly;
import dev.proa.images.build.BuildImages;
import dev.proa.images.internal.archive.Committer;
import dev.proa.images.internal.archive.HeldImage;
import dev.proa.images.internal.archive.Importer;
import dev.proa.images.internal.archive.Loader;
import dev.proa.images.internal.archive.Saver;
import dev.proa.images.internal.archive.Stacks;
import dev.proa.images.internal.artifact.ArtifactTransfer;
import dev.proa.images.internal.catalog.Catalog;
import dev.proa.images.internal.catalog.CatalogState;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.ImageFilter;
import dev.proa.images.internal.catalog.Removal;
import dev.proa.images.internal.catalog.StoredImage;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.internal.layer.Abort;
import dev.proa.images.internal.layer.Layers;
import dev.proa.images.internal.layer.Snapshots;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.manifest.Platform;
import dev.proa.images.internal.pull.DistributionInspector;
import dev.proa.images.internal.pull.Downloads;
import dev.proa.images.internal.pull.Puller;
import dev.proa.images.internal.push.Pusher;
import dev.proa.images.internal.registry.Authenticators;
import dev.proa.images.internal.registry.Registries;
import dev.proa.images.internal.registry.RegistryException;
import dev.proa.images.internal.registry.RegistrySearch;
import dev.proa.images.internal.registry.RegistrySettings;
import dev.proa.images.internal.verify.ImageGate;
import dev.proa.images.internal.verify.Verifiers;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.image.ImageContent;
import dev.proa.store.StateStore;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Joins the parts; each call is one piece of work with its lease, and what it leaves unreferenced is collected when it ends. */
public class ImagesService implements Images, BuildImages, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ImagesService.class);

  private final ContentStore content;
  private final Catalog catalog;
  private final Leases leases = new Leases();
  private final Layers layers;
  private final Downloads downloads;
  private final Registries registries;
  private final ImageGate gate;
  private final Puller puller;
  private final Pusher pusher;
  private final Loader loader;
  private final Importer importer;
  private final Committer committer;
  private final Stacks stacks;
  private final Saver saver;
  private final ArtifactTransfer artifacts;
  private final Collector collector;
  private final List<Consumer<ImageEvent>> listeners = new CopyOnWriteArrayList<>();

  /**
   * @param root where the content lies; made if needed
   * @param policies whose folders are those of the image verifiers
   */
  public ImagesService(
      Path root,
      StateStore store,
      Snapshots snapshots,
      RegistrySettings settings,
      Authenticators authenticators,
      Verifiers verifiers,
      Path policies) {
    this.content = new ContentStore(root);
    this.catalog = new Catalog(store, content);
    this.layers = new Layers(snapshots);
    this.downloads = new Downloads(content);
    this.registries = new Registries(settings, authenticators);
    this.gate = new ImageGate(verifiers, policies, content, this::tell);
    this.puller = new Puller(registries, downloads, content, catalog, layers, gate);
    this.artifacts = new ArtifactTransfer(registries, puller);
    this.pusher = new Pusher(registries, content, catalog);
    this.loader = new Loader(content, catalog, layers);
    this.importer = new Importer(content, catalog, layers);
    this.committer = new Committer(content, catalog, layers);
    this.stacks = new Stacks(content, catalog, layers);
    this.saver = new Saver(content, catalog, leases);
    this.collector = new Collector(content, catalog, layers, leases);
    collector.blobs(content.list());
  }

  @Override
  public void close() {
    downloads.close();
    pusher.close();
    registries.close();
  }

  /** What is in the same registries and no image. */
  public Artifacts artifacts() {
    return artifacts;
  }

  @Override
  public void mirrors(List<String> addresses) {
    registries.mirrors(addresses);
  }

  @Override
  public void checkMirrors(List<String> addresses) {
    registries.checkMirrors(addresses);
  }

  // ---- What there is

  @Override
  public List<ImageRecord> list(Map<String, List<String>> filters) {
    ImageFilter filter = ImageFilter.of(filters, ImageFilter.LIST, catalog);
    CatalogState state = catalog.state();
    List<ImageRecord> records = new ArrayList<>();
    for (Entry image : state.images().values()) {
      List<Reference> names = state.namesOf(image.id());
      boolean intermediate = names.isEmpty() && !state.childrenOf(image.id()).isEmpty();
      if (!intermediate && !image.stored().stack() && filter.matches(image)) {
        filter.names(names).ifPresent(shown -> records.add(ImageViews.record(image, shown)));
      }
    }
    records.sort(Comparator.comparing(ImagesService::created).reversed().thenComparing(ImageRecord::id));
    return records;
  }

  private static Instant created(ImageRecord image) {
    return image.created() == null ? Instant.EPOCH : image.created();
  }

  @Override
  public ImageRecord resolve(String nameOrId) {
    Entry image = catalog.resolve(nameOrId);
    return ImageViews.record(image, catalog.state());
  }

  @Override
  public ImageRecord admit(String nameOrId, Consumer<String> warnings) {
    Entry image = catalog.resolve(nameOrId);
    CatalogState state = catalog.state();
    if (image.stored().stack()) {
      // A build's own: what it was built on was let in.
      return ImageViews.record(image, state);
    }
    gate.admitUse(image, catalog.nameOf(nameOrId).map(List::of).orElseGet(() -> state.namesOf(image.id())), warnings);
    return ImageViews.record(image, state);
  }

  @Override
  public Optional<ImageRecord> byId(String id) {
    return Reference.asId(id).flatMap(full -> catalog.byId(new Digest(full))).map(image -> ImageViews.record(image, catalog.state()));
  }

  @Override
  public byte[] rawConfig(String id) {
    return content.read(catalog.resolve(id).id(), Json.MAX_DOCUMENT);
  }

  @Override
  public List<HistoryItem> history(String nameOrId) {
    return ImageViews.history(catalog.resolve(nameOrId), catalog.state());
  }

  @Override
  public ImageUsage usage() {
    return ImageViews.usage(catalog.state(), content);
  }

  @Override
  public List<BlobUsage> content() {
    return ImageViews.content(catalog.state(), content);
  }

  // ---- Names and removal

  @Override
  public void tag(String nameOrId, String repository, @Nullable String tag) {
    Entry image = catalog.resolve(nameOrId);
    Reference reference = Reference.parse(repository);
    if (reference.digest() != null) {
      throw ProaException.invalid("cannot import digest reference");
    }
    if (reference.familiarName().equals("sha256")) {
      throw ProaException.invalid("refusing to create an ambiguous tag using digest algorithm as name");
    }
    Reference name = tag == null || tag.isEmpty() ? reference.orLatest() : reference.withTag(tag);
    catalog.change(
        draft -> {
          Entry now = draft.images().get(image.id());
          if (now == null) {
            throw ProaException.notFound("No such image: " + nameOrId);
          }
          draft.put(new Entry(now.stored().taggedAt(Instant.now()), now.document())).name(name, image.id());
        });
    FaultPoints.reach("tag.registered");
    tell("tag", image, name.familiar());
  }

  @Override
  public List<RemovedImage> remove(String nameOrId, boolean force, boolean prune, ImageUsers users) {
    Entry image = catalog.resolve(nameOrId);
    return remove(image, nameOrId, force, prune, users).steps();
  }

  /** What a removal came to: its steps, and how many bytes of layers went. */
  private record Removed(List<RemovedImage> steps, long bytes) {}

  private Removed remove(Entry image, String nameOrId, boolean force, boolean prune, ImageUsers users) {
    List<RemovedImage> steps = new ArrayList<>();
    List<Entry> deleted = new ArrayList<>();
    catalog.change(
        draft -> {
          Removal removal = new Removal(draft, users, force, prune);
          removal.remove(image, nameOrId);
          steps.addAll(removal.steps());
          deleted.addAll(removal.deleted());
        });
    List<Digest> manifests = new ArrayList<>();
    for (RemovedImage step : steps) {
      switch (step) {
        case RemovedImage.Untagged(String reference) -> {
          tell("untag", image, reference);
          Reference.asId(reference.substring(reference.indexOf('@') + 1)).ifPresent(digest -> manifests.add(new Digest(digest)));
        }
        case RemovedImage.Deleted(String id) -> tell("delete", image, id);
      }
    }
    long bytes = 0;
    for (Entry gone : deleted) {
      Map<Digest, Long> removed = collector.chain(gone.stored().chainIds());
      removed.keySet().forEach(chainId -> steps.add(new RemovedImage.Deleted(chainId.value())));
      bytes += removed.values().stream().mapToLong(Long::longValue).sum();
      collector.blobs(blobsOf(gone));
    }
    collector.blobs(manifests);
    return new Removed(steps, bytes);
  }

  private List<Digest> blobsOf(Entry image) {
    List<Digest> blobs = new ArrayList<>(List.of(image.id()));
    if (image.stored().manifest() != null) {
      blobs.add(image.stored().manifest());
    }
    image.stored().layers().forEach(layer -> blobs.add(layer.blob()));
    blobs.addAll(image.stored().evidenceBlobs());
    return blobs;
  }

  @Override
  public PruneReport prune(Map<String, List<String>> filters, ImageUsers users) {
    ImageFilter filter = ImageFilter.of(filters, ImageFilter.PRUNE, catalog);
    boolean danglingOnly = filter.dangling().orElse(true);
    CatalogState state = catalog.state();
    List<RemovedImage> steps = new ArrayList<>();
    long reclaimed = 0;
    for (Entry image : state.images().values()) {
      List<Reference> names = state.namesOf(image.id());
      boolean tagged = names.stream().anyMatch(name -> name.tag() != null);
      boolean spared =
          image.stored().stack() || danglingOnly && (tagged || !state.childrenOf(image.id()).isEmpty()) || !filter.matches(image) || !users.of(image.id().value()).isEmpty();
      if (spared) {
        continue;
      }
      List<String> targets = names.isEmpty() ? List.of(image.id().value()) : names.stream().map(Reference::toString).toList();
      for (String target : targets) {
        try {
          Entry now = catalog.byId(image.id()).orElse(null);
          if (now != null && (names.isEmpty() || catalog.state().names().containsKey(target))) {
            Removed removed = remove(now, target, false, true, users);
            steps.addAll(removed.steps());
            reclaimed += removed.bytes();
          }
        } catch (ProaException e) {
          // Something came to use it since we looked.
          if (!e.is(ErrorClass.CONFLICT) && !e.is(ErrorClass.NOT_FOUND)) {
            throw e;
          }
          LOG.info("prune spares {}: {}", target, e.getMessage());
        }
      }
    }
    collector.all();
    tell(new ImageEvent("prune", "", Map.of("reclaimed", Long.toString(reclaimed)), Instant.now()));
    return new PruneReport(steps, reclaimed);
  }

  // ---- In and out

  @Override
  public void load(InputStream archive, List<String> platforms, boolean quiet, ProgressSink progress) {
    List<Platform> wanted = platforms.stream().map(Platform::parse).toList();
    List<Digest> ids = work(lease -> loader.load(archive, wanted, quiet, lease, progress));
    ids.forEach(id -> catalog.byId(id).ifPresent(image -> tell("load", image, id.value())));
  }

  @Override
  public String importImage(ImportRequest request, InputStream tar, ProgressSink progress) {
    Digest id = work(lease -> importer.importImage(request, tar, lease, progress));
    catalog.byId(id).ifPresent(image -> tell("import", image, id.value()));
    return id.value();
  }

  @Override
  public void checkCommit(CommitRequest request) {
    committer.check(request);
  }

  @Override
  public String commit(CommitRequest request, InputStream diff) {
    Digest id = work(lease -> committer.commit(request, diff, lease));
    Reference name = committer.check(request);
    if (name != null) {
      catalog.byId(id).ifPresent(image -> tell("tag", image, name.familiar()));
    }
    return id.value();
  }

  @Override
  public Stack stackOf(@Nullable String imageId) {
    return stacks.view(work(lease -> stacks.of(imageId == null ? null : catalog.resolve(imageId), Integer.MAX_VALUE, lease)));
  }

  @Override
  public Stack prefix(String imageId, int count) {
    return stacks.view(work(lease -> stacks.of(catalog.resolve(imageId), count, lease)));
  }

  @Override
  public Stack push(String below, InputStream tar) {
    return stacks.view(work(lease -> stacks.push(new Digest(below), tar, lease)));
  }

  @Override
  public Optional<Stack> stack(String id) {
    return catalog.byId(new Digest(id)).filter(image -> image.stored().stack()).map(stacks::view);
  }

  @Override
  public List<Stack> stacks() {
    return catalog.state().images().values().stream().filter(image -> image.stored().stack()).map(stacks::view).toList();
  }

  @Override
  public long drop(String id) {
    Entry gone = catalog.byId(new Digest(id)).filter(image -> image.stored().stack()).orElse(null);
    if (gone == null) {
      return 0;
    }
    catalog.change(draft -> draft.remove(gone.id()));
    Map<Digest, Long> removed = collector.chain(gone.stored().chainIds());
    collector.blobs(blobsOf(gone));
    return removed.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public String assemble(Assembly assembly) {
    return work(lease -> stacks.assemble(assembly, lease)).value();
  }

  @Override
  public List<String> pull(PullRequest request, ProgressSink progress) {
    List<Puller.Pulled> pulled = work(lease -> puller.pull(request, lease, progress));
    for (Puller.Pulled one : pulled) {
      tell(new ImageEvent("pull", one.reference().familiar(), Map.of("name", one.reference().familiarName()), Instant.now()));
    }
    return pulled.stream().map(one -> one.image().value()).toList();
  }

  @Override
  public void push(PushRequest request, ProgressSink progress) {
    for (Reference pushed : work(lease -> pusher.push(request, lease, progress))) {
      tell(new ImageEvent("push", pushed.familiar(), Map.of("name", pushed.familiarName()), Instant.now()));
    }
  }

  /** Work that brings something in. Whether it succeeds or not, what nothing refers to afterwards goes. */
  private <T> T work(Function<Leases.Lease, T> work) {
    Leases.Lease lease = leases.open();
    T result;
    try {
      result = work.apply(lease);
    } catch (RuntimeException | Error e) {
      try {
        release(lease);
      } catch (RuntimeException cleanup) {
        e.addSuppressed(cleanup);
      }
      throw e;
    }
    release(lease);
    return result;
  }

  private void release(Leases.Lease lease) {
    List<Digest> blobs = lease.blobs();
    List<Digest> chainIds = lease.layers().reversed();
    lease.close();
    collector.blobs(blobs);
    collector.layers(chainIds);
  }

  @Override
  public SavedArchive save(List<String> namesOrIds) {
    return saver.save(namesOrIds, image -> tell("save", image, image.id().value()));
  }

  @Override
  public ImageContent read(String nameOrId) {
    Entry image = catalog.resolve(nameOrId);
    return HeldImage.of(content, image, ImageViews.record(image, catalog.state()), leases);
  }

  @Override
  public DistributionRecord inspectDistribution(String reference, @Nullable RegistryCredentials credentials) {
    return new DistributionInspector(puller).inspect(Reference.parse(reference).orLatest(), credentials);
  }

  @Override
  public List<SearchResult> search(SearchRequest request) {
    return new RegistrySearch(registries).search(request);
  }

  @Override
  public String login(RegistryCredentials credentials) {
    try {
      return registries.login(credentials.serverAddress(), credentials);
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.UNAUTHORIZED) {
        throw new ProaException(ErrorClass.UNAUTHENTICATED, e.getMessage(), e);
      }
      throw e.about(new Reference(credentials.serverAddress(), "", null, null));
    }
  }

  // ---- Layers

  @Override
  public UnpackedImage unpack(String id) {
    Leases.Lease lease = leases.open();
    boolean complete = false;
    try {
      Entry image = catalog.resolve(id);
      List<Digest> chainIds = image.stored().chainIds();
      chainIds.forEach(lease::holdLayer);
      image.stored().layers().forEach(layer -> lease.holdBlob(layer.blob()));
      for (int i = lowestMissing(chainIds); i < chainIds.size(); i++) {
        StoredLayer layer = image.stored().layers().get(i);
        String what = "layer " + layer.diffId() + " of image " + image.id().shortHex();
        layers.apply(what, chainIds.get(i), i == 0 ? null : chainIds.get(i - 1), layer.diffId(), () -> content.open(layer.blob()), new Abort());
      }
      Unpacked unpacked = new Unpacked(ImageViews.record(image, catalog.state()), lease);
      complete = true;
      return unpacked;
    } finally {
      if (!complete) {
        lease.close();
      }
    }
  }

  /** The layers of a chain are there from the lowest up; looked for from the top, since mostly all are. */
  private int lowestMissing(List<Digest> chainIds) {
    int first = chainIds.size();
    while (first > 0 && !layers.has(chainIds.get(first - 1))) {
      first--;
    }
    return first;
  }

  private record Unpacked(ImageRecord image, Leases.Lease lease) implements UnpackedImage {
    @Override
    public @Nullable String topChainId() {
      return image.topChainId();
    }

    @Override
    public void close() {
      lease.close();
    }
  }

  @Override
  public void collect() {
    collector.all();
  }

  // ---- Events

  @Override
  public Subscription subscribe(Consumer<ImageEvent> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private void tell(String action, Entry image, String name) {
    Map<String, String> attributes = new HashMap<>();
    if (image.document().config().labels() != null) {
      attributes.putAll(image.document().config().labels());
    }
    attributes.put("name", name);
    tell(new ImageEvent(action, image.id().value(), attributes, Instant.now()));
  }

  private void tell(ImageEvent event) {
    for (Consumer<ImageEvent> listener : listeners) {
      listener.accept(event);
    }
  }
}
