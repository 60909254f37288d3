package dev.proa.builder.internal.layer;

import dev.proa.builder.internal.context.FileTree;
import dev.proa.builder.internal.context.FileTree.Entry;
import org.jspecify.annotations.Nullable;

/** One thing that is copied. */
public sealed interface Source {
  /** Under this name it comes into a folder. */
  String name();

  /**
   * A file, or a folder with all that is in it.
   *
   * @param above the folders above it that are to be made as well ({@code --parents}); empty mostly
   */
  record Tree(FileTree tree, Entry entry, String above) implements Source {
    @Override
    public String name() {
      return entry.name();
    }
  }

  /** A file whose bytes stand in the Dockerfile. */
  record Inline(String name, byte[] content) implements Source {}

  /**
   * A file that was fetched.
   *
   * @param tree where it lies now
   * @param modifiedSeconds as its server says; null if it does not
   */
  record Fetched(String name, FileTree tree, Entry entry, @Nullable Long modifiedSeconds) implements Source {}
}
