package dev.proa.storage.layers;

import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarReader;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a layer is being made: a directory in overlayfs's format, or a file system image. {@link LayerUnpacker} decides what a member means; a
 * target only makes it. Names are single components; making one that is there fails with {@code EEXIST}, as the kernel's calls do.
 */
public interface LayerTarget extends AutoCloseable {

  /** What is at a name, directories apart: those are {@link DirectoryNode}s. */
  enum Leaf {
    NOTHING,
    SYMBOLIC_LINK,
    WHITEOUT,
    OTHER
  }

  /** What a layer uses. */
  record Content(long sizeBytes, long inodes) {}

  /**
   * The root, which is there from the start.
   *
   * @param below the root directory of the layers below, whose extended attributes it gets; null without one
   */
  void root(DirectoryNode root, @Nullable Fd below) throws IOException;

  Leaf find(DirectoryNode parent, String name) throws IOException;

  /** The text of a symbolic link that {@link #find} found. */
  String readLink(DirectoryNode parent, String name) throws IOException;

  /** A directory without extended attributes, at a name where nothing is. Owner, mode and time are taken from the node at the end. */
  void makeDirectory(DirectoryNode node, int mode) throws IOException;

  /** Gives a directory these extended attributes and no others, overlayfs's own apart. */
  void setXattrs(DirectoryNode node, Map<String, byte[]> xattrs) throws IOException;

  /** Gives a directory those of another one. */
  void copyXattrs(DirectoryNode node, Fd from) throws IOException;

  /** Marks a directory as hiding what the layers below have at its path. */
  void makeOpaque(DirectoryNode node) throws IOException;

  void makeWhiteout(DirectoryNode parent, String name) throws IOException;

  /**
   * A regular file with its data, which the reader has next. {@code EEXIST} is thrown before anything is read.
   *
   * @param xattrs of the entry without those that no layer may bring
   */
  void makeFile(DirectoryNode parent, String name, TarEntry entry, Map<String, byte[]> xattrs, TarReader data) throws IOException;

  void makeSymbolicLink(DirectoryNode parent, String name, TarEntry entry, Map<String, byte[]> xattrs) throws IOException;

  /** @param type S_IFCHR, S_IFBLK or S_IFIFO */
  void makeNode(DirectoryNode parent, String name, int type, TarEntry entry, Map<String, byte[]> xattrs) throws IOException;

  /** Another name for what this layer has at {@code from}/{@code target}, which is no directory. */
  void makeHardLink(DirectoryNode from, String target, DirectoryNode to, String name) throws IOException;

  /**
   * A copy of something in a layer below, under the same name, at which nothing is.
   *
   * @param below the directory of the layer below
   */
  void copyUp(DirectoryNode to, String name, Fd below, FileStatus status) throws IOException;

  /** Takes away what is no directory. */
  void unlink(DirectoryNode parent, String name) throws IOException;

  /** Takes away a directory with everything in it. */
  void removeTree(DirectoryNode node) throws IOException;

  /** Everything is there: gives every directory its owner, mode and time. The content is then complete, but not synced. */
  Content finish(DirectoryNode root) throws IOException;

  /** Lets go of what is open; what was made stays. */
  @Override
  void close();
}
