package dev.proa.namespace.cgroup;

import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.BackendFeatures.Limit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where this host's control groups are: for each controller the mounted hierarchy it is in. On a hybrid host the controllers are in v1 and
 * the v2 hierarchy, which has none then, still freezes and kills.
 *
 * @param v1 mount point by controller; several controllers may share one
 * @param unified mount point of the v2 hierarchy, null if there is none
 * @param v2 controllers that the v2 hierarchy has
 */
public record CgroupLayout(Map<String, String> v1, @Nullable String unified, Set<String> v2) {
  /** The hierarchy without a controller by which systemd knows whose a process is: what has no group of its own there ends with the shim's service. */
  static final String SYSTEMD = "name=systemd";

  private static final Set<String> CONTROLLERS =
      Set.of("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb", "net_cls", "net_prio", "rdma", "misc", SYSTEMD);

  /** In the hierarchy's top folder. BFQ has its weights in the groups below alone, but counts in the top one too. */
  private static final Map<Limit, List<String>> V1_FILES =
      Map.ofEntries(
          Map.entry(Limit.MEMORY, List.of("memory.limit_in_bytes")),
          Map.entry(Limit.MEMORY_RESERVATION, List.of("memory.soft_limit_in_bytes")),
          Map.entry(Limit.SWAP, List.of("memory.memsw.limit_in_bytes")),
          Map.entry(Limit.SWAPPINESS, List.of("memory.swappiness")),
          Map.entry(Limit.OOM_KILL_DISABLE, List.of("memory.oom_control")),
          Map.entry(Limit.CPU_SHARES, List.of("cpu.shares")),
          Map.entry(Limit.CPU_QUOTA, List.of("cpu.cfs_quota_us")),
          Map.entry(Limit.CPU_REALTIME, List.of("cpu.rt_runtime_us")),
          Map.entry(Limit.CPUSET, List.of("cpuset.cpus")),
          Map.entry(Limit.IO_WEIGHT, List.of("blkio.weight", "blkio.bfq.io_service_bytes")),
          Map.entry(Limit.IO_WEIGHT_DEVICE, List.of("blkio.weight_device", "blkio.bfq.io_service_bytes")),
          Map.entry(Limit.IO_READ_BYTES, List.of("blkio.throttle.read_bps_device")),
          Map.entry(Limit.IO_WRITE_BYTES, List.of("blkio.throttle.write_bps_device")),
          Map.entry(Limit.IO_READ_OPERATIONS, List.of("blkio.throttle.read_iops_device")),
          Map.entry(Limit.IO_WRITE_OPERATIONS, List.of("blkio.throttle.write_iops_device")));

  private static final Map<String, Set<Limit>> V2_CONTROLLERS =
      Map.of(
          "memory", EnumSet.of(Limit.MEMORY, Limit.MEMORY_RESERVATION, Limit.SWAP),
          "cpu", EnumSet.of(Limit.CPU_SHARES, Limit.CPU_QUOTA),
          "cpuset", EnumSet.of(Limit.CPUSET),
          "pids", EnumSet.of(Limit.PIDS),
          "io",
              EnumSet.of(
                  Limit.IO_WEIGHT,
                  Limit.IO_WEIGHT_DEVICE,
                  Limit.IO_READ_BYTES,
                  Limit.IO_WRITE_BYTES,
                  Limit.IO_READ_OPERATIONS,
                  Limit.IO_WRITE_OPERATIONS),
          "hugetlb", EnumSet.of(Limit.HUGE_PAGES));

  public CgroupLayout {
    v1 = Map.copyOf(v1);
    v2 = Set.copyOf(v2);
  }

  /** From {@code /proc/self/mountinfo}; read once, as hierarchies do not come and go while a host runs containers. */
  public static CgroupLayout discover() {
    try {
      List<String> mounts = Files.readAllLines(Path.of("/proc/self/mountinfo"));
      String unified = unified(mounts);
      Set<String> controllers =
          unified == null ? Set.of() : Set.of(Files.readString(Path.of(unified, "cgroup.controllers")).strip().split(" "));
      return new CgroupLayout(v1(mounts), unified, controllers);
    } catch (IOException e) {
      throw ProaException.internal("cannot find this host's control groups: " + e.getMessage(), e);
    }
  }

  static Map<String, String> v1(List<String> mountinfo) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String line : mountinfo) {
      String[] halves = line.split(" - ", 2);
      String[] tail = halves.length < 2 ? new String[0] : halves[1].split(" ");
      if (tail.length == 3 && tail[0].equals("cgroup")) {
        Set<String> controllers = new HashSet<>(Arrays.asList(tail[2].split(",")));
        controllers.retainAll(CONTROLLERS);
        String point = mountPoint(halves[0]);
        controllers.forEach(controller -> found.merge(controller, point, CgroupLayout::shorter));
      }
    }
    return found;
  }

  static @Nullable String unified(List<String> mountinfo) {
    String found = null;
    for (String line : mountinfo) {
      String[] halves = line.split(" - ", 2);
      if (halves.length == 2 && halves[1].startsWith("cgroup2 ")) {
        String point = mountPoint(halves[0]);
        found = found == null ? point : shorter(found, point);
      }
    }
    return found;
  }

  /** A hierarchy may be mounted twice, the second time for somebody's own use and deeper. */
  private static String shorter(String one, String other) {
    return other.length() < one.length() ? other : one;
  }

  /** The fifth field, in which proc(5) writes space, tab, newline and backslash as octal escapes. */
  private static String mountPoint(String head) {
    String field = head.split(" ")[4];
    return field.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
  }

  /** Whether all controllers are in v2. */
  public boolean pureV2() {
    return unified != null && Set.of(SYSTEMD).containsAll(v1.keySet());
  }

  /** Whether the controller can be had at all; v2 accounts and guards devices without a controller of that name. */
  public boolean has(String controller) {
    return v1.containsKey(controller)
        || v2.contains(controller)
        || pureV2() && Set.of("devices", "freezer", "cpuacct").contains(controller)
        || controller.equals("blkio") && v2.contains("io");
  }

  /** What can be limited here: in v1 what has its file in the controller's top folder, in v2 what the controller brings. */
  public Set<Limit> limits() {
    Set<Limit> limits = EnumSet.noneOf(Limit.class);
    V1_FILES.forEach(
        (limit, files) -> {
          if (files.stream().anyMatch(this::hasV1File)) {
            limits.add(limit);
          }
        });
    if (v1.containsKey("pids")) {
      limits.add(Limit.PIDS);
    }
    if (v1.containsKey("hugetlb")) {
      limits.add(Limit.HUGE_PAGES);
    }
    V2_CONTROLLERS.forEach(
        (controller, brought) -> {
          if (v2.contains(controller)) {
            limits.addAll(brought);
          }
        });
    if (!Files.exists(Path.of("/proc/swaps"))) {
      limits.remove(Limit.SWAP); // a kernel without swap has no file for it in v2
    }
    return limits;
  }

  private boolean hasV1File(String file) {
    String controller = file.substring(0, file.indexOf('.'));
    String point = v1.get(controller);
    return point != null && Files.exists(Path.of(point, file));
  }

  /** The folder of a group in the hierarchy of a v1 controller; null if it is not in v1. */
  @Nullable String v1Folder(String controller, String group) {
    String point = v1.get(controller);
    return point == null ? null : point + group;
  }

  /** The folder of a group in the v2 hierarchy; null if there is none. */
  @Nullable String unifiedFolder(String group) {
    return unified == null ? null : unified + group;
  }
}
