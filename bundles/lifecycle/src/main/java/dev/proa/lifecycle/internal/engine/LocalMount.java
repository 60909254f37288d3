package dev.proa.lifecycle.internal.engine;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Mounts;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Mount;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a local volume with driver options is: a file system that is mounted at the volume's folder while a container uses it, as Docker's local
 * driver does.
 *
 * @param type of the file system; {@code none} for a bind
 * @param device what is mounted
 * @param options of mount(8), with commas; empty for none
 */
record LocalMount(String type, String device, String options) {
  private static final Set<String> KNOWN = Set.of("type", "o", "device", "size");

  /** What each option is nothing without, in the order in which Docker looks. */
  private static final Map<String, List<String>> NEEDED =
      new TreeMap<>(Map.of("device", List.of("type"), "type", List.of("device"), "o", List.of("device", "type")));

  private static final Map<String, Long> FLAGS =
      Map.ofEntries(
          Map.entry("ro", Mount.MS_RDONLY),
          Map.entry("nosuid", Mount.MS_NOSUID),
          Map.entry("nodev", Mount.MS_NODEV),
          Map.entry("noexec", Mount.MS_NOEXEC),
          Map.entry("sync", Mount.MS_SYNCHRONOUS),
          Map.entry("dirsync", Mount.MS_DIRSYNC),
          Map.entry("noatime", Mount.MS_NOATIME),
          Map.entry("nodiratime", Mount.MS_NODIRATIME),
          Map.entry("relatime", Mount.MS_RELATIME),
          Map.entry("strictatime", Mount.MS_STRICTATIME),
          Map.entry("bind", Mount.MS_BIND),
          Map.entry("rbind", Mount.MS_BIND | Mount.MS_REC));

  /** What is so anyway. */
  private static final Set<String> DEFAULTS = Set.of("", "defaults", "rw", "suid", "dev", "exec", "async", "atime");

  /** @throws ProaException {@code INVALID_ARGUMENT} with Docker's words */
  static void check(String volume, Map<String, String> options) {
    for (String name : options.keySet()) {
      if (!KNOWN.contains(name)) {
        throw ProaException.invalid("create " + volume + ": invalid option: \"" + name + '"');
      }
    }
    if (options.containsKey("size")) {
      throw ProaException.invalid("create " + volume + ": quota size requested but no quota support");
    }
    NEEDED.forEach(
        (name, needed) -> {
          for (String other : options.containsKey(name) ? needed : List.<String>of()) {
            if (!options.containsKey(other)) {
              throw ProaException.invalid("create " + volume + ": missing required option: \"" + other + '"');
            }
          }
        });
  }

  static LocalMount of(Map<String, String> options) {
    return new LocalMount(options.getOrDefault("type", ""), options.getOrDefault("device", ""), options.getOrDefault("o", ""));
  }

  /** Mounts it; {@code INVALID_ARGUMENT} with what the kernel said. */
  void on(Path folder) {
    long flags = 0;
    List<String> data = new ArrayList<>();
    for (String option : options.split(",")) {
      Long flag = FLAGS.get(option);
      if (flag != null) {
        flags |= flag;
      } else if (!DEFAULTS.contains(option)) {
        data.add(option.startsWith("addr=") ? "addr=" + address(option.substring("addr=".length())) : option);
      }
    }
    boolean bind = (flags & Mount.MS_BIND) != 0;
    long first = bind ? flags & (Mount.MS_BIND | Mount.MS_REC) : flags;
    try {
      Mounts.mount(device, folder.toString(), type, first, data.isEmpty() ? null : String.join(",", data));
      if (bind && flags != first) {
        Mounts.mount(device, folder.toString(), type, flags & ~Mount.MS_REC | Mount.MS_REMOUNT, null);
      }
    } catch (ErrnoException e) {
      throw new ProaException(
          dev.proa.spi.ErrorClass.INVALID_ARGUMENT,
          "error while mounting volume '" + folder + "': failed to mount local volume: mount " + device + ":" + folder
              + (options.isEmpty() ? "" : ", data: " + options) + ": " + e.errno().text(), e);
    }
  }

  private static String address(String host) {
    try {
      return InetAddress.getByName(host).getHostAddress();
    } catch (UnknownHostException e) {
      throw ProaException.invalid("failed to mount local volume: cannot resolve addr=" + host);
    }
  }

  static boolean isMounted(Path folder) {
    try (Fd parent = Fs.open(String.valueOf(folder.getParent()), Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        Fd own = Fs.open(folder.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
      return Fs.fstat(parent).mountId() != Fs.fstat(own).mountId();
    } catch (IOException e) {
      return false;
    }
  }

  /** Takes off all that is mounted there. */
  static void off(Path folder) throws IOException {
    while (isMounted(folder)) {
      try {
        Mounts.umount2(folder.toString(), Mount.MNT_DETACH | Mount.UMOUNT_NOFOLLOW);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EINVAL) {
          throw e;
        } // somebody was faster
      }
    }
  }
}
