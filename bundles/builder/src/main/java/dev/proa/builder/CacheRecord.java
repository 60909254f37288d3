package dev.proa.builder;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that a build made and a later one can use (Engine API {@code BuildCache}).
 *
 * @param parents ids of the records that it stands on
 * @param type {@code regular}, or {@code exec.cachemount} for a cache that commands write to
 * @param description the instruction
 * @param inUse whether a build uses it now
 * @param shared whether an image has its layer
 * @param sizeBytes of its own layer
 * @param lastUsed null if never since it was made
 */
public record CacheRecord(
    String id,
    List<String> parents,
    String type,
    String description,
    boolean inUse,
    boolean shared,
    long sizeBytes,
    Instant created,
    @Nullable Instant lastUsed,
    int usageCount) {
  public CacheRecord {
    parents = List.copyOf(parents);
  }
}
