package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.text.Units;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the flags of {@code run} and {@code create} say about devices and their limits. */
final class DeviceOptions {
  private static final Map<String, String> RATES =
      Map.of(
          "device-read-bps", "BlkioDeviceReadBps", "device-write-bps", "BlkioDeviceWriteBps", "device-read-iops", "BlkioDeviceReadIOps", "device-write-iops", "BlkioDeviceWriteIOps");

  private DeviceOptions() {}

  static void flags(Flags flags) {
    flags
        .number((char) 0, "blkio-weight", "Block IO (relative weight), between 10 and 1000, or 0 to disable")
        .list("blkio-weight-device", "Block IO weight (relative device weight), PATH:WEIGHT")
        .list("device", "Add a host device (HOST[:CONTAINER[:rwm]])")
        .list("device-cgroup-rule", "Add a rule to the cgroup allowed devices list")
        .list("device-read-bps", "Limit read rate (bytes per second) from a device, PATH:RATE")
        .list("device-read-iops", "Limit read rate (IO per second) from a device, PATH:RATE")
        .list("device-write-bps", "Limit write rate (bytes per second) to a device, PATH:RATE")
        .list("device-write-iops", "Limit write rate (IO per second) to a device, PATH:RATE")
        .list("gpus", "GPU devices to add to the container ('all' to pass all GPUs)");
  }

  static void host(Flags flags, Map<String, @Nullable Object> host) {
    host.put("Devices", devices(flags));
    if (!flags.list("device-cgroup-rule").isEmpty()) {
      host.put("DeviceCgroupRules", flags.list("device-cgroup-rule"));
    }
    RunOptions.put(host, "BlkioWeight", flags.number("blkio-weight"));
    if (!flags.list("blkio-weight-device").isEmpty()) {
      host.put("BlkioWeightDevice", flags.list("blkio-weight-device").stream().map(text -> perDevice(flags, "blkio-weight-device", text, "Weight")).toList());
    }
    RATES.forEach(
        (flag, field) -> {
          if (!flags.list(flag).isEmpty()) {
            host.put(field, flags.list(flag).stream().map(text -> perDevice(flags, flag, text, "Rate")).toList());
          }
        });
    if (!flags.list("gpus").isEmpty()) {
      host.put("DeviceRequests", flags.list("gpus").stream().map(text -> gpus(flags, text)).toList());
    }
  }

  private static Map<String, Object> perDevice(Flags flags, String flag, String text, String field) {
    int colon = text.lastIndexOf(':');
    try {
      if (colon > 0 && text.startsWith("/dev/")) {
        String value = text.substring(colon + 1);
        return Map.of("Path", text.substring(0, colon), field, flag.endsWith("bps") ? Units.bytes(value) : Long.parseLong(value));
      }
    } catch (NumberFormatException e) {
      // told below, as what has no number at all
    }
    throw flags.invalid(flag, text, "bad format: " + text + ": want /dev/NAME:NUMBER");
  }

  private static List<Map<String, String>> devices(Flags flags) {
    List<Map<String, String>> devices = new ArrayList<>();
    for (String device : flags.list("device")) {
      String[] parts = device.split(":");
      String inside = parts[0];
      String access = "rwm";
      if (parts.length == 2 && parts[1].matches("[rwm]+")) {
        access = parts[1];
      } else if (parts.length >= 2) {
        inside = parts[1];
      }
      if (parts.length == 3) {
        access = parts[2];
      }
      if (parts.length > 3 || !access.matches("[rwm]+")) {
        throw new CliException(125, "invalid device specification: " + device);
      }
      devices.add(Map.of("PathOnHost", parts[0], "PathInContainer", inside, "CgroupPermissions", access));
    }
    return devices;
  }

  /** {@code all}, a number, or {@code driver=,count=,device=,capabilities=,options=}. */
  private static Map<String, Object> gpus(Flags flags, String text) {
    Map<String, Object> request = new LinkedHashMap<>(Map.of("Driver", "", "Count", 1L, "Capabilities", List.of(List.of("gpu"))));
    for (String field : text.replace("\"", "").split(",(?=[a-z]+=)")) {
      int equals = field.indexOf('=');
      String value = field.substring(equals + 1);
      switch (equals < 0 ? "count" : field.substring(0, equals)) {
        case "driver" -> request.put("Driver", value);
        case "count" -> request.put("Count", count(flags, text, value));
        case "device" -> {
          request.put("DeviceIDs", Arrays.asList(value.split(",")));
          request.put("Count", 0L);
        }
        case "capabilities" -> {
          List<String> capabilities = new ArrayList<>(Arrays.asList(value.split(",")));
          capabilities.add("gpu");
          request.put("Capabilities", List.of(capabilities));
        }
        case "options" -> request.put("Options", Lists.pairs(Arrays.asList(value.split(","))));
        default -> throw flags.invalid("gpus", text, "unexpected key '" + field.substring(0, equals) + "' in '" + field + "'");
      }
    }
    return request;
  }

  private static long count(Flags flags, String text, String value) {
    try {
      return value.equals("all") ? -1 : Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw flags.invalid("gpus", text, "invalid count (" + value + "): value must be either \"all\" or an integer");
    }
  }
}
