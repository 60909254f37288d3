package dev.proa.builder.internal.layer;

import dev.proa.builder.PathPatterns;
import dev.proa.builder.internal.context.FileTree.Entry;
import dev.proa.builder.internal.context.FileTree;
import dev.proa.builder.internal.context.Hash;
import dev.proa.images.Decompression;
import dev.proa.lifecycle.roots.ImageRoots.Owner;
import dev.proa.linux.FileName;
import dev.proa.linux.FileStatus;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.tar.TarEntry.Type;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarFormatException;
import dev.proa.linux.tar.TarReader;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The layer of a {@code COPY}, {@code ADD} or {@code WORKDIR}: written as a tar stream right from the sources, with an entry for every folder on the way,
 * because a layer's folder hides the attributes of the one below it.
 */
public final class CopyLayer {
  private static final Owner ROOT = new Owner(0, 0);
  private static final int FOLDER_MODE = 0755;
  private static final int FETCHED_MODE = 0600;
  private static final int INLINE_MODE = 0644;
  private static final int MAX_DEPTH = 512;
  private static final int PEEK = 64 << 10;

  private final CopyRequest request;
  private final @Nullable FileTree below;
  private final @Nullable Owner owner;
  private final long now;
  private final List<Member> members = new ArrayList<>();
  private final Set<String> folders = new HashSet<>();

  /**
   * @param below the files that it lies on; null for none, or if they do not matter
   * @param owner null: root, or whom the files belonged to
   * @param now seconds since the epoch: the time of folders that are made
   */
  private CopyLayer(CopyRequest request, @Nullable FileTree below, @Nullable Owner owner, long now) {
    this.request = request;
    this.below = request.link() ? null : below;
    this.owner = owner;
    this.now = now;
  }

  /**
   * What the step reads: names, modes, bytes, and owners where they are kept; not times.
   *
   * @throws IOException if a source cannot be read
   */
  public static String digest(CopyRequest request) throws IOException {
    Hash hash = new Hash();
    for (Source source : request.sources()) {
      switch (source) {
        case Source.Inline(String name, byte[] content) -> hash.add("inline").add(name).add(content);
        case Source.Fetched fetched -> hash.add("fetched").add(fetched.name()).add(fetched.tree().digest(fetched.entry()));
        case Source.Tree tree -> {
          boolean folder = tree.entry().status().isDirectory();
          hash.add("tree").add(folder && !request.folder() ? "" : tree.name()).add(tree.above());
          digest(request, tree.tree(), tree.entry(), "", hash, 0);
        }
      }
    }
    return hash.hex();
  }

  private static void digest(CopyRequest request, FileTree tree, Entry entry, String path, Hash hash, int depth) throws IOException {
    FileStatus status = entry.status();
    hash.add(FileName.encode(path)).add(status.mode());
    if (request.keepOwners()) {
      hash.add(status.uid()).add(status.gid());
    }
    switch (status.type()) {
      case Stat.S_IFREG -> {
        hash.add(tree.digest(entry));
        byte[] capability = tree.capability(entry);
        hash.add(capability == null ? new byte[0] : capability);
      }
      case Stat.S_IFLNK -> hash.add(FileName.encode(tree.link(entry)));
      case Stat.S_IFDIR -> {
        for (Entry child : children(request, tree, entry, path, depth)) {
          digest(request, tree, child, below(path, child.name()), hash, depth + 1);
        }
      }
      default -> hash.add(status.rdevMajor()).add(status.rdevMinor());
    }
  }

  private static String below(String path, String name) {
    return path.isEmpty() ? name : path + "/" + name;
  }

  private static List<Entry> children(CopyRequest request, FileTree tree, Entry folder, String path, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw ProaException.invalid("folders are nested more than " + MAX_DEPTH + " deep below " + folder.path());
    }
    List<Entry> children = tree.children(folder);
    PathPatterns exclude = request.exclude();
    if (exclude.isEmpty()) {
      return children;
    }
    return children.stream()
        .filter(child -> !exclude.matches(below(path, child.name())) || child.status().isDirectory() && exclude.hasExceptions())
        .toList();
  }

  /**
   * @param latestSeconds no time in the layer is later than this
   * @throws ProaException {@code INVALID_ARGUMENT} for what cannot be put where it is to go
   */
  public static InputStream of(CopyRequest request, @Nullable FileTree below, @Nullable Owner owner, long now, long latestSeconds) throws IOException {
    CopyLayer layer = new CopyLayer(request, below, owner, now);
    layer.plan();
    return new LayerStream(layer.members.iterator(), latestSeconds);
  }

  /** A folder with all folders above it, as far as they are missing; an empty layer if it is there. */
  public static InputStream folder(String path, FileTree below, long now, long latestSeconds) throws IOException {
    CopyRequest request = new CopyRequest(List.of(), path + "/", true, null, PathPatterns.of(List.of()), false, false, false);
    CopyLayer layer = new CopyLayer(request, below, null, now);
    Entry there = below.find(PathPatterns.clean(path));
    if (there == null) {
      layer.makeFolder(layer.resolve(PathPatterns.clean(path)));
    } else if (!there.status().isDirectory()) {
      throw ProaException.invalid("cannot make the folder " + path + ": it is there and is none");
    }
    return new LayerStream(layer.members.iterator(), latestSeconds);
  }

  private void plan() throws IOException {
    String target = resolve(PathPatterns.clean(request.destination()));
    Entry there = below == null ? null : below.look(target);
    boolean folder = request.folder() || there != null && there.status().isDirectory();
    if (request.folder() && there != null && !there.status().isDirectory()) {
      throw ProaException.invalid("cannot copy to " + request.destination() + ": it is there and is no folder");
    }
    for (Source source : request.sources()) {
      switch (source) {
        case Source.Inline(String name, byte[] content) -> {
          String path = folder ? below(target, name) : target;
          leaf(path);
          TarEntry entry = entry(path, Type.FILE, "", mode(INLINE_MODE, false), ROOT, content.length, now, 0, 0, 0, Map.of());
          members.add(new Member.Bytes(entry, content));
        }
        case Source.Fetched fetched -> fetched(fetched, folder ? below(target, fetched.name()) : target, target);
        case Source.Tree tree -> tree(tree, target, folder);
      }
    }
  }

  private void fetched(Source.Fetched fetched, String path, String folder) throws IOException {
    if (request.unpack() && isArchive(fetched.tree(), fetched.entry())) {
      archive(fetched.tree(), fetched.entry(), folder);
      return;
    }
    leaf(path);
    long time = fetched.modifiedSeconds() == null ? now : fetched.modifiedSeconds();
    long size = fetched.entry().status().size();
    TarEntry entry = entry(path, Type.FILE, "", mode(FETCHED_MODE, false), ROOT, size, time, 0, 0, 0, Map.of());
    members.add(new Member.File(entry, fetched.tree(), fetched.entry()));
  }

  private void tree(Source.Tree source, String target, boolean folder) throws IOException {
    Entry entry = source.entry();
    String base = source.above().isEmpty() ? target : below(target, source.above());
    if (entry.status().isDirectory()) {
      // Of a folder the content is copied, but with --parents the folder itself.
      String into = source.above().isEmpty() ? base : below(base, entry.name());
      copyFolder(source.tree(), entry, into, "", 0);
    } else if (request.unpack() && entry.status().isRegularFile() && isArchive(source.tree(), entry)) {
      archive(source.tree(), entry, target);
    } else {
      copy(source.tree(), entry, folder || !source.above().isEmpty() ? below(base, entry.name()) : base);
    }
  }

  private void archive(FileTree tree, Entry entry, String folder) throws IOException {
    makeFolder(folder);
    members.add(new Member.Archive(tree, entry, folder, owner, request.mode()));
  }

  /** Whether a file begins as a tar archive does, plain or compressed. */
  private static boolean isArchive(FileTree tree, Entry entry) throws IOException {
    if (entry.status().size() < TarReader.BLOCK && entry.status().size() < 20) {
      return false;
    }
    try (InputStream in = Decompression.of(tree.read(entry))) {
      return new TarReader(in, PEEK).next() != null;
    } catch (TarFormatException e) {
      return false;
    } catch (IOException e) {
      // Compressed, and not to be read: a file like any other, as for Docker.
      return false;
    }
  }

  private void copyFolder(FileTree tree, Entry source, String target, String path, int depth) throws IOException {
    Entry there = below == null ? null : below.look(target);
    if (there != null && !there.status().isDirectory()) {
      throw ProaException.invalid("cannot copy to non-directory: /" + target);
    }
    if (folders.contains(target) || there != null) {
      makeFolder(target);
    } else {
      parents(target);
      folders.add(target);
      put(source, target + "/", Type.DIRECTORY, "", 0, Map.of());
    }
    for (Entry child : children(request, tree, source, path, depth)) {
      if (child.status().isDirectory()) {
        copyFolder(tree, child, below(target, child.name()), below(path, child.name()), depth + 1);
      } else {
        copy(tree, child, below(target, child.name()));
      }
    }
  }

  private void copy(FileTree tree, Entry source, String target) throws IOException {
    leaf(target);
    FileStatus status = source.status();
    switch (status.type()) {
      case Stat.S_IFREG -> {
        byte[] capability = tree.capability(source);
        Map<String, byte[]> xattrs = capability == null ? Map.of() : Map.of("security.capability", capability);
        members.add(new Member.File(entryOf(source, target, Type.FILE, "", status.size(), xattrs), tree, source));
      }
      case Stat.S_IFLNK -> put(source, target, Type.SYMBOLIC_LINK, tree.link(source), 0, Map.of());
      case Stat.S_IFCHR -> put(source, target, Type.CHARACTER_DEVICE, "", 0, Map.of());
      case Stat.S_IFBLK -> put(source, target, Type.BLOCK_DEVICE, "", 0, Map.of());
      case Stat.S_IFIFO -> put(source, target, Type.FIFO, "", 0, Map.of());
      default -> {} // A socket has no place in a layer.
    }
  }

  /** Makes way for something that is no folder. */
  private void leaf(String path) throws IOException {
    if (path.isEmpty()) {
      throw ProaException.invalid("cannot copy a file over the root folder");
    }
    Entry there = below == null ? null : below.look(path);
    if (folders.contains(path) || there != null && there.status().isDirectory()) {
      throw ProaException.invalid("cannot copy to /" + path + ": it is a folder, and what is copied is none");
    }
    parents(path);
  }

  private void parents(String path) throws IOException {
    int slash = path.lastIndexOf('/');
    if (slash > 0) {
      makeFolder(path.substring(0, slash));
    }
  }

  /** An entry for a folder and those above it: as it is below, or made. */
  private void makeFolder(String path) throws IOException {
    if (path.isEmpty() || folders.contains(path)) {
      return;
    }
    parents(path);
    folders.add(path);
    Entry there = below == null ? null : below.look(path);
    if (there == null) {
      Owner whose = owner == null ? ROOT : owner;
      members.add(new Member.Plain(entry(path + "/", Type.DIRECTORY, "", FOLDER_MODE, whose, 0, now, 0, 0, 0, Map.of())));
      return;
    }
    if (!there.status().isDirectory()) {
      throw ProaException.invalid("cannot make the folder /" + path + ": it is there and is none");
    }
    FileStatus status = there.status();
    members.add(
        new Member.Plain(
            new TarEntry(
                path + "/", Type.DIRECTORY, "", status.permissions(), status.uid(), status.gid(), 0, status.mtime().seconds(), (int) status.mtime().nanos(), 0, 0,
                Map.of(), null)));
  }

  /** A path with the links of what lies below followed, as far as it is there. */
  private String resolve(String path) throws IOException {
    if (below == null) {
      return path;
    }
    String known = path;
    String rest = "";
    while (!known.isEmpty()) {
      Entry there = below.find(known);
      if (there != null) {
        return rest.isEmpty() ? there.path() : below(there.path(), rest);
      }
      int slash = known.lastIndexOf('/');
      rest = below(known.substring(slash + 1), rest);
      rest = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
      known = slash < 0 ? "" : known.substring(0, slash);
    }
    return rest;
  }

  private int mode(int mode, boolean folder) {
    return request.mode() == null ? mode : request.mode().applyTo(mode, folder);
  }

  private void put(Entry source, String target, Type type, String link, long size, Map<String, byte[]> xattrs) {
    members.add(new Member.Plain(entryOf(source, target, type, link, size, xattrs)));
  }

  private TarEntry entryOf(Entry source, String target, Type type, String link, long size, Map<String, byte[]> xattrs) {
    FileStatus status = source.status();
    boolean device = type == Type.CHARACTER_DEVICE || type == Type.BLOCK_DEVICE;
    int mode = type == Type.SYMBOLIC_LINK ? status.permissions() : mode(status.permissions(), type == Type.DIRECTORY);
    Owner whose = request.keepOwners() ? new Owner(status.uid(), status.gid()) : ROOT;
    return entry(
        target, type, link, mode, whose, size, status.mtime().seconds(), (int) status.mtime().nanos(), device ? status.rdevMajor() : 0,
        device ? status.rdevMinor() : 0, xattrs);
  }

  private TarEntry entry(
      String target, Type type, String link, int mode, Owner unless, long size, long seconds, int nanos, int major, int minor, Map<String, byte[]> xattrs) {
    Owner whose = owner == null ? unless : owner;
    return new TarEntry(target, type, link, mode, whose.uid(), whose.gid(), size, seconds, nanos, major, minor, xattrs, null);
  }
}
