package dev.proa.images.internal.pull;

import dev.proa.images.DistributionRecord;
import dev.proa.images.Reference;
import dev.proa.images.RegistryCredentials;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.Descriptor;
import dev.proa.images.internal.manifest.ImageDocument;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.manifest.Manifest;
import dev.proa.images.internal.manifest.Platform;
import dev.proa.images.internal.registry.RegistryClient;
import dev.proa.images.internal.registry.RegistryClient.ManifestBytes;
import dev.proa.images.internal.registry.RegistryException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks a registry what it has under a name, without pulling it. */
public final class DistributionInspector {
  private final Puller puller;

  public DistributionInspector(Puller puller) {
    this.puller = puller;
  }

  public DistributionRecord inspect(Reference reference, @Nullable RegistryCredentials credentials) {
    return puller.ask(reference, credentials, client -> inspect(client, reference));
  }

  private static DistributionRecord inspect(RegistryClient client, Reference reference) throws RegistryException {
    String tagOrDigest = reference.digest() != null ? new Digest(reference.digest()).value() : String.valueOf(reference.tag());
    ManifestBytes bytes = client.manifest(tagOrDigest);
    Manifest manifest = Manifest.parse(bytes.content(), bytes.mediaType(), reference.familiar());
    List<DistributionRecord.Platform> platforms =
        switch (manifest) {
          case Manifest.Index index -> index.manifests().stream().filter(entry -> entry.platform() != null).map(DistributionInspector::of).toList();
          case Manifest.Image image -> {
            Platform platform = ImageDocument.parse(client.smallBlob(image.config().digest(), Json.MAX_DOCUMENT)).platform();
            yield List.of(of(platform, List.of()));
          }
        };
    return new DistributionRecord(manifest.mediaType(), bytes.digest().value(), bytes.content().length, platforms);
  }

  private static DistributionRecord.Platform of(Descriptor entry) {
    return of(java.util.Objects.requireNonNull(entry.platform()), entry.osFeatures());
  }

  private static DistributionRecord.Platform of(Platform platform, List<String> features) {
    return new DistributionRecord.Platform(
        platform.architecture(),
        platform.os(),
        platform.osVersion().isEmpty() ? null : platform.osVersion(),
        features,
        platform.variant().isEmpty() ? null : platform.variant());
  }
}
