package dev.proa.images;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a registry has under a name: the descriptor of the index or manifest, and the platforms it is for. */
public record DistributionRecord(String mediaType, String digest, long sizeBytes, List<Platform> platforms) {
  public DistributionRecord {
    platforms = List.copyOf(platforms);
  }

  /** @param variant such as {@code v8}; null where there is none, as the other two */
  public record Platform(String architecture, String os, @Nullable String osVersion, List<String> osFeatures, @Nullable String variant) {
    public Platform {
      osFeatures = List.copyOf(osFeatures);
    }
  }
}
