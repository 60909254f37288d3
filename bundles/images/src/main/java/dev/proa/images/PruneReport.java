package dev.proa.images;

import java.util.List;

/** What a prune removed. */
public record PruneReport(List<RemovedImage> removed, long reclaimedBytes) {
  public PruneReport {
    removed = List.copyOf(removed);
  }
}
