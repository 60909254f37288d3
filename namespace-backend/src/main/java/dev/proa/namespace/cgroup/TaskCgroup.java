package dev.proa.namespace.cgroup;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.PidFd;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Signal;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskStats;
import dev.proa.spi.oci.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The control groups of one task: the same path in every hierarchy that is needed. It holds no descriptors and no state but its path, so
 * that a daemon that starts again finds it by that path alone.
 *
 * <p>cpuset of v1 is entered only by those who ask for it: its lists have to be filled before anybody may enter.
 */
public final class TaskCgroup {

  /** How often a kill may meet processes that were born meanwhile. */
  private static final int KILL_ROUNDS = 200;

  private static final Map<String, Controller> V1 =
      Map.of(
          "cpu", new CpuV1(),
          "cpuacct", new CpuacctV1(),
          "cpuset", new Cpuset(true),
          "memory", new MemoryV1(),
          "pids", new Pids(),
          "blkio", new BlkioV1(),
          "hugetlb", new Hugetlb(true));

  private static final Map<String, Controller> V2 =
      Map.of(
          "cpu", new CpuV2(),
          "cpuset", new Cpuset(false),
          "memory", new MemoryV2(),
          "pids", new Pids(),
          "io", new IoV2(),
          "hugetlb", new Hugetlb(false));

  /** Entered by every task, where the controller is in v1. */
  private static final List<String> ALWAYS = List.of("memory", "cpu", "cpuacct", "pids", "blkio", "devices", CgroupLayout.SYSTEMD);

  private static final Controller DEVICES_V1 = new DevicesV1();
  private static final Controller DEVICES_V2 = new DevicesV2();
  private static final Controller CPUSET_V1 = new Cpuset(true);
  private static final Controller CPU_V2 = new CpuV2();

  private final CgroupLayout layout;
  private final String group;
  private final GroupFolders folders;
  private final Freezer freezer;

  /** @param group path below every hierarchy's mount point: {@code /proa/0123…} */
  public TaskCgroup(CgroupLayout layout, String group) {
    if (!group.startsWith("/") || group.endsWith("/") || Path.of(group).normalize().toString().length() != group.length()) {
      throw ProaException.invalid("\"" + group + "\" is no path of a control group");
    }
    this.layout = layout;
    this.group = group;
    this.folders = new GroupFolders(layout, group);
    this.freezer = new Freezer(layout, group);
  }

  /** Whether a v2 controller has limits that are set here. */
  static boolean isHandled(String controller) {
    return V2.containsKey(controller);
  }

  public String group() {
    return group;
  }

  /** Makes the groups with their limits. Nothing is left behind by a failure. */
  public void create(Spec.Resources resources) {
    try {
      for (String folder : folders(resources)) {
        folders.make(folder);
      }
      apply(resources);
      if (layout.pureV2()) {
        DEVICES_V2.apply(unifiedFolder(), resources);
      } else if (layout.v1().containsKey("devices")) {
        DEVICES_V1.apply(folderOf("devices"), resources);
      }
      unified(resources);
    } catch (RuntimeException e) {
      try {
        folders.remove();
      } catch (ErrnoException | RuntimeException late) {
        e.addSuppressed(late);
      }
      throw e;
    }
  }

  /** The folders of a new task, each once. */
  private Set<String> folders(Spec.Resources resources) {
    Set<String> folders = new LinkedHashSet<>();
    for (String controller : ALWAYS) {
      addFolder(folders, controller);
    }
    if (Cpuset.wanted(resources)) {
      addFolder(folders, "cpuset");
    }
    if (!resources.hugepageLimits().isEmpty()) {
      addFolder(folders, "hugetlb");
    }
    String unified = layout.unifiedFolder(group);
    if (unified != null) {
      folders.add(unified);
    } else {
      addFolder(folders, "freezer");
    }
    return folders;
  }

  private void addFolder(Set<String> folders, String controller) {
    String folder = layout.v1Folder(controller, group);
    if (folder != null) {
      folders.add(folder);
    }
  }

  /** Changes limits; what is null or empty stays. Devices are the creator's and never change. */
  public void update(Spec.Resources resources) {
    String cpuset = layout.v1Folder("cpuset", group);
    if (cpuset != null && Cpuset.wanted(resources) && !Files.exists(Path.of(cpuset))) {
      folders.make(cpuset);
      CPUSET_V1.apply(cpuset, resources);
      moveAllInto(cpuset);
    }
    apply(resources);
    unified(resources);
  }

  /** Into a group that was made late. New processes may be born outside while we look, so until nobody new is found. */
  private void moveAllInto(String folder) {
    Set<Integer> moved = new LinkedHashSet<>();
    for (int round = 0; round < KILL_ROUNDS; round++) {
      List<Integer> news = pids().stream().filter(moved::add).toList();
      if (news.isEmpty()) {
        return;
      }
      for (int pid : news) {
        try {
          CgroupFile.write(folder + "/cgroup.procs", Integer.toString(pid));
        } catch (ErrnoException e) {
          if (e.errno() != Errno.ESRCH) {
            throw CgroupFile.failed("cannot move process " + pid + " into " + folder, e);
          }
        }
      }
    }
  }

  private void apply(Spec.Resources resources) {
    layout
        .v1()
        .forEach(
            (controller, point) -> {
              Controller handler = V1.get(controller);
              if (handler != null) {
                handler.apply(point + group, resources);
              }
            });
    String unified = layout.unifiedFolder(group);
    if (unified != null) {
      for (String controller : layout.v2()) {
        Controller handler = V2.get(controller);
        if (handler != null) {
          handler.apply(unified, resources);
        }
      }
    }
  }

  /** The specification's {@code unified}: v2 files by name. */
  private void unified(Spec.Resources resources) {
    for (Map.Entry<String, String> entry : resources.unified().entrySet()) {
      String folder = layout.unifiedFolder(group);
      if (folder == null || !layout.pureV2()) {
        throw ProaException.invalid("linux.resources.unified: this host has no unified control groups");
      }
      if (!entry.getKey().matches("[a-z0-9_]+(\\.[A-Za-z0-9_]+)+")) {
        throw ProaException.invalid("linux.resources.unified: \"" + entry.getKey() + "\" is no file of a control group");
      }
      CgroupFile.set(folder, entry.getKey(), entry.getValue());
    }
  }

  /**
   * What a process writes {@code 0} to, to enter the v1 groups, by hierarchy. It is {@code tasks} and not {@code cgroup.procs}: for a process
   * of one thread that moves itself the two do the same, but the former does not wait until no thread of the whole machine forks or
   * exits (kernel/cgroup/cgroup.c, cgroup_procs_write_start), which is a matter of milliseconds.
   *
   * @return by v1 controller; the caller closes them
   */
  public Map<String, Fd> openEntrances() {
    Map<String, Fd> entrances = new LinkedHashMap<>();
    Set<String> seen = new LinkedHashSet<>();
    try {
      List<String> controllers = new ArrayList<>(ALWAYS);
      controllers.addAll(List.of("freezer", "cpuset", "hugetlb"));
      for (String controller : controllers) {
        String folder = layout.v1Folder(controller, group);
        boolean optional = !ALWAYS.contains(controller);
        if (folder == null || !seen.add(folder) || controller.equals("freezer") && layout.unified() != null) {
          continue;
        }
        try {
          entrances.put(controller, Fs.openat(Fd.cwd(), folder + "/tasks", Fcntl.O_WRONLY));
        } catch (ErrnoException e) {
          if (!optional || e.errno() != Errno.ENOENT) {
            throw e;
          }
        }
      }
      return entrances;
    } catch (ErrnoException e) {
      entrances.values().forEach(Fd::close);
      throw CgroupFile.failed("cannot open the control groups " + group, e);
    }
  }

  /** The v2 group's folder for CLONE_INTO_CGROUP, null if the host has no v2 hierarchy; the caller closes it. */
  public @Nullable Fd openUnified() {
    String folder = layout.unifiedFolder(group);
    if (folder == null) {
      return null;
    }
    try {
      return Fs.openat(Fd.cwd(), folder, Fcntl.O_PATH | Fcntl.O_DIRECTORY);
    } catch (ErrnoException e) {
      throw CgroupFile.failed("cannot open the control group " + folder, e);
    }
  }

  /** Where each v1 hierarchy's group lies, by the name of the hierarchy's folder; for the container's own view of them. */
  public Map<String, String> v1Folders(boolean withCpuset) {
    Map<String, String> folders = new LinkedHashMap<>();
    List<String> controllers = new ArrayList<>(ALWAYS);
    if (withCpuset) {
      controllers.add("cpuset");
    }
    if (layout.unified() == null) {
      controllers.add("freezer");
    }
    for (String controller : controllers) {
      String point = layout.v1().get(controller);
      if (point != null) {
        folders.put(point.substring(point.lastIndexOf('/') + 1), point + group);
      }
    }
    return folders;
  }

  public TaskStats stats() {
    Usage usage = new Usage();
    layout
        .v1()
        .forEach(
            (controller, point) -> {
              Controller handler = V1.get(controller);
              if (handler != null) {
                handler.read(point + group, usage);
              }
            });
    if (layout.pureV2()) {
      layout.v2().stream().map(V2::get).filter(java.util.Objects::nonNull).forEach(handler -> handler.read(unifiedFolder(), usage));
      if (!layout.v2().contains("cpu")) {
        CPU_V2.read(unifiedFolder(), usage); // the times are there without the controller
      }
    }
    String unified = layout.unifiedFolder(group);
    if (unified != null) {
      usage.pressure = PressureFiles.read(unified); // told without any controller
    }
    return usage.toStats(layout.pureV2());
  }

  /** How many processes the kernel has killed here for want of memory. 0 if nobody counts. */
  public long oomKills() {
    String memory = layout.v1Folder("memory", group);
    if (memory != null) {
      return CgroupFile.table(memory + "/memory.oom_control").getOrDefault("oom_kill", 0L);
    }
    String unified = layout.unifiedFolder(group);
    return unified == null ? 0 : CgroupFile.table(unified + "/memory.events").getOrDefault("oom_kill", 0L);
  }

  /** The v1 memory group's folder, or null. */
  @Nullable String memoryV1() {
    return layout.v1Folder("memory", group);
  }

  @Nullable String memoryV2() {
    return layout.v1().containsKey("memory") ? null : layout.unifiedFolder(group);
  }

  /** Freezes or thaws all processes and waits until they are. */
  public void freeze(boolean frozen) {
    freezer.freeze(frozen);
  }

  public boolean frozen() {
    return freezer.frozen();
  }

  /**
   * Removes the parent of all tasks' groups from every hierarchy where nothing is below it: what still runs, another daemon's tasks included, keeps it,
   * and whoever needs it makes it again.
   */
  public static void removeIfEmpty(CgroupLayout layout, String parent) {
    GroupFolders.removeIfEmpty(layout, parent);
  }

  /** All processes, those of groups below too. Empty if the group is gone. */
  public List<Integer> pids() {
    String folder = anyFolder();
    List<Integer> pids = new ArrayList<>();
    for (String each : GroupFolders.withSubgroups(folder)) {
      String text = CgroupFile.readIfThere(each + "/cgroup.procs");
      if (text != null) {
        text.lines().filter(line -> !line.equals("0")).forEach(line -> pids.add(Integer.parseInt(line)));
      }
    }
    return pids;
  }

  /** Sends a signal to every process; one that ends meanwhile is as good as signalled. */
  public void signalAll(int signal) {
    String unified = layout.unifiedFolder(group);
    if (signal == Signal.SIGKILL && unified != null) {
      try {
        CgroupFile.write(unified + "/cgroup.kill", "1");
        return;
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ENOENT) { // before Linux 5.14, or the group is gone
          throw CgroupFile.failed("cannot kill the processes of " + group, e);
        }
      }
    }
    for (int pid : pids()) {
      try (PidFd process = PidFd.open(pid)) {
        // The pid may have been given to somebody else between the list and the descriptor: only who is still listed is ours.
        if (pids().contains(pid)) {
          process.signal(signal);
        }
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ESRCH && e.errno() != Errno.EINVAL) {
          throw CgroupFile.failed("cannot signal process " + pid + " of " + group, e);
        }
      }
    }
  }

  /**
   * Kills whatever is left and removes the groups. Nothing to do if there are none.
   *
   * @throws ProaException {@code UNAVAILABLE} if they are still in use after {@code limit}, naming the processes
   */
  public void remove(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      try {
        folders.remove();
        return;
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EBUSY && e.errno() != Errno.ENOTEMPTY) {
          throw CgroupFile.failed("cannot remove the control groups " + group, e);
        }
      }
      if (System.nanoTime() - deadline > 0) {
        throw ProaException.unavailable("the control groups " + group + " are still in use by the processes " + pids(), null);
      }
      signalAll(Signal.SIGKILL);
      if (freezer.frozen()) {
        freezer.freeze(false); // of v1: a frozen process does not die
      }
      awaitEmpty(Duration.ofNanos(Math.max(1_000_000L, Math.min(deadline - System.nanoTime(), 1_000_000_000L))));
    }
  }

  /** Until no process is left, or the time has passed. */
  private void awaitEmpty(Duration limit) {
    try {
      String unified = layout.unifiedFolder(group);
      if (unified != null) {
        CgroupEvents.await(unified, "populated", 0, limit);
        return;
      }
      for (int pid : pids()) {
        try (PidFd process = PidFd.open(pid)) {
          process.awaitEnd(limit.toMillis());
        }
      }
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ESRCH && e.errno() != Errno.ENODEV) {
        throw CgroupFile.failed("cannot wait for the processes of " + group, e);
      }
    }
  }

  private String anyFolder() {
    String unified = layout.unifiedFolder(group);
    return unified != null ? unified : folderOf("memory");
  }

  private String folderOf(String controller) {
    String folder = layout.v1Folder(controller, group);
    if (folder == null) {
      throw ProaException.failedPrecondition("this host has no control group for " + controller);
    }
    return folder;
  }

  private String unifiedFolder() {
    String folder = layout.unifiedFolder(group);
    if (folder == null) {
      throw ProaException.failedPrecondition("this host has no v2 control groups");
    }
    return folder;
  }
}
