package dev.proa.images.internal.pull;

import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import dev.proa.images.PullRequest;
import dev.proa.images.Reference;
import dev.proa.images.RegistryCredentials;
import dev.proa.images.internal.catalog.Catalog;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.Evidence;
import dev.proa.images.internal.catalog.StoredImage;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.internal.layer.Layers;
import dev.proa.images.internal.manifest.Descriptor;
import dev.proa.images.internal.manifest.ImageDocument;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.manifest.Manifest;
import dev.proa.images.internal.manifest.Platform;
import dev.proa.images.internal.progress.ProgressFeed;
import dev.proa.images.internal.registry.Registries;
import dev.proa.images.internal.registry.RegistryAddress;
import dev.proa.images.internal.registry.RegistryClient;
import dev.proa.images.internal.registry.RegistryClient.ManifestBytes;
import dev.proa.images.internal.registry.RegistryException;
import dev.proa.images.internal.verify.ImageGate;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pulls images. Layers are downloaded side by side and applied in order while they come; nothing names the image before all of it is
 * there, and what an unsuccessful pull brought is collected by its lease's owner.
 */
public final class Puller {
  private static final Logger LOG = LoggerFactory.getLogger(Puller.class);
  private static final int MAX_INDEX_DEPTH = 3;

  private final Registries registries;
  private final Downloads downloads;
  private final ContentStore content;
  private final Catalog catalog;
  private final Layers layers;
  private final ImageGate gate;

  public Puller(Registries registries, Downloads downloads, ContentStore content, Catalog catalog, Layers layers, ImageGate gate) {
    this.registries = registries;
    this.downloads = downloads;
    this.content = content;
    this.catalog = catalog;
    this.layers = layers;
    this.gate = gate;
  }

  /**
   * What was pulled.
   *
   * @param reference as it was asked for
   * @param changed whether the reference means another image than before
   */
  public record Pulled(Reference reference, Digest image, boolean changed) {}

  /** The reference that a request means; {@link Reference#nameOnly} for all tags. */
  public static Reference reference(PullRequest request) {
    String name = request.image().endsWith(":") ? request.image().substring(0, request.image().length() - 1) : request.image();
    Reference reference = Reference.parse(name);
    String tag = request.tag();
    if (tag != null && !tag.isEmpty()) {
      reference = tag.indexOf(':') >= 0 ? reference.repository().withDigest(tag) : reference.withTag(tag);
    }
    if (reference.familiarName().equals("scratch")) {
      throw ProaException.invalid("'scratch' is a reserved name");
    }
    return reference;
  }

  /** Pulls a reference, or all tags of a repository. */
  public List<Pulled> pull(PullRequest request, Leases.Lease lease, ProgressSink sink) {
    Reference reference = reference(request);
    String platformText = request.platform();
    Platform platform = platformText == null || platformText.isEmpty() ? Platform.host() : Platform.parse(platformText);
    return ProgressFeed.run(
        sink,
        feed ->
            reference.nameOnly()
                ? everyTag(reference, platform, request.credentials(), lease, feed)
                : List.of(one(reference, platform, request.credentials(), lease, feed)));
  }

  private List<Pulled> everyTag(
      Reference repository, Platform platform, @Nullable RegistryCredentials credentials, Leases.Lease lease, ProgressFeed feed) {
    List<String> tags = ask(repository, credentials, RegistryClient::tags);
    if (tags.isEmpty()) {
      throw ProaException.notFound("No tags found for " + repository.familiarName());
    }
    List<Pulled> pulled = new ArrayList<>();
    for (String tag : tags) {
      Reference reference = repository.withTag(tag);
      pulled.add(ask(reference, credentials, client -> pull(client, reference, platform, lease, feed)));
    }
    status(feed, repository.familiarName(), pulled.stream().anyMatch(Pulled::changed));
    return pulled;
  }

  private Pulled one(
      Reference reference, Platform platform, @Nullable RegistryCredentials credentials, Leases.Lease lease, ProgressFeed feed) {
    Pulled pulled = ask(reference, credentials, client -> pull(client, reference, platform, lease, feed));
    status(feed, reference.familiar(), pulled.changed());
    return pulled;
  }

  private static void status(ProgressFeed feed, String name, boolean changed) {
    feed.send(ProgressMessage.ofStatus((changed ? "Status: Downloaded newer image for " : "Status: Image is up to date for ") + name));
  }

  /** One conversation with a registry. */
  @FunctionalInterface
  public interface Question<T> {
    T to(RegistryClient client) throws RegistryException;
  }

  /** Asks the registry of a reference, its mirrors first; a mirror that fails for whatever reason is passed over. */
  public <T> T ask(Reference reference, @Nullable RegistryCredentials credentials, Question<T> question) {
    ProaException failure = null;
    for (RegistryAddress address : registries.addresses(reference)) {
      try {
        return question.to(registries.open(address, reference.path(), credentials));
      } catch (RegistryException e) {
        if (e.kind() == RegistryException.Kind.UNREACHABLE) {
          registries.forget(address);
        }
        failure = combined(failure, e, reference);
      } catch (ProaException e) {
        if (!address.mirror() || e.is(ErrorClass.RESOURCE_EXHAUSTED)) {
          throw e;
        }
        failure = after(failure, e);
      }
      if (Thread.currentThread().isInterrupted()) {
        break;
      }
      if (address.mirror()) {
        LOG.warn("mirror {} failed for {}: {}", address, reference.familiar(), failure.getMessage());
      }
    }
    throw Objects.requireNonNull(failure);
  }

  /** A mirror that knew of no such image has answered; that what it stands in for cannot be reached says nothing against it. */
  private static ProaException combined(@Nullable ProaException earlier, RegistryException failure, Reference reference) {
    if (earlier != null && earlier.is(ErrorClass.NOT_FOUND) && failure.kind() == RegistryException.Kind.UNREACHABLE) {
      ProaException known = ProaException.notFound(earlier.getMessage() + "; beyond the mirror: " + failure.getMessage());
      known.addSuppressed(earlier);
      known.addSuppressed(failure);
      return known;
    }
    return after(earlier, failure.about(reference));
  }

  private static ProaException after(@Nullable ProaException earlier, ProaException failure) {
    if (earlier != null) {
      failure.addSuppressed(earlier);
    }
    return failure;
  }

  private Pulled pull(RegistryClient client, Reference reference, Platform platform, Leases.Lease lease, ProgressFeed feed)
      throws RegistryException {
    // A digest of another algorithm than ours could not be verified.
    String tagOrDigest = reference.digest() != null ? new Digest(reference.digest()).value() : Objects.requireNonNull(reference.tag());
    ManifestBytes top = client.manifest(tagOrDigest);
    feed.status(tagOrDigest, "Pulling from " + reference.path());
    Chosen chosen = choose(client, top, reference, platform);
    List<Digest> digests = Stream.of(top.digest(), chosen.digest()).distinct().toList();
    ImageGate.Kept kept = gate.admitPull(reference, digests, client, line -> feed.send(ProgressMessage.ofStatus(line)));
    lease.holdBlob(top.digest());
    lease.holdBlob(chosen.digest());
    content.put(top.content());
    content.put(chosen.bytes());
    FaultPoints.reach("pull.manifest-stored");

    Digest id = chosen.image().config().digest();
    lease.holdBlob(id);
    Entry image = present(id, chosen.digest(), lease);
    if (image == null) {
      image = fetch(client, reference, chosen, lease, feed);
    }
    if (kept != null) {
      // What this takes the place of is collected with the rest.
      image.stored().evidenceBlobs().forEach(lease::holdBlob);
      for (byte[] document : kept.documents()) {
        lease.holdBlob(Digest.of(document));
        content.put(document);
      }
      image = new Entry(image.stored().withEvidence(kept.evidence()), image.document());
    }
    FaultPoints.reach("pull.layers-stored");
    boolean changed = register(reference, top.digest(), image);
    FaultPoints.reach("pull.image-registered");
    feed.send(ProgressMessage.ofStatus("Digest: " + top.digest()));
    return new Pulled(reference, id, changed);
  }

  /** The manifest for a platform. */
  private record Chosen(Digest digest, byte[] bytes, Manifest.Image image) {}

  private static Chosen choose(RegistryClient client, ManifestBytes top, Reference reference, Platform platform) throws RegistryException {
    ManifestBytes bytes = top;
    for (int depth = 0; depth < MAX_INDEX_DEPTH; depth++) {
      switch (Manifest.parse(bytes.content(), bytes.mediaType(), reference.familiar())) {
        case Manifest.Image image -> {
          return new Chosen(bytes.digest(), bytes.content(), image);
        }
        case Manifest.Index index -> {
          if (depth == MAX_INDEX_DEPTH - 1) {
            break;
          }
          Descriptor manifest =
              index
                  .choose(platform)
                  .orElseThrow(() -> ProaException.notFound("no matching manifest for " + platform + " in the manifest list entries"));
          bytes = client.manifest(manifest.digest().value());
        }
      }
    }
    throw ProaException.invalid(reference.familiar() + ": an index of an index of an index is not followed");
  }

  /** The image if it is here, whole. */
  private @Nullable Entry present(Digest id, Digest manifest, Leases.Lease lease) {
    Entry image = catalog.byId(id).orElse(null);
    if (image == null || !content.has(id)) {
      return null;
    }
    image.stored().layers().forEach(layer -> lease.holdBlob(layer.blob()));
    if (!image.stored().layers().stream().allMatch(layer -> content.has(layer.blob()))) {
      return null;
    }
    StoredImage old = image.stored();
    return new Entry(
        new StoredImage(id, old.parent(), old.manifest() == null ? manifest : old.manifest(), old.layers(), old.lastTagged(), old.evidence()),
        image.document());
  }

  private Entry fetch(RegistryClient client, Reference reference, Chosen chosen, Leases.Lease lease, ProgressFeed feed) throws RegistryException {
    Descriptor config = chosen.image().config();
    byte[] bytes = content.has(config.digest()) ? content.read(config.digest(), Json.MAX_DOCUMENT) : client.smallBlob(config.digest(), Json.MAX_DOCUMENT);
    if (bytes.length != config.size()) {
      throw ProaException.dataLoss("the configuration " + config.digest() + " has " + bytes.length + " bytes, but its manifest says " + config.size());
    }
    ImageDocument document = ImageDocument.parse(bytes);
    if (!document.platform().os().isEmpty() && !document.platform().os().equals("linux")) {
      throw ProaException.invalid("image operating system \"" + document.platform().os() + "\" cannot be used on this platform");
    }
    if (document.diffIds().size() != chosen.image().layers().size()) {
      throw ProaException.invalid(
          "layers from manifest don't match image configuration: "
              + chosen.image().layers().size()
              + " layers for "
              + document.diffIds().size()
              + " diff ids");
    }
    List<StoredLayer> stored =
        new LayerPull(downloads, content, catalog, layers, client, reference, lease, feed).pull(chosen.image().layers(), document.diffIds());
    content.put(bytes);
    return new Entry(new StoredImage(config.digest(), null, chosen.digest(), stored, null, List.of()), document);
  }

  /** @return whether the reference means another image than before */
  private boolean register(Reference reference, Digest top, Entry image) {
    boolean[] changed = new boolean[1];
    catalog.change(
        draft -> {
          Reference digested = reference.withDigest(top.value());
          changed[0] = !image.id().equals(draft.imageOf(reference));
          if (changed[0] || !image.id().equals(draft.imageOf(digested)) || !draft.images().containsKey(image.id())) {
            Entry before = draft.images().get(image.id());
            StoredImage stored = before == null ? image.stored() : merged(before.stored(), image.stored());
            draft.put(new Entry(changed[0] ? stored.taggedAt(Instant.now()) : stored, image.document()));
            draft.name(reference, image.id());
            draft.name(digested, image.id());
          } else {
            draft.put(new Entry(merged(draft.images().get(image.id()).stored(), image.stored()), image.document()));
          }
        });
    return changed[0];
  }

  /** What this pull knows of the image, with what only this engine knows of it. */
  private static StoredImage merged(StoredImage before, StoredImage now) {
    StoredImage merged = new StoredImage(now.id(), before.parent(), now.manifest(), now.layers(), before.lastTagged(), before.evidence());
    for (Evidence evidence : now.evidence()) {
      merged = merged.withEvidence(evidence);
    }
    return merged;
  }
}
