package dev.proa.cli.compose.model;

import dev.proa.cli.compose.model.Value.Text;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ports and volumes written in one line, as their long forms. */
final class ShortSyntax {
  private ShortSyntax() {}

  /** {@code [[HOST-IP:]PUBLISHED:]TARGET[/PROTOCOL]}; ranges of the same length side by side, a range for one port as a choice. */
  static List<Object> port(Text value, String at) {
    String text = value.text();
    int slash = text.indexOf('/');
    String protocol = slash < 0 ? "tcp" : text.substring(slash + 1);
    String rest = slash < 0 ? text : text.substring(0, slash);
    int last = rest.lastIndexOf(':');
    String target = rest.substring(last + 1);
    String before = last < 0 ? "" : rest.substring(0, last);
    String ip = "";
    String published = before;
    int split = before.startsWith("[") ? before.indexOf("]:") + 1 : before.lastIndexOf(':');
    if (split > 0) {
      ip = before.substring(0, split).replace("[", "").replace("]", "");
      published = before.substring(split + 1);
    }
    int[] inside = range(value, at, target);
    int[] outside = published.isEmpty() ? null : range(value, at, published);
    List<Object> ports = new ArrayList<>();
    int count = inside[1] - inside[0] + 1;
    if (outside != null && count > 1 && outside[1] - outside[0] + 1 != count) {
      throw value.place().error(at + ": " + text + ": ranges of different lengths");
    }
    for (int i = 0; i < count; i++) {
      Map<String, @Nullable Object> port = new LinkedHashMap<>();
      port.put("mode", "ingress");
      if (!ip.isEmpty()) {
        port.put("host_ip", ip);
      }
      port.put("target", (long) inside[0] + i);
      if (outside != null) {
        port.put("published", count > 1 || outside[0] == outside[1] ? String.valueOf(outside[0] + i) : published);
      }
      port.put("protocol", protocol);
      ports.add(port);
    }
    return ports;
  }

  private static int[] range(Text value, String at, String text) {
    int dash = text.indexOf('-');
    try {
      int first = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
      int last = dash < 0 ? first : Integer.parseInt(text.substring(dash + 1));
      if (first >= 0 && last <= 65535 && first <= last) {
        return new int[] {first, last};
      }
    } catch (NumberFormatException e) {
      throw value.place().error(at + ": invalid port \"" + value.text() + "\": " + text + " is no port");
    }
    throw value.place().error(at + ": invalid port \"" + value.text() + "\": " + text + " is no port");
  }

  /** {@code [SOURCE:]TARGET[:OPTIONS]}; a source that begins as a path is one, below {@code directory}. */
  static Map<String, @Nullable Object> volume(Text value, String at, Path directory) {
    String[] parts = value.text().split(":", -1);
    if (parts.length > 3 || parts[0].isEmpty() || parts.length > 1 && parts[1].isEmpty()) {
      throw value.place().error(at + ": invalid volume \"" + value.text() + "\": it is to be [SOURCE:]TARGET[:OPTIONS]");
    }
    Map<String, @Nullable Object> volume = new LinkedHashMap<>();
    if (parts.length == 1) {
      volume.put("type", "volume");
      volume.put("target", parts[0]);
      volume.put("volume", Map.of());
      return volume;
    }
    boolean path = parts[0].startsWith("/") || parts[0].startsWith(".") || parts[0].startsWith("~");
    volume.put("type", path ? "bind" : "volume");
    volume.put("source", path ? absolute(parts[0], directory) : parts[0]);
    volume.put("target", parts[1]);
    Map<String, @Nullable Object> options = new LinkedHashMap<>();
    if (path) {
      options.put("create_host_path", true);
    }
    for (String option : parts.length < 3 ? new String[0] : parts[2].split(",")) {
      switch (option) {
        case "ro" -> volume.put("read_only", true);
        case "rw", "cached", "delegated", "consistent" -> {} // the default, and what other systems need
        case "z", "Z" -> options.put("selinux", option);
        case "nocopy" -> options.put("nocopy", true);
        case "private", "rprivate", "shared", "rshared", "slave", "rslave" -> options.put("propagation", option);
        default -> throw value.place().error(at + ": invalid volume \"" + value.text() + "\": unknown option " + option);
      }
    }
    volume.put(path ? "bind" : "volume", options);
    return volume;
  }

  static String absolute(String path, Path directory) {
    if (path.equals("~") || path.startsWith("~/")) {
      return Path.of(System.getProperty("user.home"), path.substring(1)).normalize().toString();
    }
    return directory.resolve(path).normalize().toString();
  }
}
