package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.text.Units;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code --mount} and {@code --tmpfs} of {@code run} and {@code create} say. */
final class MountOptions {
  private MountOptions() {}

  static Map<String, String> tmpfs(Flags flags) {
    Map<String, String> tmpfs = new LinkedHashMap<>();
    for (String mount : flags.list("tmpfs")) {
      int colon = mount.indexOf(':');
      tmpfs.put(colon < 0 ? mount : mount.substring(0, colon), colon < 0 ? "" : mount.substring(colon + 1));
    }
    return tmpfs;
  }

  static List<Map<String, Object>> mounts(Flags flags) {
    return flags.list("mount").stream().map(text -> mount(flags, text)).toList();
  }

  private static Map<String, Object> mount(Flags flags, String text) {
    Map<String, Object> mount = new LinkedHashMap<>();
    mount.put("Type", "volume");
    Map<String, Object> bind = new LinkedHashMap<>();
    Map<String, Object> volume = new LinkedHashMap<>();
    Map<String, Object> tmpfs = new LinkedHashMap<>();
    List<String> labels = new ArrayList<>();
    List<String> driverOptions = new ArrayList<>();
    Map<String, Object> driver = new LinkedHashMap<>();
    for (String field : text.split(",")) {
      int equals = field.indexOf('=');
      String key = equals < 0 ? field : field.substring(0, equals);
      String value = equals < 0 ? "true" : field.substring(equals + 1);
      switch (key) {
        case "type" -> mount.put("Type", value);
        case "source", "src" -> mount.put("Source", value.startsWith(".") ? Path.of(value).toAbsolutePath().normalize().toString() : value);
        case "target", "destination", "dst" -> mount.put("Target", value);
        case "readonly", "ro" -> mount.put("ReadOnly", truth(flags, text, key, value));
        case "consistency" -> mount.put("Consistency", value);
        case "bind-propagation" -> bind.put("Propagation", value);
        case "bind-create-src" -> bind.put("CreateMountpoint", truth(flags, text, key, value));
        case "bind-nonrecursive" -> bind.put("NonRecursive", truth(flags, text, key, value));
        case "bind-recursive" -> recursive(flags, text, value, bind);
        case "volume-nocopy" -> volume.put("NoCopy", truth(flags, text, key, value));
        case "volume-subpath" -> volume.put("Subpath", value);
        case "volume-label" -> labels.add(value);
        case "volume-driver" -> driver.put("Name", value);
        case "volume-opt" -> driverOptions.add(value);
        case "image-subpath" -> mount.put("ImageOptions", Map.of("Subpath", value));
        case "tmpfs-size" -> tmpfs.put("SizeBytes", Units.bytes(value));
        case "tmpfs-mode" -> tmpfs.put("Mode", mode(flags, text, value));
        default -> throw flags.invalid("mount", text, "unexpected key '" + key + "' in '" + field + "'");
      }
    }
    if (!mount.containsKey("Target")) {
      throw flags.invalid("mount", text, "target is required");
    }
    if (!labels.isEmpty()) {
      volume.put("Labels", Lists.pairs(labels));
    }
    if (!driverOptions.isEmpty()) {
      driver.put("Options", Lists.pairs(driverOptions));
    }
    if (!driver.isEmpty()) {
      volume.put("DriverConfig", driver);
    }
    options(flags, text, mount, "bind", "BindOptions", bind);
    options(flags, text, mount, "volume", "VolumeOptions", volume);
    options(flags, text, mount, "tmpfs", "TmpfsOptions", tmpfs);
    return mount;
  }

  private static void options(Flags flags, String text, Map<String, Object> mount, String type, String field, Map<String, Object> options) {
    if (options.isEmpty()) {
      return;
    }
    if (!type.equals(mount.get("Type"))) {
      throw flags.invalid("mount", text, "cannot mix '" + type + "-*' options with mount type '" + mount.get("Type") + "'");
    }
    mount.put(field, options);
  }

  private static void recursive(Flags flags, String text, String value, Map<String, Object> bind) {
    switch (value) {
      case "enabled" -> {}
      case "disabled" -> bind.put("NonRecursive", true);
      case "writable" -> bind.put("ReadOnlyNonRecursive", true);
      case "readonly" -> bind.put("ReadOnlyForceRecursive", true);
      default -> throw flags.invalid("mount", text, "invalid value for bind-recursive: " + value + " (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")");
    }
  }

  private static boolean truth(Flags flags, String text, String key, String value) {
    return switch (value) {
      case "true", "1", "" -> true;
      case "false", "0" -> false;
      default -> throw flags.invalid("mount", text, "invalid value for '" + key + "': " + value);
    };
  }

  private static long mode(Flags flags, String text, String octal) {
    try {
      return Long.parseLong(octal, 8);
    } catch (NumberFormatException e) {
      throw flags.invalid("mount", text, "invalid value for tmpfs-mode: " + octal);
    }
  }
}
