package dev.proa.builder.internal.layer;

import dev.proa.builder.internal.context.FileTree;
import dev.proa.builder.internal.context.FileTree.Entry;
import dev.proa.lifecycle.roots.ImageRoots.Owner;
import dev.proa.linux.tar.TarEntry;
import org.jspecify.annotations.Nullable;

/** What a layer is written of. */
sealed interface Member {
  /** An entry without data. */
  record Plain(TarEntry entry) implements Member {}

  /** A file whose bytes are at hand. */
  record Bytes(TarEntry entry, byte[] content) implements Member {}

  /** A file of a tree. */
  record File(TarEntry entry, FileTree tree, Entry source) implements Member {}

  /** Something of the layers below that is there no more. */
  record Deleted(String path) implements Member {}

  /**
   * An archive whose members become the layer's.
   *
   * @param into the folder they go to, without slashes at its ends
   * @param owner null: whom the archive says
   */
  record Archive(FileTree tree, Entry source, String into, @Nullable Owner owner, @Nullable FileMode mode) implements Member {}
}
