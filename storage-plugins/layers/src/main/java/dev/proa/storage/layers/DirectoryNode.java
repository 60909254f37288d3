package dev.proa.storage.layers;

import dev.proa.linux.Timestamp;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory of the layer that is being made. The layer starts empty and only its maker changes it, so these nodes are all its directories
 * and nothing has to be asked of the kernel. What would be disturbed by later entries (owner, mode, times) is kept here until the end.
 */
public final class DirectoryNode {
  public final @Nullable DirectoryNode parent;
  public final String name;

  /** Counts from 0, the root, and is never used twice. */
  public final int number;

  /** Length of the path in bytes or more. */
  final int pathLength;

  /** The layers below whose directories at the same path show through; none once it is opaque. */
  int[] lowers;

  int mode;
  int uid;
  int gid;
  Timestamp modified = Timestamp.OMIT;

  /**
   * Whether the layer has an entry for it or below it. If not it is only here because the way to a whiteout or to the target of a hard link
   * led through it, and a whiteout takes it away.
   */
  boolean own;

  /** Whether files made in it inherit access rights that no entry spoke of. */
  boolean defaultAcl;

  private @Nullable Map<String, DirectoryNode> children;
  private @Nullable Set<String> whiteouts;
  private @Nullable Set<String> copies;

  DirectoryNode(@Nullable DirectoryNode parent, String name, int number, int[] lowers) {
    this.parent = parent;
    this.name = name;
    this.number = number;
    this.pathLength = parent == null ? 0 : parent.pathLength + name.length() + 1;
    this.lowers = lowers;
  }

  public int mode() {
    return mode;
  }

  public int uid() {
    return uid;
  }

  public int gid() {
    return gid;
  }

  /** {@link Timestamp#OMIT} if nothing spoke of it. */
  public Timestamp modified() {
    return modified;
  }

  /** Whether what the layers below have in it is seen in it. */
  public boolean showsBelow() {
    return lowers.length > 0;
  }

  /** An entry is here, or directly in it. */
  void makeOwn() {
    for (DirectoryNode at = this; at != null && !at.own; at = at.parent) {
      at.own = true;
    }
  }

  /** Whether the other one is this or below it. */
  boolean holds(DirectoryNode other) {
    for (DirectoryNode at = other; at != null; at = at.parent) {
      if (at == this) {
        return true;
      }
    }
    return false;
  }

  /** Below the root, without a slash in front. */
  public String path() {
    if (parent == null) {
      return "";
    }
    StringBuilder path = new StringBuilder(pathLength);
    appendPath(path);
    return path.toString();
  }

  private void appendPath(StringBuilder path) {
    if (parent != null && parent.parent != null) {
      parent.appendPath(path);
      path.append('/');
    }
    path.append(name);
  }

  String pathOf(String child) {
    return parent == null ? child : path() + "/" + child;
  }

  public @Nullable DirectoryNode child(String childName) {
    return children == null ? null : children.get(childName);
  }

  public Map<String, DirectoryNode> children() {
    return children == null ? Map.of() : children;
  }

  void add(DirectoryNode child) {
    if (children == null) {
      children = new HashMap<>();
    }
    children.put(child.name, child);
  }

  void removeChild(String childName) {
    if (children != null) {
      children.remove(childName);
    }
  }

  /** Names here that hide something below. */
  public Set<String> whiteouts() {
    if (whiteouts == null) {
      whiteouts = new HashSet<>();
    }
    return whiteouts;
  }

  public boolean hasWhiteout(String childName) {
    return whiteouts != null && whiteouts.contains(childName);
  }

  /** Names here that were copied from below for a hard link, and are no entries of the layer. */
  Set<String> copies() {
    if (copies == null) {
      copies = new HashSet<>();
    }
    return copies;
  }

  /** Whether the name was one of {@link #copies()}, which it then is no more. */
  boolean removeCopy(String childName) {
    return copies != null && copies.remove(childName);
  }

  void forget(String childName) {
    if (whiteouts != null) {
      whiteouts.remove(childName);
    }
    if (copies != null) {
      copies.remove(childName);
    }
  }

  void forgetMarks() {
    whiteouts = null;
    copies = null;
  }
}
