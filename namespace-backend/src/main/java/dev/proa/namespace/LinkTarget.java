package dev.proa.namespace;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.namespace.plan.Links;
import dev.proa.spi.ProaException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Makes what a link of the image that leads to nothing stands for, so that something can be mounted there. A plan cannot read links, so it waits meanwhile.
 *
 * <p>Links are followed here, by their text and never by the kernel: each step is one name below a descriptor of a folder that was found without any
 * link, below the folder that counts as "/". Whoever changes the tree meanwhile makes this fail at worst.
 */
final class LinkTarget {
  /** As many as the kernel follows (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  private static final int MAX_NAMES = 4096;
  private static final int MODE = 0755;
  private static final long WITHOUT_LINKS = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_MAGICLINKS;

  private final Fd root;
  private final boolean directory;
  private final List<String> found = new ArrayList<>();
  private final Deque<String> left = new ArrayDeque<>();
  private int links;

  private LinkTarget(Fd root, boolean directory) {
    this.root = root;
    this.directory = directory;
  }

  /**
   * For a process whose plan waits.
   *
   * @param pid of that process, whose working folder is the one that counts as "/"
   */
  static void make(int pid, Links.Wanted wanted) {
    try (Fd root = Fs.openat(Fd.cwd(), "/proc/" + pid + "/cwd", Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      make(root, wanted);
    } catch (ErrnoException e) {
      throw ProaException.invalid("mount " + wanted.path() + ": what the link there leads to cannot be made: " + e.getMessage());
    }
  }

  static void make(Fd root, Links.Wanted wanted) throws ErrnoException {
    LinkTarget target = new LinkTarget(root, wanted.directory());
    target.push(wanted.path());
    target.walk();
  }

  private void push(String path) throws ErrnoException {
    Arrays.asList(path.split("/")).reversed().stream().filter(name -> !name.isEmpty() && !name.equals(".")).forEach(left::push);
    if (left.size() + found.size() > MAX_NAMES) {
      throw new ErrnoException("readlinkat", Errno.ENAMETOOLONG, path);
    }
  }

  private void walk() throws ErrnoException {
    while (!left.isEmpty()) {
      String name = left.pop();
      if (name.equals("..")) {
        if (!found.isEmpty()) {
          found.removeLast();
        }
        continue;
      }
      try (Fd parent = parent()) {
        step(parent, name);
      }
    }
  }

  private Fd parent() throws ErrnoException {
    return Fs.openat2(root, found.isEmpty() ? "." : String.join("/", found), Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0, WITHOUT_LINKS);
  }

  private void step(Fd parent, String name) throws ErrnoException {
    boolean folder = directory || !left.isEmpty();
    int type = typeOf(parent, name);
    if (type == 0) {
      make(parent, name, folder);
      type = typeOf(parent, name); // somebody else may have been quicker
    }
    if (type == Stat.S_IFLNK) {
      if (++links > MAX_LINKS) {
        throw new ErrnoException("readlinkat", Errno.ELOOP, name);
      }
      String text = textOf(parent, name);
      if (text.startsWith("/")) {
        found.clear();
      }
      push(text);
    } else if (folder && type != Stat.S_IFDIR) {
      throw new ErrnoException("openat2", Errno.ENOTDIR, name);
    } else {
      found.add(name);
    }
  }

  private static String textOf(Fd parent, String name) throws ErrnoException {
    try {
      return Fs.readlinkat(parent, name);
    } catch (ErrnoException e) {
      // No link any more: somebody changes the tree, as openat2(2) says of what moves under it.
      throw e.errno() == Errno.EINVAL ? new ErrnoException("readlinkat", Errno.EAGAIN, name) : e;
    }
  }

  /** S_IFMT of a name, 0 if there is none. */
  private static int typeOf(Fd parent, String name) throws ErrnoException {
    try {
      return Fs.statx(parent, name, Fcntl.AT_SYMLINK_NOFOLLOW).mode() & Stat.S_IFMT;
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return 0;
      }
      throw e;
    }
  }

  private static void make(Fd parent, String name, boolean folder) throws ErrnoException {
    try {
      if (folder) {
        Fs.mkdirat(parent, name, MODE);
      } else {
        Fs.mknodat(parent, name, Stat.S_IFREG | MODE, 0, 0);
      }
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
  }
}
