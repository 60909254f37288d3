package dev.proa.lifecycle.confinement;

import dev.proa.spi.oci.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What Docker gives a container by default, as parts of the OCI configuration. Facts of the host (capabilities of this process, kernel,
 * paths that exist) are read once. Thread-safe.
 */
public final class DefaultConfinement {
  private static final String READ_WRITE_MKNOD = "rwm";

  /** Distinct sets of capabilities are few; a client that makes many must not fill the memory. */
  private static final int REMEMBERED_FILTERS = 64;

  private static final List<String> MASKED_PATHS =
      List.of(
          "/proc/acpi",
          "/proc/asound",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/sys/devices/virtual/powercap",
          "/sys/firmware");

  private static final List<String> READONLY_PATHS = List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  /** Major and minor numbers of null, zero, full, random, urandom, tty, console, ptmx, tun and pseudo terminals (Documentation/admin-guide/devices.txt). */
  private static final List<Spec.DeviceRule> DEVICE_RULES =
      List.of(
          new Spec.DeviceRule(false, "a", null, null, READ_WRITE_MKNOD),
          // A node that cannot be opened harms nobody; Docker and runc let every container make them.
          new Spec.DeviceRule(true, "c", null, null, "m"),
          new Spec.DeviceRule(true, "b", null, null, "m"),
          character(1, 3L),
          character(1, 5L),
          character(1, 7L),
          character(1, 8L),
          character(1, 9L),
          character(5, 0L),
          character(5, 1L),
          character(5, 2L),
          character(10, 200L),
          character(136, null));

  private static final CapabilitySet CAPABILITIES = CapabilitySet.ofThisProcess();
  private static final KernelVersion KERNEL = KernelVersion.parse(System.getProperty("os.version"));
  private static final SeccompProfile.Platform PLATFORM = SeccompProfile.Platform.ofJava(System.getProperty("os.arch"));
  private static final Map<Set<String>, Spec.Seccomp> FILTERS = new ConcurrentHashMap<>();
  private static final List<String> MASKED_HERE = maskedHere();

  private DefaultConfinement() {}

  /**
   * The capabilities after {@code --cap-add}, {@code --cap-drop} and {@code --privileged}: names with or without {@code CAP_}, in any case,
   * or {@code ALL}. Inheritable and ambient sets stay empty.
   *
   * @throws dev.proa.spi.ProaException {@code INVALID_ARGUMENT} for a name that the kernel does not know or this process cannot give
   */
  public static Spec.Capabilities capabilities(Collection<String> add, Collection<String> drop, boolean privileged) {
    return CAPABILITIES.tweak(add, drop, privileged);
  }

  /** The default filter for a container whose bounding set is {@code capabilities}. Equal sets get the same object. */
  public static Spec.Seccomp seccomp(Collection<String> capabilities) {
    Set<String> key = Set.copyOf(capabilities);
    Spec.Seccomp known = FILTERS.get(key);
    if (known != null) {
      return known;
    }
    Spec.Seccomp made = DefaultSeccompProfile.PROFILE.resolve(key, KERNEL, PLATFORM);
    if (FILTERS.size() >= REMEMBERED_FILTERS) {
      FILTERS.clear();
    }
    FILTERS.put(key, made);
    return made;
  }

  /**
   * A filter from a profile in Docker's JSON format (that of the runtime specification is a part of it).
   *
   * @return null if the profile names neither a default action nor calls: no filter
   * @throws dev.proa.spi.ProaException {@code INVALID_ARGUMENT} for a text that is no profile
   */
  public static Spec.@Nullable Seccomp seccomp(String profileJson, Collection<String> capabilities) {
    SeccompProfile profile = SeccompProfileJson.parse(profileJson);
    return profile == null ? null : profile.resolve(Set.copyOf(capabilities), KERNEL, PLATFORM);
  }

  /** Paths that a container must not read. A privileged one has none. */
  public static List<String> maskedPaths() {
    return MASKED_HERE;
  }

  /** Paths that a container must not write. A privileged one has none. */
  public static List<String> readonlyPaths() {
    return READONLY_PATHS;
  }

  /** The device controller's rules, in order; {@code --device} adds its own behind them. */
  public static List<Spec.DeviceRule> deviceRules(boolean privileged) {
    return privileged ? List.of(new Spec.DeviceRule(true, "a", null, null, READ_WRITE_MKNOD)) : DEVICE_RULES;
  }

  /**
   * The mounts of every container, in order.
   *
   * @param privileged with a writable sysfs and control groups
   * @param shmBytes size of {@code /dev/shm}; Docker's default is 64 MiB
   */
  public static List<Spec.Mount> mounts(boolean privileged, long shmBytes) {
    List<String> system = privileged ? List.of("nosuid", "noexec", "nodev") : List.of("nosuid", "noexec", "nodev", "ro");
    return List.of(
        new Spec.Mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")),
        new Spec.Mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")),
        new Spec.Mount(
            "/dev/pts", "devpts", "devpts", List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")),
        new Spec.Mount("/sys", "sysfs", "sysfs", system),
        new Spec.Mount("/sys/fs/cgroup", "cgroup", "cgroup", system),
        new Spec.Mount("/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev")),
        new Spec.Mount("/dev/shm", "tmpfs", "shm", List.of("nosuid", "noexec", "nodev", "mode=1777", "size=" + shmBytes)));
  }

  /** Kernel settings of a container with its own network: ordinary users may bind low ports and ping. */
  public static Map<String, String> sysctls(boolean ownNetwork) {
    if (!ownNetwork) {
      return Map.of();
    }
    Map<String, String> settings = new LinkedHashMap<>();
    if (Files.exists(Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start"))) {
      settings.put("net.ipv4.ip_unprivileged_port_start", "0");
    }
    if (Files.exists(Path.of("/proc/sys/net/ipv4/ping_group_range"))) {
      settings.put("net.ipv4.ping_group_range", "0 2147483647");
    }
    return settings;
  }

  /**
   * Every device node of the host's {@code /dev}, for a privileged container: without terminals and what a container has its own of.
   *
   * @throws dev.proa.spi.ProaException {@code INTERNAL} if {@code /dev} cannot be read
   */
  public static List<Spec.Device> hostDevices() {
    return HostDevices.below(Path.of("/dev"));
  }

  /** Counters of thermal throttling leak what other tenants do, so they are masked where the host's processors have them. */
  private static List<String> maskedHere() {
    List<String> paths = new ArrayList<>(MASKED_PATHS);
    for (int cpu = 0; Files.exists(Path.of("/sys/devices/system/cpu/cpu" + cpu)); cpu++) {
      Path counters = Path.of("/sys/devices/system/cpu/cpu" + cpu + "/thermal_throttle");
      if (Files.exists(counters)) {
        paths.add(counters.toString());
      }
    }
    return List.copyOf(paths);
  }

  private static Spec.DeviceRule character(long major, @Nullable Long minor) {
    return new Spec.DeviceRule(true, "c", major, minor, READ_WRITE_MKNOD);
  }
}
