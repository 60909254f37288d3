package dev.proa.namespace.cgroup;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folders of a group in all hierarchies: made with their parents, removed with what is below them. */
final class GroupFolders {
  private static final Logger LOG = LoggerFactory.getLogger(GroupFolders.class);
  private static final int GROUP_MODE = 0755;
  private static final int PARENT_TRIES = 10;

  private final CgroupLayout layout;
  private final String group;

  GroupFolders(CgroupLayout layout, String group) {
    this.layout = layout;
    this.group = group;
  }

  /** Makes one of them. */
  void make(String folder) {
    try {
      try {
        Fs.mkdirat(Fd.cwd(), folder, GROUP_MODE);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
        makeBelowParents(folder);
      }
    } catch (ErrnoException e) {
      throw e.errno() == Errno.EEXIST
          ? ProaException.alreadyExists("the control group " + folder + " exists already; remove what uses it")
          : CgroupFile.failed("cannot make the control group " + folder, e);
    }
  }

  /** Another daemon that closes removes the parent if it finds it empty, perhaps right now. */
  private void makeBelowParents(String folder) throws ErrnoException {
    for (int tries = 0; ; tries++) {
      makeParents(folder);
      try {
        Fs.mkdirat(Fd.cwd(), folder, GROUP_MODE);
        return;
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ENOENT || tries == PARENT_TRIES) {
          throw e;
        }
      }
    }
  }

  /** The groups between the hierarchy's top and the task's own; in v2 each hands all controllers down. */
  private void makeParents(String folder) throws ErrnoException {
    String top = folder.substring(0, folder.length() - group.length());
    boolean v2 = top.equals(layout.unified());
    if (v2) {
      delegate(top);
    }
    for (int slash = group.indexOf('/', 1); slash > 0; slash = group.indexOf('/', slash + 1)) {
      String parent = top + group.substring(0, slash);
      try {
        Fs.mkdirat(Fd.cwd(), parent, GROUP_MODE);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
      }
      if (v2) {
        delegate(parent);
      }
    }
  }

  private void delegate(String folder) throws ErrnoException {
    List<String> wanted = layout.v2().stream().filter(TaskCgroup::isHandled).sorted().map(controller -> "+" + controller).toList();
    if (!wanted.isEmpty()) {
      CgroupFile.write(folder + "/cgroup.subtree_control", String.join(" ", wanted));
    }
  }

  /** Removes all of them; those that are not there are no failure. */
  void remove() throws ErrnoException {
    Set<String> folders = new LinkedHashSet<>();
    for (String point : new LinkedHashSet<>(layout.v1().values())) {
      folders.add(point + group);
    }
    String unified = layout.unifiedFolder(group);
    if (unified != null) {
      folders.add(unified);
    }
    ErrnoException first = null;
    for (String folder : folders) {
      try {
        removeTree(folder);
      } catch (ErrnoException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /**
   * Removes the parent of all tasks' groups from every hierarchy where nothing is below it: what still runs, another daemon's tasks included, keeps it,
   * and whoever needs it makes it again.
   */
  static void removeIfEmpty(CgroupLayout layout, String parent) {
    Set<String> tops = new LinkedHashSet<>(layout.v1().values());
    if (layout.unified() != null) {
      tops.add(layout.unified());
    }
    for (String top : tops) {
      try {
        rmdir(top + parent);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.EBUSY) {
          LOG.debug("cannot remove the control group {}{}: {}", top, parent, e.getMessage());
        }
      }
    }
  }

  /** A privileged container may have made groups of its own below. */
  private static void removeTree(String folder) throws ErrnoException {
    try {
      rmdir(folder);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return;
      }
      List<String> subgroups = withSubgroups(folder);
      if (subgroups.size() < 2) {
        throw e;
      }
      for (String each : subgroups.reversed()) {
        rmdir(each);
      }
    }
  }

  private static void rmdir(String folder) throws ErrnoException {
    Fs.unlinkat(Fd.cwd(), folder, Fcntl.AT_REMOVEDIR);
  }

  /** The group and all below, each before its own subgroups. */
  static List<String> withSubgroups(String folder) {
    try (Stream<Path> walk = Files.walk(Path.of(folder))) {
      return walk.filter(Files::isDirectory).map(Path::toString).toList();
    } catch (IOException | java.io.UncheckedIOException gone) {
      return List.of(folder);
    }
  }
}
