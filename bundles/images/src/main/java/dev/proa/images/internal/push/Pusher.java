package dev.proa.images.internal.push;

import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import dev.proa.images.PushRequest;
import dev.proa.images.Reference;
import dev.proa.images.internal.catalog.Catalog;
import dev.proa.images.internal.catalog.CatalogState;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.CatalogState.Name;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.manifest.Platform;
import dev.proa.images.internal.progress.ProgressFeed;
import dev.proa.images.internal.registry.Registries;
import dev.proa.images.internal.registry.RegistryAddress;
import dev.proa.images.internal.registry.RegistryClient;
import dev.proa.images.internal.registry.RegistryException;
import dev.proa.images.internal.registry.RegistryUploads;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Pushes images: layers side by side, then the configuration, then the manifest, so that nothing in the registry names what is not
 * there. What is already there is neither compressed nor sent.
 */
public final class Pusher implements AutoCloseable {
  /** As Docker's {@code max-concurrent-uploads}. */
  static final int AT_ONCE = 5;

  private final Registries registries;
  private final ContentStore content;
  private final Catalog catalog;
  private final LayerCompression compression;
  private final ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().name("upload-", 0).factory());

  public Pusher(Registries registries, ContentStore content, Catalog catalog) {
    this.registries = registries;
    this.content = content;
    this.catalog = catalog;
    this.compression = new LayerCompression(content, catalog);
  }

  @Override
  public void close() {
    workers.shutdownNow();
  }

  /** The reference that a request means; {@link Reference#nameOnly} for all tags. */
  public static Reference reference(PushRequest request) {
    Reference name = Reference.parse(request.image());
    String tag = request.tag();
    if (tag == null || tag.isEmpty()) {
      return name;
    }
    return tag.indexOf(':') >= 0 ? name.repository().withDigest(tag) : name.withTag(tag);
  }

  /** @return the references that were pushed, in order */
  public List<Reference> push(PushRequest request, Leases.Lease lease, ProgressSink sink) {
    Reference reference = reference(request);
    checkPlatform(reference, request.platform());
    return ProgressFeed.run(
        sink,
        feed -> {
          feed.send(ProgressMessage.ofStatus("The push refers to repository [" + reference.name() + "]"));
          List<Reference> names = names(reference);
          RegistryAddress address = registries.home(reference);
          try {
            RegistryClient client = registries.open(address, reference.path(), request.credentials());
            for (Reference name : names) {
              push(name, client, lease, feed);
            }
          } catch (RegistryException e) {
            if (e.kind() == RegistryException.Kind.UNREACHABLE) {
              registries.forget(address);
            }
            throw e.aboutPush();
          }
          return names;
        });
  }

  private void checkPlatform(Reference reference, @org.jspecify.annotations.Nullable String platform) {
    if (platform == null || platform.isEmpty()) {
      return;
    }
    Platform wanted = Platform.parse(platform);
    Platform actual = catalog.resolve(reference.orLatest().toString()).document().platform();
    if (wanted.best(List.of(actual), each -> each).isEmpty()) {
      throw ProaException.notFound(
          "image with reference " + reference.familiar() + " was found but its platform (" + actual + ") does not match the specified platform (" + wanted + ")");
    }
  }

  /** The tags that are meant. */
  private List<Reference> names(Reference reference) {
    List<Reference> here = catalog.state().names().values().stream().map(Name::reference).filter(name -> name.name().equals(reference.name())).toList();
    if (here.isEmpty()) {
      throw ProaException.notFound("An image does not exist locally with the tag: " + reference.familiarName());
    }
    if (reference.tag() != null && reference.digest() == null) {
      if (!here.contains(reference)) {
        throw ProaException.notFound("tag does not exist: " + reference.familiar());
      }
      return List.of(reference);
    }
    if (!reference.nameOnly()) {
      throw ProaException.invalid("cannot push a digest reference");
    }
    List<Reference> tags = here.stream().filter(name -> name.tag() != null).toList();
    if (tags.isEmpty()) {
      throw ProaException.notFound("no tags to push for " + reference.familiarName());
    }
    return tags;
  }

  private void push(Reference name, RegistryClient client, Leases.Lease lease, ProgressFeed feed) throws RegistryException {
    Entry image = hold(name, lease);
    RegistryUploads uploads = client.uploads();
    PushManifest pulled = PushManifest.pulled(image, content).orElse(null);
    List<StoredLayer> layers =
        new LayerPush(workers, content, uploads, feed, layer -> pulled == null ? compression.portable(layer, lease) : layer, sources(name))
            .push(image.stored().layers());
    PushManifest manifest = pulled != null ? pulled : PushManifest.made(image, layers, content);
    FaultPoints.reach("push.layers-sent");
    config(image.id(), uploads);
    uploads.manifest(Objects.requireNonNull(name.tag()), manifest.mediaType(), manifest.content());
    FaultPoints.reach("push.manifest-sent");
    register(name, image, manifest);
    FaultPoints.reach("push.image-registered");
    Digest digest = manifest.digest();
    int size = manifest.content().length;
    feed.send(ProgressMessage.ofStatus(name.tag() + ": digest: " + digest + " size: " + size));
    byte[] result = Json.bytes(Json.object().put("Tag", name.tag()).put("Digest", digest.value()).put("Size", size));
    feed.send(new ProgressMessage(null, null, null, null, new String(result, StandardCharsets.UTF_8), null));
  }

  /** The image of a name, its blobs held. */
  private Entry hold(Reference name, Leases.Lease lease) {
    Entry image = catalog.resolve(name.toString());
    List<Digest> blobs = new ArrayList<>(List.of(image.id()));
    image.stored().layers().forEach(layer -> blobs.add(layer.blob()));
    if (image.stored().manifest() != null) {
      lease.holdBlob(image.stored().manifest());
    }
    for (Digest blob : blobs) {
      lease.holdBlob(blob);
      if (!content.has(blob)) {
        throw new ProaException(
            ErrorClass.DATA_LOSS, "image " + name.familiar() + ": the content store lacks the blob " + blob + "; pull or load the image again");
      }
    }
    return image;
  }

  private void config(Digest id, RegistryUploads uploads) throws RegistryException {
    if (uploads.has(id)) {
      return;
    }
    uploads.upload(uploads.begin(), id, content.size(id), offset -> content.open(id, offset), LayerPush.SILENT);
  }

  /** Where in the same registry a layer's blob lies as well: in repositories by whose digests an image here is known. */
  private LayerPush.Sources sources(Reference target) {
    return blob -> {
      CatalogState state = catalog.state();
      List<String> repositories = new ArrayList<>();
      for (Name name : state.names().values()) {
        Reference reference = name.reference();
        Entry image = state.images().get(name.image());
        if (reference.digest() != null
            && reference.domain().equals(target.domain())
            && !reference.path().equals(target.path())
            && !repositories.contains(reference.path())
            && image != null
            && image.stored().layers().stream().anyMatch(layer -> layer.blob().equals(blob))) {
          repositories.add(reference.path());
        }
      }
      return repositories;
    };
  }

  /** The image is known by the digest of its manifest from now on, which is where later pushes mount from. */
  private void register(Reference name, Entry image, PushManifest manifest) {
    Reference digested = name.withDigest(manifest.digest().value());
    catalog.change(
        draft -> {
          if (draft.images().containsKey(image.id()) && !image.id().equals(draft.imageOf(digested))) {
            draft.name(digested, image.id());
          }
        });
  }
}
