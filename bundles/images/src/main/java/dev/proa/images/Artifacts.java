package dev.proa.images;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/** Files in registries that are no images (image-spec manifest.md, "Guidelines for Artifact Usage"): a manifest whose layers are the files as they are. */
@ProviderType
public interface Artifacts {
  /** The media type of an artifact's configuration that says nothing. */
  String EMPTY = "application/vnd.oci.empty.v1+json";

  /**
   * Fetches the files of the wanted media types, verified.
   *
   * @param wanted the largest size in bytes by media type
   * @param folder where to put them
   * @throws dev.proa.spi.ProaException {@code INVALID_ARGUMENT} if the reference means something else, such as an image
   */
  Artifact pull(String reference, Map<String, Long> wanted, @Nullable RegistryCredentials credentials, Path folder, ProgressSink progress);

  /** @return the manifest's digest */
  String push(String reference, String artifactType, List<Part> parts, @Nullable RegistryCredentials credentials, ProgressSink progress);

  /** @param digest of the manifest */
  record Artifact(String digest, String artifactType, List<Part> parts) {
    public Artifact {
      parts = List.copyOf(parts);
    }
  }

  record Part(String mediaType, Path file) {}
}
