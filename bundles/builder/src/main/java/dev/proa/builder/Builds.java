package dev.proa.builder;

import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Builds images of Dockerfiles and keeps the cache of what was built. Calls block for as long as they take and end early, leaving nothing that runs,
 * when their thread is interrupted. All failures are {@link dev.proa.spi.ProaException}s but for a command of a {@code RUN} that fails.
 */
@ProviderType
public interface Builds {

  /**
   * @param context the context, a tar stream plain or compressed, not closed; null if the request names a remote one
   * @return the image's id
   * @throws CommandFailure if the command of a {@code RUN} ends with another code than 0
   */
  default String build(BuildRequest request, @Nullable InputStream context, BuildOutput output) {
    String id = build(request, new BuildSource.Archive(context), output, BuildTrace.NONE, BuildOutcome.IMAGE);
    return Objects.requireNonNull(id);
  }

  /**
   * @param output is told in lines, one stage after the other
   * @param trace is told as it happens
   * @return the image's id; null if none was to be made
   * @throws CommandFailure if the command of a {@code RUN} ends with another code than 0
   */
  @Nullable String build(BuildRequest request, BuildSource source, BuildOutput output, BuildTrace trace, BuildOutcome outcome);

  /** Reads a Dockerfile and says what is in it, and what is doubtful; nothing is built. */
  Description describe(BuildRequest request, BuildSource source);

  /** The cache, in the order of use, oldest first. */
  List<CacheRecord> cache();

  /**
   * Removes records of the cache that no build uses now, oldest use first.
   *
   * @param all also those whose layers images have
   * @param keepBytes stop as soon as no more is kept; 0: remove all that match
   * @param filters {@code until}, {@code unused-for}, {@code id}, {@code type}, {@code description}, {@code inuse}, {@code shared}, {@code private}
   */
  Pruned prune(boolean all, long keepBytes, Map<String, List<String>> filters);

  /** @param ids of the records */
  record Pruned(List<String> ids, long reclaimedBytes) {
    public Pruned {
      ids = List.copyOf(ids);
    }
  }
}
