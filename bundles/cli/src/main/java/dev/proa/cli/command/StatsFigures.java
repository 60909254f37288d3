package dev.proa.cli.command;

import dev.proa.cli.json.Json;
import dev.proa.cli.text.Units;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The figures of a reading, as docker's command computes them. */
final class StatsFigures {
  private StatsFigures() {}

  static Map<String, Object> unread(String name) {
    Map<String, Object> row = new HashMap<>();
    row.put("Container", name);
    row.put("ID", "--");
    row.put("Name", "--");
    row.put("CPUPerc", "--");
    row.put("MemUsage", "-- / --");
    row.put("MemPerc", "--");
    row.put("NetIO", "--");
    row.put("BlockIO", "--");
    row.put("PIDs", "--");
    return row;
  }

  static Map<String, Object> row(String name, @Nullable Object stats, boolean whole) {
    Map<String, Object> row = new HashMap<>();
    String id = Json.text(stats, "id");
    String shown = Json.text(stats, "name");
    double limit = Json.number(stats, "memory_stats", "limit");
    double used = memory(stats);
    row.put("Container", name);
    row.put("ID", whole ? id : Units.shortId(id));
    row.put("Name", shown.startsWith("/") ? shown.substring(1) : shown);
    row.put("CPUPerc", percent(cpu(stats)));
    row.put("MemUsage", Units.binarySize(used) + " / " + Units.binarySize(limit));
    row.put("MemPerc", percent(limit > 0 ? used / limit : 0));
    double[] network = network(stats);
    double[] block = block(stats);
    row.put("NetIO", Units.size(network[0]) + " / " + Units.size(network[1]));
    row.put("BlockIO", Units.size(block[0]) + " / " + Units.size(block[1]));
    row.put("PIDs", Json.number(stats, "pids_stats", "current"));
    return row;
  }

  /** Bytes received and sent. */
  static double[] network(@Nullable Object stats) {
    double[] bytes = new double[2];
    for (Object network : Json.object(stats, "networks").values()) {
      bytes[0] += Json.number(network, "rx_bytes");
      bytes[1] += Json.number(network, "tx_bytes");
    }
    return bytes;
  }

  /** Bytes read and written. */
  static double[] block(@Nullable Object stats) {
    double[] bytes = new double[2];
    for (Object entry : Json.list(stats, "blkio_stats", "io_service_bytes_recursive")) {
      switch (Json.text(entry, "op").toLowerCase(java.util.Locale.ROOT)) {
        case "read" -> bytes[0] += Json.number(entry, "value");
        case "write" -> bytes[1] += Json.number(entry, "value");
        default -> {}
      }
    }
    return bytes;
  }

  /** Part of one processor, so 2 is two whole ones. */
  static double cpu(@Nullable Object stats) {
    double busy = Json.number(stats, "cpu_stats", "cpu_usage", "total_usage") - Json.number(stats, "precpu_stats", "cpu_usage", "total_usage");
    double elapsed = Json.number(stats, "cpu_stats", "system_cpu_usage") - Json.number(stats, "precpu_stats", "system_cpu_usage");
    long processors = Json.number(stats, "cpu_stats", "online_cpus");
    return busy > 0 && elapsed > 0 ? busy / elapsed * Math.max(1, processors) : 0;
  }

  /** Without the page cache that can be dropped at once: total_inactive_file in version 1, inactive_file in version 2. */
  static double memory(@Nullable Object stats) {
    long usage = Json.number(stats, "memory_stats", "usage");
    for (String cache : new String[] {"total_inactive_file", "inactive_file"}) {
      long droppable = Json.number(stats, "memory_stats", "stats", cache);
      if (droppable > 0 && droppable < usage) {
        return usage - droppable;
      }
    }
    return usage;
  }

  static String percent(double part) {
    return String.format(java.util.Locale.ROOT, "%.2f%%", part * 100);
  }
}
