package dev.proa.builder.internal.layer;

import dev.proa.builder.PathPatterns;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code COPY} or {@code ADD} asks for.
 *
 * @param sources what is copied, in order
 * @param destination absolute; a slash at its end says that it is a folder
 * @param folder whether the destination is a folder whatever is there
 * @param mode null: as the sources have it
 * @param exclude what is left out, by path below a source
 * @param keepOwners whether files belong to whom they belonged, and not to root
 * @param unpack whether archives are unpacked
 * @param link whether the layer is made without looking at what lies below
 */
public record CopyRequest(
    List<Source> sources,
    String destination,
    boolean folder,
    @Nullable FileMode mode,
    PathPatterns exclude,
    boolean keepOwners,
    boolean unpack,
    boolean link) {
  public CopyRequest {
    sources = List.copyOf(sources);
  }
}
