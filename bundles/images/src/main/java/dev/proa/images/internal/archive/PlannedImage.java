package dev.proa.images.internal.archive;

import dev.proa.images.Reference;
import dev.proa.images.internal.archive.ArchiveMembers.Spooled;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.ImageDocument;
import java.util.List;

/**
 * An image as an archive describes it, checked as far as that goes without unpacking.
 *
 * @param layers lowest first; as many as there are diff ids
 * @param names to be given to it
 */
record PlannedImage(Digest id, Spooled config, ImageDocument document, List<Spooled> layers, List<Reference> names) {
  PlannedImage {
    layers = List.copyOf(layers);
    names = List.copyOf(names);
  }
}
