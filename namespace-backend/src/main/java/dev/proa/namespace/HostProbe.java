package dev.proa.namespace;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Resource;
import dev.proa.namespace.cgroup.CgroupLayout;
import dev.proa.namespace.plan.HostFacts;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.BackendFeatures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds out what this host and the shim offer; asked once. */
public final class HostProbe {
  private HostProbe() {}

  public static HostFacts facts(int shimPid) {
    String[] release = System.getProperty("os.version").split("[^0-9]+");
    try {
      return new HostFacts(
          Integer.parseInt(release[0]),
          Integer.parseInt(release[1]),
          Processes.prlimit(shimPid, Resource.RLIMIT_NOFILE, null).hard(),
          bounding(shimPid),
          lastCapability(),
          AppArmor.usable());
    } catch (ErrnoException e) {
      throw ProaException.internal("cannot find out what processes of the shim (pid " + shimPid + ") have: " + e.getMessage(), e);
    }
  }

  /** What an image that uid 0 executes gets: its bounding set. */
  private static long bounding(int pid) {
    Path status = Path.of("/proc/" + pid + "/status");
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("CapBnd:")) {
          return Long.parseUnsignedLong(line.substring("CapBnd:".length()).strip(), 16);
        }
      }
    } catch (IOException e) {
      throw ProaException.internal("cannot read " + status + ": " + e.getMessage(), e);
    }
    throw ProaException.internal(status + " has no line CapBnd", null);
  }

  /** By one read: files of /proc/sys give nothing to a second one, and {@code Files.readString} begins with a single byte. */
  private static int lastCapability() throws ErrnoException {
    byte[] text = new byte[32];
    try (Fd file = Fs.openat(Fd.cwd(), "/proc/sys/kernel/cap_last_cap", Fcntl.O_RDONLY)) {
      int length = Io.read(file, text, 0, text.length);
      return Integer.parseInt(new String(text, 0, length, StandardCharsets.US_ASCII).strip());
    }
  }

  static BackendFeatures features(CgroupLayout layout) {
    boolean seccomp = Files.exists(Path.of("/proc/sys/kernel/seccomp/actions_avail"));
    Set<BackendFeatures.Limit> limits = layout.limits();
    List<String> notes = new ArrayList<>();
    // Of the others the daemon tells in Docker's words.
    for (String controller : List.of("pids", "devices")) {
      if (!layout.has(controller)) {
        notes.add("this host has no control group for " + controller + ": containers are not limited by it");
      }
    }
    if (!seccomp) {
      notes.add("this kernel has no seccomp filters: containers may make every system call");
    }
    String noAppArmor = AppArmor.lacking();
    if (noAppArmor != null) {
      notes.add(noAppArmor);
    }
    return new BackendFeatures(
        "Linux namespaces and control groups" + (layout.pureV2() ? " v2" : layout.unified() == null ? " v1" : " v1 with v2 beside it"),
        layout.pureV2() ? 2 : 1,
        limits,
        seccomp,
        noAppArmor == null,
        notes);
  }
}
