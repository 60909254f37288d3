package dev.proa.microvm;

import dev.proa.linux.abi.Arch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Whether KVM on this host can boot a stock kernel, found out without trying. */
final class HostCheck {
  private static final Path DEVICE = Path.of("/dev/kvm");

  private HostCheck() {}

  /** Why microVMs cannot run here, with what to do; null if they can. */
  static @Nullable String missing() {
    return missing(Arch.HOST, DEVICE, cpuFlags(Path.of("/proc/cpuinfo")));
  }

  static @Nullable String missing(Arch arch, Path device, Set<String> flags) {
    if (arch != Arch.X86_64) {
      return "they are there for x86-64 only so far, and this is " + arch;
    }
    boolean virtualisation = flags.contains("vmx") || flags.contains("svm");
    if (!Files.exists(device)) {
      return "there is no " + device + ": "
          + (virtualisation
              ? "load the module kvm_intel or kvm_amd"
              : "the processor offers no virtualisation (neither vmx nor svm in /proc/cpuinfo): switch it on in the firmware, or for a virtual machine in its host's nested virtualisation");
    }
    if (!Files.isReadable(device) || !Files.isWritable(device)) {
      return device + ": permission denied; add the user to group kvm or run proad as root";
    }
    if (!virtualisation) {
      return device + " is there, but the processor offers no virtualisation (neither vmx nor svm in /proc/cpuinfo): such a software-paged KVM runs tiny guests and never boots a stock kernel";
    }
    return null;
  }

  /** Of the host, as /proc/meminfo says; 4 GiB where that cannot be read. */
  static long memoryBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemTotal:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
        }
      }
    } catch (IOException | NumberFormatException e) {
      // As below.
    }
    return 4L << 30;
  }

  static Set<String> cpuFlags(Path cpuinfo) {
    try {
      for (String line : Files.readAllLines(cpuinfo)) {
        if (line.startsWith("flags")) {
          return new TreeSet<>(java.util.List.of(line.substring(line.indexOf(':') + 1).strip().split(" ")));
        }
      }
    } catch (IOException e) {
      // It is told as a processor without virtualisation.
    }
    return Set.of();
  }
}
