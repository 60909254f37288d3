package dev.proa.microvm;

import dev.proa.microvm.agent.Agent;
import dev.proa.spi.isolation.TaskStats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What a task uses: processors, disks and pressure as the host sees the monitor, since that is what the container costs; memory and processes as the guest
 * sees the container, since those are what its limits are of.
 */
final class GuestStats {
  private GuestStats() {}

  /** @param group of the container in the guest */
  static TaskStats of(TaskStats host, GuestRecord record, Agent agent, String group) throws IOException {
    Map<String, Long> memory = new HashMap<>();
    for (String line : text(agent, group + "/memory.stat").lines().toList()) {
      int space = line.indexOf(' ');
      if (space > 0) {
        memory.put(line.substring(0, space), number(line.substring(space + 1)));
      }
    }
    return with(host, record, number(text(agent, group + "/memory.current")), memory, number(text(agent, group + "/pids.current")));
  }

  /** Without a word from the guest: the monitor's own process is none of the container's. */
  static TaskStats ofHost(TaskStats host, GuestRecord record) {
    return with(host, record, host.memoryUsageBytes(), host.memoryStat(), Math.max(0, host.pids() - 1));
  }

  private static TaskStats with(TaskStats host, GuestRecord record, long used, Map<String, Long> memoryStat, long pids) {
    long limit = record.memoryLimit() > 0 ? record.memoryLimit() : record.size().memoryMib() * (1L << 20);
    return new TaskStats(
        host.cpuTotalNs(), host.cpuUserNs(), host.cpuSystemNs(), host.perCpuNs(), host.throttledPeriods(), host.periods(), host.throttledNs(), used,
        Math.max(used, host.memoryMaxUsageBytes()), limit, host.memoryFailures(), memoryStat, pids, record.pidsLimit(), host.blockIo(), host.pressure(), host.cgroup2());
  }

  private static String text(Agent agent, String file) throws IOException {
    return new String(agent.readFile(file), StandardCharsets.US_ASCII);
  }

  /** What a guest says is not believed to be a number. */
  private static long number(String text) {
    try {
      return Math.max(0, Long.parseLong(text.strip()));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
