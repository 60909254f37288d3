package dev.proa.lifecycle.internal.run;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Devices of the host for {@code --device}, and their numbers for block I/O limits. */
final class HostDevice {
  private HostDevice() {}

  /** One device, or with a folder all devices below it, with the rules that allow them. Docker's words if there is none. */
  static void add(String hostPath, String containerPath, String permissions, List<Spec.Device> devices, List<Spec.DeviceRule> rules) {
    Path source = resolve(hostPath);
    if (!Files.isDirectory(source)) {
      addOne(hostPath, source, containerPath, permissions, devices, rules);
      return;
    }
    int before = devices.size();
    try (Stream<Path> below = Files.walk(source, 8)) {
      for (Path path : below.filter(p -> !Files.isDirectory(p, LinkOption.NOFOLLOW_LINKS)).toList()) {
        if (isDevice(status(path, hostPath))) {
          addOne(hostPath, path, containerPath + "/" + source.relativize(path), permissions, devices, rules);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw gathering(hostPath, String.valueOf(e.getMessage()));
    }
    if (devices.size() == before) {
      throw gathering(hostPath, "not a device node");
    }
  }

  private static Path resolve(String hostPath) {
    try {
      return Path.of(hostPath).toRealPath();
    } catch (IOException e) {
      throw gathering(hostPath, "no such file or directory");
    }
  }

  private static void addOne(
      String hostPath, Path source, String containerPath, String permissions, List<Spec.Device> devices, List<Spec.DeviceRule> rules) {
    FileStatus status = status(source, hostPath);
    if (!isDevice(status)) {
      throw gathering(hostPath, "not a device node");
    }
    String type = (status.mode() & Stat.S_IFMT) == Stat.S_IFBLK ? "b" : "c";
    devices.add(
        new Spec.Device(containerPath, type, status.rdevMajor(), status.rdevMinor(), status.mode() & 07777, status.uid(), status.gid()));
    rules.add(new Spec.DeviceRule(true, type, (long) status.rdevMajor(), (long) status.rdevMinor(), permissions));
  }

  private static boolean isDevice(FileStatus status) {
    int type = status.mode() & Stat.S_IFMT;
    return type == Stat.S_IFBLK || type == Stat.S_IFCHR;
  }

  private static FileStatus status(Path path, String hostPath) {
    try (Fd fd = Fs.open(path.toString(), Fcntl.O_PATH | Fcntl.O_NOFOLLOW)) {
      return Fs.fstat(fd);
    } catch (ErrnoException e) {
      throw gathering(hostPath, e.errno().text());
    }
  }

  /** The numbers of a block device, for a limit. */
  static long[] numbers(String path) {
    try (Fd fd = Fs.open(path, Fcntl.O_PATH)) {
      FileStatus status = Fs.fstat(fd);
      return new long[] {status.rdevMajor(), status.rdevMinor()};
    } catch (ErrnoException e) {
      throw ProaException.invalid("stat " + path + ": " + e.errno().text());
    }
  }

  private static ProaException gathering(String hostPath, String why) {
    return ProaException.invalid("error gathering device information while adding custom device \"" + hostPath + "\": " + why);
  }
}
