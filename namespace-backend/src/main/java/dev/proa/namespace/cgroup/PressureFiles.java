package dev.proa.namespace.cgroup;

import dev.proa.spi.isolation.TaskStats.Pressure;
import dev.proa.spi.isolation.TaskStats.Stall;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Documentation/accounting/psi.rst: what a v2 group waits for, where the kernel keeps count of it. */
final class PressureFiles {
  private static final List<String> RESOURCES = List.of("cpu", "memory", "io");

  private PressureFiles() {}

  static Map<String, Pressure> read(String folder) {
    Map<String, Pressure> pressures = new LinkedHashMap<>();
    for (String resource : RESOURCES) {
      String text = CgroupFile.readIfThere(folder + "/" + resource + ".pressure");
      Pressure pressure = text == null ? null : parse(text);
      if (pressure != null) {
        pressures.put(resource, pressure);
      }
    }
    return pressures;
  }

  /** Lines such as {@code some avg10=0.00 avg60=0.00 avg300=0.00 total=0}. */
  static @Nullable Pressure parse(String text) {
    Stall some = null;
    Stall full = null;
    for (String line : text.split("\n")) {
      String[] words = line.split(" ");
      if (words.length == 5) {
        Map<String, String> values = new HashMap<>();
        for (int i = 1; i < words.length; i++) {
          int equals = words[i].indexOf('=');
          if (equals > 0) {
            values.put(words[i].substring(0, equals), words[i].substring(equals + 1));
          }
        }
        Stall stall =
            new Stall(average(values, "avg10"), average(values, "avg60"), average(values, "avg300"), CgroupFile.parse(values.getOrDefault("total", "0")));
        switch (words[0]) {
          case "some" -> some = stall;
          case "full" -> full = stall;
          default -> {}
        }
      }
    }
    return some == null ? null : new Pressure(some, full);
  }

  private static double average(Map<String, String> values, String name) {
    return Double.parseDouble(values.getOrDefault(name, "0"));
  }
}
