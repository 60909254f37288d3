package dev.proa.namespace;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.namespace.plan.ExecPlanner;
import dev.proa.namespace.plan.IdMap;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What must be known to find a task again: one small file in its folder, which a reboot may lose because it loses the task as well.
 *
 * @param group path of its control groups
 * @param pid of its first process
 * @param birth that process's start, in clock ticks since boot (proc(5), stat, field 22): a pid alone may be somebody else's by now
 * @param filter name of its seccomp filter in the {@link FilterStore}, empty without one
 * @param program what it executes, and {@code execStep} the step of its plan that does so: an adopted plan can only number its failures
 * @param ownPids whether it has a pid namespace of its own, whose end takes all processes along
 * @param users the ids of its user namespace, null if it is in the host's
 * @param ownTime whether it has a time namespace that is not the host's
 * @param rootApart whether its mount namespace is others' as well, and its root attached nowhere in it
 */
record TaskRecord(
    String group,
    int pid,
    long birth,
    String filter,
    String program,
    int execStep,
    boolean ownPids,
    boolean memoryLimited,
    Instant created,
    @Nullable IdMap users,
    boolean ownTime,
    boolean rootApart) {
  static final String FILE = "task";

  void write(Path folder) {
    String text =
        "group=" + group + "\npid=" + pid + "\nbirth=" + birth + "\nfilter=" + filter + "\nprogram=" + oneLine(program) + "\nexecStep=" + execStep
            + "\nownPids=" + ownPids + "\nmemoryLimited=" + memoryLimited + "\ncreated=" + created + "\nusers=" + (users == null ? "" : users.encode())
            + "\nownTime=" + ownTime + "\nrootApart=" + rootApart + '\n';
    try {
      Path next = folder.resolve(FILE + ".new");
      Files.writeString(next, text, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
      Files.move(next, folder.resolve(FILE), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw ProaException.internal("cannot write " + folder.resolve(FILE) + ": " + e.getMessage(), e);
    }
  }

  /** What a further process enters. */
  ExecPlanner.Target target() {
    return new ExecPlanner.Target(users, ownTime, rootApart);
  }

  /** The descriptor that a plan wants for it besides that of its first process, if any. */
  void openRoot(Map<String, Fd> descriptors) throws ErrnoException {
    if (rootApart) {
      descriptors.put(ExecPlanner.ROOT, Fs.openat(Fd.cwd(), "/proc/" + pid + "/root", Fcntl.O_PATH | Fcntl.O_DIRECTORY));
    }
  }

  /** It is for messages only. */
  private static String oneLine(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.chars().forEach(c -> line.append(c < ' ' ? '?' : (char) c));
    return line.toString();
  }

  /** @return null if the task was never made completely */
  static @Nullable TaskRecord read(Path folder) {
    Map<String, String> values = new HashMap<>();
    try {
      for (String line : Files.readAllLines(folder.resolve(FILE))) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          values.put(line.substring(0, equals), line.substring(equals + 1));
        }
      }
      return new TaskRecord(
          values.getOrDefault("group", ""),
          Integer.parseInt(values.getOrDefault("pid", "")),
          Long.parseLong(values.getOrDefault("birth", "")),
          values.getOrDefault("filter", ""),
          values.getOrDefault("program", ""),
          Integer.parseInt(values.getOrDefault("execStep", "-1")),
          Boolean.parseBoolean(values.get("ownPids")),
          Boolean.parseBoolean(values.get("memoryLimited")),
          Instant.parse(values.getOrDefault("created", "")),
          values.getOrDefault("users", "").isEmpty() ? null : IdMap.decode(values.getOrDefault("users", "")),
          Boolean.parseBoolean(values.get("ownTime")),
          Boolean.parseBoolean(values.get("rootApart")));
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException | RuntimeException e) {
      throw ProaException.dataLoss(folder.resolve(FILE) + ": is no record of a task: " + e.getMessage());
    }
  }

  /** Whether it has ended and only waits to be reaped. */
  static boolean isZombie(int pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      return state == 'Z' || state == 'X';
    } catch (IOException | RuntimeException gone) {
      return true;
    }
  }

  /** Start of a living process in clock ticks; −1 if there is none of that pid. */
  static long birthOf(int pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      // The second field is the program's name in parentheses, and may hold anything.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(fields[19]);
    } catch (IOException | RuntimeException gone) {
      return -1;
    }
  }
}
