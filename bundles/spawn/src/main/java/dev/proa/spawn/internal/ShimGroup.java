package dev.proa.spawn.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The control groups of a shim, {@code /proa-shim-PID} in every hierarchy: so that neither a kill of the daemon's group by a service manager nor a limit
 * of the group that the daemon was started in reaches it. What it starts joins groups of its own where the backend has some.
 */
public final class ShimGroup {
  private static final String PREFIX = "proa-shim-";
  private static final List<String> LEFT_OUT = List.of("cpuset", "freezer");
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  private ShimGroup() {}

  /** Moves this process there; where the host does not let it, it stays. {@code told} hears why. */
  public static void enter(int pid, Consumer<String> told) {
    List<Path> hierarchies;
    try {
      hierarchies = hierarchies();
    } catch (IOException e) {
      told.accept("the control groups stay as they are: " + e.getMessage());
      return;
    }
    for (Path hierarchy : hierarchies) {
      Path group = hierarchy.resolve(PREFIX + pid);
      try {
        make(group);
        Files.writeString(group.resolve("cgroup.procs"), Integer.toString(pid), StandardCharsets.US_ASCII, StandardOpenOption.WRITE);
      } catch (IOException e) {
        told.accept("not in " + group + ": " + e.getMessage());
        removeIfEmpty(group, told);
      }
    }
  }

  /** Moves this process to the top of every hierarchy and removes the groups it was in: its last deed, so that nobody has to outlive it for that. */
  public static void leave(int pid, Consumer<String> told) {
    try {
      for (Path hierarchy : hierarchies()) {
        Path group = hierarchy.resolve(PREFIX + pid);
        if (Files.isDirectory(group)) {
          Files.writeString(hierarchy.resolve("cgroup.procs"), Integer.toString(pid), StandardCharsets.US_ASCII, StandardOpenOption.WRITE);
          removeIfEmpty(group, told);
        }
      }
    } catch (IOException e) {
      told.accept("the control groups of the shim (pid " + pid + ") are left to the daemon: " + e.getMessage());
    }
  }

  private static void make(Path group) throws IOException {
    try {
      Files.createDirectory(group);
    } catch (FileAlreadyExistsException left) {
      // Of a process that had this pid before.
    }
  }

  /** Removes the groups of a shim that has ended. What its processes are still in stays. */
  public static void remove(int pid, Consumer<String> told) {
    try {
      for (Path hierarchy : hierarchies()) {
        removeIfEmpty(hierarchy.resolve(PREFIX + pid), told);
      }
    } catch (IOException e) {
      told.accept("the control groups of the shim (pid " + pid + ") are left: " + e.getMessage());
    }
  }

  private static void removeIfEmpty(Path group, Consumer<String> told) {
    try {
      Files.deleteIfExists(group); // rmdir(2): EBUSY with processes in it
    } catch (NoSuchFileException | DirectoryNotEmptyException e) {
      told.accept(group + " stays");
    } catch (FileSystemException e) {
      told.accept(group + " stays: " + e.getReason());
    } catch (IOException e) {
      told.accept(group + " stays: " + e.getMessage());
    }
  }

  /**
   * One mount of each; without cpuset of v1, whose new groups take no process until they have CPUs, and freezer, which tasks do not leave where v2
   * freezes them.
   */
  private static List<Path> hierarchies() throws IOException {
    List<Path> tops = new ArrayList<>();
    Set<String> devices = new HashSet<>();
    for (String line : Files.readAllLines(MOUNTS)) {
      // proc(5): id parent major:minor root mountpoint options [tags] - type source superOptions
      String[] halves = line.split(" - ", 2);
      String[] mount = halves[0].split(" ");
      String[] kind = halves.length < 2 ? new String[0] : halves[1].split(" ");
      boolean cgroup = kind.length == 3 && (kind[0].equals("cgroup2") || kind[0].equals("cgroup") && Collections.disjoint(List.of(kind[2].split(",")), LEFT_OUT));
      if (cgroup && mount[3].equals("/") && devices.add(mount[2])) {
        tops.add(Path.of(mount[4]));
      }
    }
    return tops;
  }
}
