package dev.proa.microvm;

import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What must be known to find a task again: one small file in its folder, which a reboot may lose because it loses the task as well.
 *
 * @param group path of the monitor's control groups
 * @param monitorPid of the monitor
 * @param filter name of the seccomp filter in the store, empty without one
 * @param ownTime whether the container has a time namespace of its own
 * @param size of the guest
 * @param memoryLimit of the container in the guest, in bytes, 0 for none
 * @param pidsLimit of the container in the guest, 0 for none
 * @param cpuMax of the container in the guest, as in the kernel's cpu.max
 * @param program what it executes, and {@code cwd} where: for messages
 * @param started whether its process has been let go
 */
record GuestRecord(
    String group,
    int monitorPid,
    String filter,
    boolean ownTime,
    GuestSpec.Size size,
    long memoryLimit,
    long pidsLimit,
    String cpuMax,
    String program,
    String cwd,
    boolean started,
    Instant created) {
  private static final String FILE = "task";

  GuestRecord asStarted() {
    return new GuestRecord(group, monitorPid, filter, ownTime, size, memoryLimit, pidsLimit, cpuMax, program, cwd, true, created);
  }

  /** With other limits; what is null stays. */
  GuestRecord with(@Nullable Long memory, @Nullable Long pids, Spec.@Nullable Cpu cpu) {
    return new GuestRecord(
        group, monitorPid, filter, ownTime, size, memory == null ? memoryLimit : Math.max(0, memory), pids == null ? pidsLimit : Math.max(0, pids),
        cpu == null || cpu.quota() == null ? cpuMax : GuestSpec.cpuMax(cpu), program, cwd, started, created);
  }

  void write(Path folder) {
    String text =
        "group=" + group + "\nmonitorPid=" + monitorPid + "\nfilter=" + filter + "\nownTime=" + ownTime + "\nmemoryMib=" + size.memoryMib() + "\nvcpus="
            + size.vcpus() + "\nmemoryLimit=" + memoryLimit + "\npidsLimit=" + pidsLimit + "\ncpuMax=" + cpuMax
            + "\nprogram=" + oneLine(program) + "\ncwd=" + oneLine(cwd)
            + "\nstarted=" + started + "\ncreated=" + created + '\n';
    try {
      Path next = folder.resolve(FILE + ".new");
      Files.writeString(next, text);
      Files.move(next, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw ProaException.internal("cannot write " + folder.resolve(FILE) + ": " + e.getMessage(), e);
    }
  }

  /** It is for messages only. */
  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  /** @return null if the task was never made completely */
  static @Nullable GuestRecord read(Path folder) {
    Map<String, String> values = new HashMap<>();
    try {
      for (String line : Files.readAllLines(folder.resolve(FILE))) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          values.put(line.substring(0, equals), line.substring(equals + 1));
        }
      }
      return new GuestRecord(
          values.getOrDefault("group", ""),
          Integer.parseInt(values.getOrDefault("monitorPid", "")),
          values.getOrDefault("filter", ""),
          Boolean.parseBoolean(values.get("ownTime")),
          new GuestSpec.Size(Integer.parseInt(values.getOrDefault("memoryMib", "")), Integer.parseInt(values.getOrDefault("vcpus", ""))),
          Long.parseLong(values.getOrDefault("memoryLimit", "0")),
          Long.parseLong(values.getOrDefault("pidsLimit", "0")),
          values.getOrDefault("cpuMax", "max"),
          values.getOrDefault("program", ""),
          values.getOrDefault("cwd", "/"),
          Boolean.parseBoolean(values.get("started")),
          Instant.parse(values.getOrDefault("created", "")));
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException | RuntimeException e) {
      throw ProaException.dataLoss(folder.resolve(FILE) + ": is no record of a task: " + e.getMessage());
    }
  }
}
