package dev.proa.lifecycle.confinement;

import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Capabilities by name (capabilities(7), linux/capability.h): the default ones, all of this host's, and Docker's rule for adding and dropping. */
final class CapabilitySet {

  /** The kernel's, each at the index of its number; since Linux 5.9 there are 41. */
  private static final List<String> KNOWN =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_DAC_READ_SEARCH",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_LINUX_IMMUTABLE",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_BROADCAST",
          "CAP_NET_ADMIN",
          "CAP_NET_RAW",
          "CAP_IPC_LOCK",
          "CAP_IPC_OWNER",
          "CAP_SYS_MODULE",
          "CAP_SYS_RAWIO",
          "CAP_SYS_CHROOT",
          "CAP_SYS_PTRACE",
          "CAP_SYS_PACCT",
          "CAP_SYS_ADMIN",
          "CAP_SYS_BOOT",
          "CAP_SYS_NICE",
          "CAP_SYS_RESOURCE",
          "CAP_SYS_TIME",
          "CAP_SYS_TTY_CONFIG",
          "CAP_MKNOD",
          "CAP_LEASE",
          "CAP_AUDIT_WRITE",
          "CAP_AUDIT_CONTROL",
          "CAP_SETFCAP",
          "CAP_MAC_OVERRIDE",
          "CAP_MAC_ADMIN",
          "CAP_SYSLOG",
          "CAP_WAKE_ALARM",
          "CAP_BLOCK_SUSPEND",
          "CAP_AUDIT_READ",
          "CAP_PERFMON",
          "CAP_BPF",
          "CAP_CHECKPOINT_RESTORE");

  static final List<String> DEFAULT =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_FSETID",
          "CAP_FOWNER",
          "CAP_MKNOD",
          "CAP_NET_RAW",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETFCAP",
          "CAP_SETPCAP",
          "CAP_NET_BIND_SERVICE",
          "CAP_SYS_CHROOT",
          "CAP_KILL",
          "CAP_AUDIT_WRITE");

  private static final String ALL = "ALL";

  /** Those that this process may hand on: what its bounding set lacks no child can ever get. */
  private final List<String> available;

  private CapabilitySet(List<String> available) {
    this.available = List.copyOf(available);
  }

  static CapabilitySet ofMask(long mask) {
    List<String> names = new ArrayList<>();
    for (int number = 0; number < KNOWN.size(); number++) {
      if ((mask & 1L << number) != 0) {
        names.add(KNOWN.get(number));
      }
    }
    return new CapabilitySet(names);
  }

  /** Of this process, from {@code CapBnd} of proc(5)'s status. */
  static CapabilitySet ofThisProcess() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("CapBnd:")) {
          return ofMask(Long.parseUnsignedLong(line.substring("CapBnd:".length()).strip(), 16));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("/proc/self/status: cannot be read", e);
    }
    throw new IllegalStateException("/proc/self/status has no line CapBnd");
  }

  List<String> available() {
    return available;
  }

  /**
   * Docker's rule: all when privileged; {@code ALL} in {@code add} takes all but the dropped; {@code ALL} in {@code drop} leaves only the
   * added; otherwise the default ones without the dropped and with the added.
   */
  Spec.Capabilities tweak(Collection<String> add, Collection<String> drop, boolean privileged) {
    List<String> added = normalize(add);
    List<String> dropped = normalize(drop);
    Set<String> names;
    if (privileged) {
      names = new LinkedHashSet<>(available);
    } else if (added.contains(ALL)) {
      names = new LinkedHashSet<>(available);
      dropped.forEach(names::remove);
    } else if (dropped.contains(ALL)) {
      names = new LinkedHashSet<>(added);
    } else {
      names = new LinkedHashSet<>(DEFAULT);
      names.retainAll(available);
      dropped.forEach(names::remove);
      names.addAll(added);
    }
    List<String> list = List.copyOf(names);
    return new Spec.Capabilities(list, list, List.of(), list, List.of());
  }

  private List<String> normalize(Collection<String> names) {
    List<String> normal = new ArrayList<>();
    for (String given : names) {
      String upper = given.toUpperCase(Locale.ROOT);
      if (upper.equals(ALL)) {
        normal.add(ALL);
        continue;
      }
      String name = upper.startsWith("CAP_") ? upper : "CAP_" + upper;
      if (!KNOWN.contains(name)) {
        throw ProaException.invalid("unknown capability: \"" + name + '"');
      }
      if (!available.contains(name)) {
        throw ProaException.invalid(
            "capability not supported by your kernel or not available in the current environment: \"" + name + '"');
      }
      normal.add(name);
    }
    return normal;
  }
}
