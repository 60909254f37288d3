package dev.proa.storage.vfs;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.storage.layers.DirectoryNode;
import dev.proa.storage.layers.DirectoryTarget;
import dev.proa.storage.layers.OverlayFormat;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A layer as a whole tree: made as overlayfs would have it, and then filled up with what shows through from the tree below. */
final class VfsTarget extends DirectoryTarget {
  private final Fd root;
  private final @Nullable Fd parent;

  /** @param parent the whole tree below, null for a first layer */
  VfsTarget(Fd root, @Nullable Fd parent) throws ErrnoException {
    super(root, OverlayFormat.TRUSTED);
    this.root = root;
    this.parent = parent;
  }

  /** The node says it, and nobody else has to know. */
  @Override
  public void makeOpaque(DirectoryNode node) {}

  @Override
  protected void complete(DirectoryNode top) throws IOException {
    if (parent != null) {
      new TreeCopy(parent, root).into(top);
    }
  }
}
