package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.ContainerState;
import dev.proa.lifecycle.containers.ContainerStats;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.spi.isolation.TaskStats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a container uses, put together from its backend, the host's processors and its network namespace. */
final class StatsReader {
  private static final long NANOS_PER_TICK = 10_000_000;

  private final Engine engine;
  private final Host host;

  StatsReader(Engine engine, Host host) {
    this.engine = engine;
    this.host = host;
  }

  ContainerStats read(ContainerRow row) {
    if (!row.state().status().hasProcess()) {
      return ContainerViews.nothing(row);
    }
    TaskStats stats = engine.isolation(row, backend -> backend.stats(row.id()));
    ContainerStats.CpuStats none =
        new ContainerStats.CpuStats(new ContainerStats.CpuUsage(0, null, 0, 0), null, null, new ContainerStats.ThrottlingData(0, 0, 0));
    return new ContainerStats(
        "/" + row.name(),
        row.id(),
        Instant.now(),
        ContainerState.NEVER,
        new ContainerStats.PidsStats(stats.pids(), stats.pidsLimit() == 0 ? null : stats.pidsLimit()),
        blockIo(stats),
        0,
        Map.of(),
        new ContainerStats.CpuStats(
            new ContainerStats.CpuUsage(stats.cpuTotalNs(), stats.perCpuNs(), stats.cpuSystemNs(), stats.cpuUserNs()),
            hostCpuNs(),
            host.cpus(),
            new ContainerStats.ThrottlingData(stats.periods(), stats.throttledPeriods(), stats.throttledNs())),
        none,
        memory(stats),
        networks(row),
        pressure(stats));
  }

  private static Map<String, ContainerStats.PressureStats> pressure(TaskStats stats) {
    Map<String, ContainerStats.PressureStats> pressure = new TreeMap<>();
    stats
        .pressure()
        .forEach(
            (resource, told) -> {
              TaskStats.Stall full = told.full();
              pressure.put(resource, new ContainerStats.PressureStats(stall(told.some()), full == null ? null : stall(full)));
            });
    return pressure;
  }

  private static ContainerStats.Stall stall(TaskStats.Stall told) {
    return new ContainerStats.Stall(told.avg10(), told.avg60(), told.avg300(), told.totalUs());
  }

  private ContainerStats.MemoryStats memory(TaskStats stats) {
    long limit = Math.min(stats.memoryLimitBytes(), host.memoryBytes());
    return new ContainerStats.MemoryStats(
        stats.memoryUsageBytes(),
        stats.cgroup2() ? null : stats.memoryMaxUsageBytes(),
        new TreeMap<>(stats.memoryStat()),
        stats.cgroup2() ? null : stats.memoryFailures(),
        limit);
  }

  private static ContainerStats.BlkioStats blockIo(TaskStats stats) {
    List<ContainerStats.BlkioEntry> bytes =
        stats.blockIo().stream().map(io -> new ContainerStats.BlkioEntry(io.major(), io.minor(), io.operation(), io.bytes())).toList();
    List<ContainerStats.BlkioEntry> operations =
        stats.cgroup2()
            ? null
            : stats.blockIo().stream().map(io -> new ContainerStats.BlkioEntry(io.major(), io.minor(), io.operation(), io.operations())).toList();
    return new ContainerStats.BlkioStats(bytes, operations, null, null, null, null, null, null);
  }

  /** The first line of proc(5)'s stat: ticks of 10 ms spent in all states but guests', which user time contains. */
  private static long hostCpuNs() {
    try {
      String line = Files.readString(Path.of("/proc/stat")).lines().findFirst().orElse("");
      String[] words = line.split("\\s+");
      long ticks = 0;
      for (int i = 1; i < words.length && i <= 8; i++) {
        ticks += Long.parseLong(words[i]);
      }
      return ticks * NANOS_PER_TICK;
    } catch (IOException e) {
      return 0;
    }
  }

  /** proc(5)'s net/dev of the container's first process; without the loopback, as Docker. */
  private static Map<String, ContainerStats.NetworkStats> networks(ContainerRow row) {
    Map<String, ContainerStats.NetworkStats> networks = new LinkedHashMap<>();
    if ("host".equals(row.hostConfig().networkMode())) {
      return networks;
    }
    try {
      List<String> lines = Files.readAllLines(Path.of("/proc/" + row.state().pid() + "/net/dev"));
      for (String line : lines.subList(Math.min(2, lines.size()), lines.size())) {
        int colon = line.indexOf(':');
        String name = line.substring(0, Math.max(0, colon)).strip();
        String[] n = line.substring(colon + 1).strip().split("\\s+");
        if (!name.isEmpty() && !name.equals("lo") && n.length >= 12) {
          networks.put(
              name,
              new ContainerStats.NetworkStats(
                  Long.parseLong(n[0]),
                  Long.parseLong(n[1]),
                  Long.parseLong(n[2]),
                  Long.parseLong(n[3]),
                  Long.parseLong(n[8]),
                  Long.parseLong(n[9]),
                  Long.parseLong(n[10]),
                  Long.parseLong(n[11])));
        }
      }
      return networks;
    } catch (IOException e) {
      // It has ended meanwhile.
      return networks;
    }
  }
}
