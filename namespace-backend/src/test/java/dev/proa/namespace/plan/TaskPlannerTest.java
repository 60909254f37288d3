package dev.proa.namespace.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.namespace.Containers;
import dev.proa.namespace.seccomp.SeccompFilter;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Plans as people read them; nothing is run, no root is needed. */
class TaskPlannerTest {
  private static final HostFacts LINUX_6_18 = new HostFacts(6, 18, 524_288, 0x1ffffffffffL, 40, false);
  private static final HostFacts LINUX_6_1 = new HostFacts(6, 1, 524_288, 0x1ffffffffffL, 40, false);
  private static final Surroundings V2 = new Surroundings("/run/proa/t", "/run/proa/scratch", path -> !path.contains("file"), List.of(), Map.of());
  private static final Surroundings V1 =
      new Surroundings(
          "/run/proa/t",
          "/run/proa/scratch",
          path -> true,
          List.of("memory", "pids"),
          Map.of("memory", "/sys/fs/cgroup/memory/proa/t"));
  private static final SeccompFilter FILTER = new SeccompFilter(new byte[16], 4);
  private static final List<Mount> OVERLAY =
      List.of(new Mount("overlay", "overlay", "", List.of("lowerdir=/l1:/l\\:2", "upperdir=/u", "workdir=/w")));

  @Test
  void partsOfAStartComeInTheirOrder() {
    assertThat(parts(plan(Containers.docker("sh"), V1)))
        .isEqualTo(
            """
            not dumpable
            name
            close strangers
            slots are close-on-exec
            signals to their defaults
            no signal blocked
            own session
            own session keyring
            umask
            scheduling policy
            nice
            open files
            oom_score_adj
            no ambient capabilities
            capabilities as they are
            nothing inheritable, low
            nothing inheritable, high
            nothing inheritable
            enter the memory cgroup
            enter the pids cgroup
            own mounts
            mount the root
            mount /proc
            mount /dev
            mount /dev/pts
            mount /sys
            mount /sys/fs/cgroup
            mount /sys/fs/cgroup/memory
            mount /sys/fs/cgroup
            mount /dev/mqueue
            mount /dev/shm
            make device /dev/null
            make device /dev/zero
            make device /dev/full
            make device /dev/random
            make device /dev/urandom
            make device /dev/tty
            link /dev/fd
            link /dev/stdin
            link /dev/stdout
            link /dev/stderr
            link /dev/core
            link /dev/ptmx
            set net.ipv4.ip_unprivileged_port_start
            set net.ipv4.ping_group_range
            host name
            loopback up
            read-only /proc/bus
            read-only /proc/fs
            read-only /proc/irq
            read-only /proc/sys
            read-only /proc/sysrq-trigger
            make the mask of folders
            open the mask of files
            mask …
            enter the root
            pivot_root
            leave the host's root
            enter the root
            working directory is inside
            open /dev/null
            standard input
            standard output
            standard error
            umask
            supplementary groups
            group id
            bounding set
            user id
            wait for start: say so
            wait for start
            seccomp filter
            capabilities
            ready
            exec sh
            """);
  }

  @Test
  void rootsOverlayHasOneParameterForEachLayerWhereTheKernelTakesThem() {
    assertThat(lines(plan(Containers.docker("sh"), V2), "mount the root"))
        .containsExactly(
            "fsopen(\"overlay\", FSOPEN_CLOEXEC)",
            "fsconfig(#N, FSCONFIG_SET_STRING, \"source\", \"overlay\", 0)",
            "fsconfig(#N, FSCONFIG_SET_STRING, \"lowerdir+\", \"/l1\", 0)",
            "fsconfig(#N, FSCONFIG_SET_STRING, \"lowerdir+\", \"/l:2\", 0)",
            "fsconfig(#N, FSCONFIG_SET_STRING, \"upperdir\", \"/u\", 0)",
            "fsconfig(#N, FSCONFIG_SET_STRING, \"workdir\", \"/w\", 0)",
            "fsconfig(#N, FSCONFIG_CMD_CREATE, NULL, NULL, 0)",
            "fsmount(#N, FSMOUNT_CLOEXEC, 0)",
            "move_mount(#N, \"\", AT_FDCWD, \"/run/proa/t\", MOVE_MOUNT_F_EMPTY_PATH)");
    SpawnPlan old = TaskPlanner.plan(new TaskSpec("t", Containers.docker("sh"), OVERLAY, false), LINUX_6_1, V2, null);
    assertThat(lines(old, "mount the root")).contains("fsconfig(#N, FSCONFIG_SET_STRING, \"lowerdir\", \"/l1:/l\\\\:2\", 0)");
  }

  @Test
  void manyLayersOnAnOldKernelTakeTheClassicCall() {
    String lower = "/var/lib/proa/layer/a-name-of-some-length:".repeat(20) + "/base";
    List<Mount> root = List.of(new Mount("overlay", "overlay", "", List.of("lowerdir=" + lower, "upperdir=/u", "workdir=/w")));
    SpawnPlan plan = TaskPlanner.plan(new TaskSpec("t", Containers.docker("sh"), root, false), LINUX_6_1, V2, null);
    assertThat(lines(plan, "mount the root").getFirst()).startsWith("mount(\"overlay\", \"/run/proa/t\", \"overlay\", 0, \"lowerdir=/var");
    List<Mount> evenMore =
        List.of(new Mount("overlay", "overlay", "", List.of("lowerdir=" + (lower + ":").repeat(5) + "/last", "upperdir=/u", "workdir=/w")));
    assertThat(lines(TaskPlanner.plan(new TaskSpec("t", Containers.docker("sh"), evenMore, false), LINUX_6_1, V2, null), "mount the root"))
        .startsWith(
            "chdir(\"/run/proa/t\")", "symlinkat(\"/var/lib/proa/layer/a-name-of-some-length\", AT_FDCWD, \"0\") tolerates EEXIST")
        .anyMatch(line -> line.contains("\"lowerdir=0:1:2:3:") && line.endsWith(":105,upperdir=/u,workdir=/w\")"));
  }

  @Test
  void everyDestinationBelowTheRootIsADescriptorResolvedInside() {
    SpawnPlan plan =
        plan(Containers.mount(Containers.docker("sh"), new Spec.Mount("/a/../b/file", "bind", "/host/file", List.of("rbind", "rro"))), V2);
    assertThat(lines(plan, "bind /host/file to /b/file"))
        .containsExactly(
            "open_tree(AT_FDCWD, \"/host/file\", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE)",
            "mount_setattr(#N, \"\", AT_EMPTY_PATH|AT_RECURSIVE, &mount_attr{32; 0: MOUNT_ATTR_RDONLY, 8: 0, 16: MS_PRIVATE, 24: 0}, 32)",
            "openat2(#N, \"b/file\", &how{24; 0: O_PATH|O_CLOEXEC, 8: 0, 16: RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24) tolerates ENOENT and goes to N",
            "store32(&destination{8}, #N), then goes to N",
            "mkdirat(#N, \"b\", 0755) tolerates EEXIST",
            "openat2(#N, \"b\", &how{24; 0: O_PATH|O_DIRECTORY|O_CLOEXEC, 8: 0, 16: RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24) tolerates ENOENT and goes to N",
            "mknodat(#N, \"file\", 0100755, 0) tolerates EEXIST",
            "openat2(#N, \"b/file\", &how{24; 0: O_PATH|O_CLOEXEC, 8: 0, 16: RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24) tolerates ENOENT and goes to N",
            "store32(&destination{8}, #N), then goes to N",
            "openat2(#N, \"b/file\", &how{24; 0: O_PATH|O_CLOEXEC, 8: 0, 16: RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24)",
            "store32(&destination{8}, #N)",
            "move_mount(#N, \"\", destination[0], \"\", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)");
    assertThat(lines(plan, "make the file that a link stands for: b/file"))
        .as("there is a working folder that later steps may rely on")
        .containsExactly(
            "openat2(AT_FDCWD, \".\", &how{24; 0: O_PATH|O_DIRECTORY|O_CLOEXEC, 8: 0, 16: RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS|RESOLVE_NO_XDEV}, 24)",
            "fchdir(#N)",
            "read(<gate>, &byte{8}, 1)",
            "fchdir(#N)");
    for (int i = 0; i < plan.steps().size(); i++) {
      if (plan.line(i).contains("openat(") || plan.line(i).contains("mount(\"")) {
        assertThat(plan.line(i)).as("a path that the kernel follows by itself").contains("oom_score_adj");
      }
    }
  }

  @Test
  void linksAreMadeBeforeAnyMountCouldLeadThemAstray() {
    Spec spec = Containers.mount(Containers.docker("sh"), new Spec.Mount("/etc", "bind", "/etc", List.of("rbind")));
    String printed =
        TaskPlanner.plan(new TaskSpec("t", spec, OVERLAY, false, List.of(), Map.of("/etc/mtab", "/proc/mounts")), LINUX_6_18, V2, FILTER).toString();
    assertThat(printed.indexOf("\"link /etc/mtab\" symlinkat(\"/proc/mounts\"")).isPositive().isLessThan(printed.indexOf("\"mount /proc\""));
  }

  @Test
  void kernelFilesAreReachedThroughMountsOfThePlansOwn() {
    assertThat(lines(plan(Containers.docker("sh"), V2), "mask /proc/kcore"))
        .containsExactly(
            "openat2(#N, \"kcore\", &how{24; 0: O_PATH|O_NOFOLLOW|O_CLOEXEC, 8: 0, 16: RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS|RESOLVE_NO_XDEV}, 24) tolerates ENOENT and goes to N",
            "openat2(#N, \".\", &how{24; 0: O_PATH|O_DIRECTORY|O_CLOEXEC, 8: 0, 16: RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS|RESOLVE_NO_XDEV}, 24) tolerates ENOTDIR and goes to N",
            "open_tree(#N, \"\", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH)",
            "move_mount(#N, \"\", #N, \"\", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH), then goes to N",
            "open_tree(#N, \"\", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH)",
            "move_mount(#N, \"\", #N, \"\", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)");
  }

  @Test
  void securingStepsTolerateNothing() {
    SpawnPlan plan = plan(Containers.user(Containers.terminal(Containers.readOnlyRoot(Containers.docker("sh"))), 1000, 1000), V1);
    List<String> securing =
        List.of("own mounts", "pivot_root", "leave the host's root", "supplementary groups", "group id", "user id", "bounding set", "capabilities",
            "capabilities of the last steps", "seccomp filter", "read-only root", "not dumpable", "keep capabilities");
    assertThat(plan.steps()).filteredOn(step -> securing.contains(step.name())).allMatch(step -> step.tolerated().isEmpty());
    assertThat(plan.steps()).extracting(dev.proa.spawn.Step::name).containsAll(securing);
  }

  @Test
  void withNoNewPrivilegesTheFilterIsTheVeryLast() {
    String parts = parts(plan(Containers.noNewPrivileges(Containers.docker("sh")), V2));
    assertThat(parts).contains("wait for start\nno new privileges\ncapabilities\nseccomp filter\nready\nexec sh\n");
  }

  @Test
  void cloneFlagsAreTheNewNamespacesButForThatOfTheGroups() {
    Spec spec = Containers.namespaces(Containers.docker("sh"), Containers.namespaces("mount", "uts", "cgroup"));
    SpawnPlan plan = plan(spec, V2);
    assertThat(plan.toString()).startsWith("plan \"proa: init\" clone3(CLONE_NEWNS|CLONE_NEWUTS)");
    assertThat(lines(plan, "own cgroup namespace")).containsExactly("unshare(CLONE_NEWCGROUP)");
    assertThat(parts(plan)).doesNotContain("loopback");
  }

  @Test
  void joiningAPidNamespaceMakesThePocessVisibleOnlyWhenItIsHarmless() {
    List<Spec.Namespace> joined = new ArrayList<>(Containers.namespaces("mount", "network", "ipc"));
    joined.add(new Spec.Namespace("pid", "/proc/7/ns/pid"));
    SpawnPlan plan = plan(Containers.namespaces(Containers.docker("sh"), joined), V2);
    assertThat(parts(plan))
        .contains("enter the pid namespace\n")
        .contains("user id\nseccomp filter\ncapabilities\nenter the pid namespace\n")
        .endsWith("own session\nwait for start: say so\nwait for start\nready\nexec sh\n");
    assertThat(plan.clonesAgain()).isTrue();
    assertThat(plan.toString()).contains("fsconfig(").contains("\"pidns\", NULL, <namespace-pid>");
  }

  @Test
  void execHidesUntilItHasNoMoreRightsThanTheContainer() {
    Spec.Process process = Containers.user(Containers.docker("id"), 1000, 1000).process();
    SpawnPlan plan = ExecPlanner.plan(new ExecSpec("t", "e", process, true, false), LINUX_6_18, List.of("memory"), FILTER, new ExecPlanner.Target(null, false, false));
    String parts = parts(plan);
    assertThat(parts)
        .startsWith("not dumpable\n")
        .contains(
            """
            enter the memory cgroup
            give the user the streams
            enter the namespaces
            working directory is inside
            standard input
            standard output
            standard error
            umask
            close what is the shim's
            supplementary groups
            group id
            bounding set
            keep capabilities
            user id
            capabilities of the last steps
            not dumpable
            seccomp filter
            capabilities
            become visible
            become visible: its pid
            become visible: report it
            become visible: leave
            own session
            ready
            exec id
            """);
  }

  @Test
  void whatCannotBeMetIsRefusedByItsField() {
    assertRefused(ErrorClass.INVALID_ARGUMENT, "process.args: no command", () -> plan(Containers.docker(), V2));
    assertRefused(
        ErrorClass.INVALID_ARGUMENT,
        "a container with a new user namespace needs a new mount namespace as well",
        () -> plan(Containers.namespaces(Containers.docker("sh"), Containers.namespaces("pid", "user")), V2));
    assertRefused(
        ErrorClass.INVALID_ARGUMENT,
        "a user namespace needs uidMappings and gidMappings",
        () -> plan(Containers.namespaces(Containers.docker("sh"), Containers.namespaces("mount", "user")), V2));
    assertRefused(
        ErrorClass.INVALID_ARGUMENT,
        "\"relative\" is no absolute path",
        () -> plan(Containers.mount(Containers.docker("sh"), new Spec.Mount("relative", "tmpfs", "tmpfs", List.of())), V2));
    assertRefused(
        ErrorClass.INVALID_ARGUMENT,
        "the destination is the root itself",
        () -> plan(Containers.mount(Containers.docker("sh"), new Spec.Mount("/x/..", "tmpfs", "tmpfs", List.of())), V2));
    assertRefused(
        ErrorClass.INVALID_ARGUMENT,
        "\"CAP_NOSUCH\" is no capability",
        () ->
            plan(
                Containers.process(
                    Containers.docker("sh"),
                    p ->
                        new Spec.Process(
                            false, null, p.user(), p.args(), p.env(), "/",
                            new Spec.Capabilities(List.of("CAP_NOSUCH"), List.of(), List.of(), List.of(), List.of()), List.of(), false, null, null)),
                V2));
    assertRefused(
        ErrorClass.INVALID_ARGUMENT,
        "a terminal needs a devpts",
        () -> {
          Spec s = Containers.terminal(Containers.docker("sh"));
          List<Spec.Mount> without = s.mounts().stream().filter(m -> !m.destination().equals("/dev/pts")).toList();
          plan(new Spec(s.ociVersion(), s.process(), s.root(), s.hostname(), null, without, null, s.linux(), s.annotations()), V2);
        });
  }

  /** Whoever is inside could not mount the layers, copy the host's mounts or make a device; whatever is the container's own is made inside. */
  @Test
  void inAUserNamespaceTheHostsRightsComeFirst() {
    List<Spec.IdMapping> ids = List.of(new Spec.IdMapping(0, 200_000, 65_536));
    Surroundings inside = new Surroundings("/run/proa/t", "/run/proa/scratch", path -> true, List.of(), Map.of(), new IdMap(ids, ids), 0);
    Spec docker = Containers.docker("sh");
    List<Spec.Namespace> namespaces = new ArrayList<>(docker.linux().namespaces());
    namespaces.add(new Spec.Namespace("user", null));
    Spec spec = Containers.mount(docker.withLinux(docker.linux().with(namespaces, ids, ids)), new Spec.Mount("/data", "bind", "/srv/data", List.of("rbind", "idmap")));
    SpawnPlan plan = plan(spec, inside);
    assertThat(plan.cloneText()).isEqualTo("clone3(CLONE_NEWNS)");
    assertThat(parts(plan).lines().toList())
        .containsSubsequence(
            "give the user the streams",
            "own mounts",
            "bind /srv/data to /data",
            "idmapped view of /l1",
            "as the container's root",
            "mount the root",
            "as the host's root again",
            "make the stage",
            "make device /dev/null",
            "enter the user namespace",
            "root of the user namespace",
            "not dumpable",
            "enter the namespaces",
            "own session",
            "own mounts",
            "mount the root",
            "mount /proc",
            "bind /srv/data to /data",
            "pivot_root",
            "wait for start",
            "seccomp filter",
            "exec sh");
    assertThat(lines(plan, "enter the namespaces"))
        .singleElement()
        .asString()
        .startsWith("clone(CLONE_NEWPID|CLONE_NEWNS|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWNET|CLONE_PARENT, NULL, NULL, NULL, NULL)");
    assertThat(lines(plan, "as the container's root")).startsWith("setfsgid(0x30d40)", "setfsuid(0x30d40)");
    assertThat(parts(plan).lines().filter(part -> part.startsWith("make device")).toList()).as("no device is made inside").isNotEmpty();
    assertThat(plan.toString().indexOf("mknodat")).isPositive().isLessThan(plan.toString().indexOf("enter the user namespace"));
  }

  @Test
  void aTimeNamespaceIsThereBeforeTheProcessThatLivesInIt() {
    Spec spec = Containers.namespaces(Containers.docker("sh"), Containers.namespaces("mount", "network", "uts", "pid", "ipc", "time"));
    SpawnPlan plan = plan(spec, V2);
    assertThat(plan.cloneText()).doesNotContain("CLONE_NEWPID");
    assertThat(parts(plan).lines().toList()).containsSubsequence("own mounts", "time namespace", "enter the time namespace", "own session", "mount the root", "mount /proc");
  }

  @Test
  void thesamePlanComesFromTheSameSpecification() {
    assertThat(plan(Containers.docker("sh"), V1)).isEqualTo(plan(Containers.docker("sh"), V1));
  }

  private static SpawnPlan plan(Spec spec, Surroundings surroundings) {
    return TaskPlanner.plan(new TaskSpec("t", spec, OVERLAY, false), LINUX_6_18, surroundings, FILTER);
  }

  /** The steps' names, runs of one name as one, masks as one. */
  private static String parts(SpawnPlan plan) {
    StringBuilder parts = new StringBuilder();
    String last = "";
    for (dev.proa.spawn.Step step : plan.steps()) {
      if (step.name().contains(" that a link stands for: ")) {
        continue; // beside the way of every start that has no such link
      }
      String name = step.name().startsWith("mask ") ? "mask …" : step.name();
      if (!name.equals(last)) {
        parts.append(name).append('\n');
        last = name;
      }
    }
    return parts.toString();
  }

  /** The calls of one part, without the numbers of other steps. */
  private static List<String> lines(SpawnPlan plan, String part) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < plan.steps().size(); i++) {
      if (plan.steps().get(i).name().equals(part)) {
        String line = plan.line(i);
        lines.add(line.substring(line.indexOf("\" ") + 2).replaceAll("#\\d+", "#N").replaceAll("goes to \\d+", "goes to N"));
      }
    }
    return lines;
  }

  private static void assertRefused(ErrorClass expected, String text, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .hasMessageContaining(text)
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(expected));
  }
}
