package dev.proa.builder.internal.layer;

import dev.proa.builder.internal.context.FileTree.Entry;
import dev.proa.builder.internal.context.FileTree;
import dev.proa.images.build.Assembly.Line;
import dev.proa.linux.FileStatus;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.tar.TarEntry.Type;
import dev.proa.linux.tar.TarEntry;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One layer of what many layers did ({@code --squash}): the difference between two trees, by what is in them. */
public final class SquashLayer {
  private static final int MAX_DEPTH = 512;
  private static final String COMMENT = "merge ";

  private final @Nullable FileTree before;
  private final FileTree after;
  private final List<Member> members = new ArrayList<>();
  /** The first name of a file that has several. */
  private final Map<Identity, String> first = new HashMap<>();

  private record Identity(int deviceMajor, int deviceMinor, long inode) {}

  private SquashLayer(@Nullable FileTree before, FileTree after) {
    this.before = before;
    this.after = after;
  }

  /** The line of history that goes with it. */
  public static String comment(String imageId, @Nullable String base) {
    return COMMENT + imageId + " to " + (base == null ? "" : base);
  }

  /** Whether a line of history tells of such a layer. */
  public static boolean merges(Line line) {
    return line.comment().startsWith(COMMENT);
  }

  /**
   * A layer's tar stream that makes the second tree of the first.
   *
   * @param latestSeconds no time in it is later than this
   */
  public static InputStream between(FileTree before, FileTree after, long latestSeconds) throws IOException {
    SquashLayer layer = new SquashLayer(before, after);
    Entry was = before.find("");
    Entry is = after.find("");
    if (was == null || is == null) {
      throw new IOException("a tree has no root");
    }
    layer.folder(was, is, 0);
    return new LayerStream(layer.members.iterator(), latestSeconds);
  }

  /** A tree as a tar stream. */
  public static InputStream whole(FileTree tree, long latestSeconds) throws IOException {
    SquashLayer layer = new SquashLayer(null, tree);
    Entry root = tree.find("");
    if (root == null) {
      throw new IOException("a tree has no root");
    }
    layer.folder(null, root, 0);
    return new LayerStream(layer.members.iterator(), latestSeconds);
  }

  private void folder(@Nullable Entry was, Entry is, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw ProaException.invalid("folders are nested more than " + MAX_DEPTH + " deep below " + is.path());
    }
    Map<String, Entry> old = new LinkedHashMap<>();
    if (was != null && before != null) {
      before.children(was).forEach(child -> old.put(child.name(), child));
    }
    for (Entry child : after.children(is)) {
      Entry earlier = old.remove(child.name());
      if (child.status().isDirectory()) {
        boolean stays = earlier != null && earlier.status().isDirectory();
        int place = members.size();
        folder(stays ? earlier : null, child, depth + 1);
        if (!stays || members.size() > place || !sameAttributes(earlier, child)) {
          members.add(place, new Member.Plain(entry(child, child.path() + "/", Type.DIRECTORY, "", 0)));
        }
      } else if (earlier == null || !same(earlier, child)) {
        leaf(child);
      }
    }
    old.values().forEach(gone -> members.add(new Member.Deleted(gone.path())));
  }

  private boolean same(Entry earlier, Entry now) throws IOException {
    if (before == null) {
      return false;
    }
    FileStatus was = earlier.status();
    FileStatus is = now.status();
    if (was.mode() != is.mode()) {
      return false;
    }
    return switch (is.type()) {
      case Stat.S_IFREG ->
          was.size() == is.size() && sameAttributes(earlier, now) && Arrays.equals(before.digest(earlier), after.digest(now));
      case Stat.S_IFLNK -> was.uid() == is.uid() && was.gid() == is.gid() && before.link(earlier).equals(after.link(now));
      default -> was.uid() == is.uid() && was.gid() == is.gid() && was.rdevMajor() == is.rdevMajor() && was.rdevMinor() == is.rdevMinor();
    };
  }

  private boolean sameAttributes(Entry earlier, Entry now) throws IOException {
    FileStatus was = earlier.status();
    FileStatus is = now.status();
    boolean same = was.mode() == is.mode() && was.uid() == is.uid() && was.gid() == is.gid() && was.mtime().seconds() == is.mtime().seconds();
    if (!same || before == null) {
      return false;
    }
    Map<String, byte[]> then = before.attributes(earlier);
    Map<String, byte[]> today = after.attributes(now);
    return then.keySet().equals(today.keySet()) && then.entrySet().stream().allMatch(each -> Arrays.equals(each.getValue(), today.get(each.getKey())));
  }

  private void leaf(Entry now) throws IOException {
    FileStatus status = now.status();
    switch (status.type()) {
      case Stat.S_IFREG -> {
        String other = status.nlink() > 1 ? first.putIfAbsent(new Identity(status.devMajor(), status.devMinor(), status.ino()), now.path()) : null;
        if (other != null) {
          members.add(new Member.Plain(entry(now, now.path(), Type.HARD_LINK, other, 0)));
        } else {
          members.add(new Member.File(entry(now, now.path(), Type.FILE, "", status.size()), after, now));
        }
      }
      case Stat.S_IFLNK -> members.add(new Member.Plain(entry(now, now.path(), Type.SYMBOLIC_LINK, after.link(now), 0)));
      case Stat.S_IFCHR -> members.add(new Member.Plain(entry(now, now.path(), Type.CHARACTER_DEVICE, "", 0)));
      case Stat.S_IFBLK -> members.add(new Member.Plain(entry(now, now.path(), Type.BLOCK_DEVICE, "", 0)));
      case Stat.S_IFIFO -> members.add(new Member.Plain(entry(now, now.path(), Type.FIFO, "", 0)));
      default -> {} // A socket has no place in a layer.
    }
  }

  private TarEntry entry(Entry of, String path, Type type, String link, long size) throws IOException {
    FileStatus status = of.status();
    boolean device = type == Type.CHARACTER_DEVICE || type == Type.BLOCK_DEVICE;
    Map<String, byte[]> attributes = type == Type.FILE || type == Type.DIRECTORY ? after.attributes(of) : Map.of();
    return new TarEntry(
        path, type, link, status.permissions(), status.uid(), status.gid(), size, status.mtime().seconds(), (int) status.mtime().nanos(),
        device ? status.rdevMajor() : 0, device ? status.rdevMinor() : 0, attributes, null);
  }
}
