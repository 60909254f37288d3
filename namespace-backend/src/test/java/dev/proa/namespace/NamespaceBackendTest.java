package dev.proa.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.abi.Signal;
import dev.proa.namespace.plan.HostFacts;
import dev.proa.namespace.plan.Surroundings;
import dev.proa.namespace.plan.TaskPlanner;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Stdio;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import dev.proa.spi.conformance.ProcessStreams;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.isolation.TaskExit;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.isolation.TaskStats;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real containers with Docker's defaults, seen from inside. */
@Timeout(120)
class NamespaceBackendTest extends RealContainers {
  /** {@code -Dproa.attack.execs=1000} for more of them than the 200 of every build. */
  private static final int ATTACKED_EXECS = Integer.getInteger("proa.attack.execs", 200);

  // --- what the process is

  @Test
  void defaultContainerIsConfinedAsDockersIs() throws IOException {
    Map<String, String> status = status(run(sh("cat /proc/self/status")));
    assertThat(status)
        .containsEntry("CapEff", "00000000a80425fb")
        .containsEntry("CapPrm", "00000000a80425fb")
        .containsEntry("CapBnd", "00000000a80425fb")
        .containsEntry("CapInh", "0000000000000000")
        .containsEntry("CapAmb", "0000000000000000")
        .containsEntry("Seccomp", "2")
        .containsEntry("Seccomp_filters", "1")
        .containsEntry("NoNewPrivs", "0")
        .containsEntry("Groups", "");
  }

  @Test
  void nothingOfTheShimsJvmIsLeftInTheProcess() throws IOException {
    Map<String, String> status = status(run(Containers.docker("cat", "/proc/self/status")));
    assertThat(status.get("SigBlk")).matches("0+");
    assertThat(status.get("SigIgn")).matches("0+");
    assertThat(status.get("SigCgt")).matches("0+");
    assertThat(run(Containers.docker("env")).lines()).containsExactlyElementsOf(Containers.ENVIRONMENT);
    assertThat(run(sh("cat /proc/self/oom_score_adj; umask; ulimit -n; cat /proc/self/comm"))).isEqualTo("0\n0022\n1024\ncat\n");
    // ls has the folder itself open as well.
    assertThat(run(Containers.docker("ls", "/proc/self/fd"))).isEqualTo("0\n1\n2\n3\n");
    assertThat(run(sh("readlink /proc/self/fd/0; ps | head -n 2"))).contains("/dev/null\n").contains("    1 root");
  }

  @Test
  void withNoNewPrivilegesTheFilterComesLastAndHoldsAllTheSame() throws IOException {
    Map<String, String> status = status(run(Containers.noNewPrivileges(sh("cat /proc/self/status"))));
    assertThat(status).containsEntry("NoNewPrivs", "1").containsEntry("Seccomp", "2").containsEntry("CapEff", "00000000a80425fb");
  }

  @Test
  void ordinaryUsersHaveNoCapabilitiesButTheirStreams() throws IOException {
    Spec spec = Containers.user(sh("id -u; id -g; id -G; grep Cap /proc/self/status; echo again > /dev/stdout"), 1000, 1001, 7, 8);
    String out = run(spec);
    assertThat(out).startsWith("1000\n1001\n1001 7 8\n").endsWith("again\n");
    assertThat(status(out)).containsEntry("CapEff", "0000000000000000").containsEntry("CapBnd", "00000000a80425fb");
  }

  @Test
  void ambientCapabilitiesReachOrdinaryUsers() throws IOException {
    Spec spec = Containers.user(sh("grep Cap /proc/self/status"), 1000, 1000);
    List<String> one = List.of("CAP_NET_BIND_SERVICE");
    Spec ambient =
        Containers.process(
            spec,
            p ->
                new Spec.Process(
                    false, null, p.user(), p.args(), p.env(), p.cwd(), new Spec.Capabilities(one, one, one, one, one), List.of(), false, null, null));
    assertThat(status(run(ambient))).containsEntry("CapEff", "0000000000000400").containsEntry("CapAmb", "0000000000000400");
  }

  @Test
  void privilegedContainersHaveAllThatTheHostGives() throws IOException {
    Map<String, String> own = status(Files.readString(Path.of("/proc/self/status")));
    Map<String, String> status = status(run(Containers.capabilities(sh("cat /proc/self/status"), List.of(), List.of(), true)));
    assertThat(status).containsEntry("CapEff", own.get("CapBnd")).containsEntry("Seccomp", "0");
  }

  @Test
  void limitsAndScoreAreTheProcesss() throws IOException {
    Spec spec = Containers.limits(sh("ulimit -n; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj"), 500, new Spec.Rlimit("RLIMIT_NOFILE", 100, 200), new Spec.Rlimit("RLIMIT_CORE", 0, 0));
    assertThat(run(spec)).isEqualTo("100\n200\n0\n500\n");
  }

  @Test
  void workingDirectoryIsMadeAndEntered() throws IOException {
    assertThat(run(Containers.cwd(sh("pwd; stat -c '%a %u' ."), "/srv/deep/down"))).isEqualTo("/srv/deep/down\n755 0\n");
  }

  // --- files

  @Test
  void mountsAreThoseOfTheSpecificationAndNoneOfTheHosts() throws IOException {
    String mounts = run(sh("cat /proc/mounts"));
    assertThat(mounts.lines().map(line -> line.split(" ")[1]).distinct())
        .startsWith("/", "/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup")
        .contains("/dev/mqueue", "/dev/shm", "/proc/bus", "/proc/sys")
        .doesNotContain("/boot", "/home", directory.toString());
    assertThat(mounts)
        .contains("proc /proc proc rw,nosuid,nodev,noexec,relatime")
        .contains("tmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755")
        .contains("devpts /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666")
        .contains("sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime")
        .contains("shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k");
    assertThat(mounts.lines().filter(line -> line.contains("/sys/fs/cgroup"))).allMatch(line -> line.contains(" ro,"));
  }

  @Test
  void devicesAndLinksAreThere() throws IOException {
    assertThat(run(sh("for d in null zero full random urandom tty; do stat -c '%n %F %a %t:%T' /dev/$d; done")))
        .isEqualTo(
            """
            /dev/null character special file 666 1:3
            /dev/zero character special file 666 1:5
            /dev/full character special file 666 1:7
            /dev/random character special file 666 1:8
            /dev/urandom character special file 666 1:9
            /dev/tty character special file 666 5:0
            """);
    assertThat(run(sh("for l in fd stdin stdout stderr core ptmx; do readlink /dev/$l; done")))
        .isEqualTo("/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\n/proc/kcore\npts/ptmx\n");
  }

  @Test
  void otherDevicesCannotBeOpened() throws IOException {
    String script = "busybox mknod /d c 1 11; cat /d 2>&1 | head -c 60; busybox mknod /z c 1 5; head -c 3 /z | wc -c";
    assertThat(run(sh(script))).contains("Operation not permitted").endsWith("3\n");
  }

  @Test
  void devicesOfTheUserAreMadeWithTheirRights() throws IOException {
    Spec spec =
        Containers.devices(
            sh("stat -c '%a %u %t:%T' /dev/net/mine; head -c 4 /dev/net/mine | wc -c; (echo > /dev/net/mine) 2>&1 | grep -c permitted"),
            List.of(new Spec.Device("/dev/net/mine", "c", 1, 11, 0640, 5, 6)),
            List.of());
    assertThat(run(spec)).startsWith("640 5 1:b\n");
  }

  @Test
  void masksHideAndReadOnlyPathsCannotBeWritten() throws IOException {
    assertThat(run(sh("cat /proc/keys /proc/timer_list | wc -c; ls /sys/firmware | wc -l; ls /proc/acpi 2>/dev/null | wc -l"))).isEqualTo("0\n0\n0\n");
    assertThat(run(sh("(echo 1 > /proc/sys/kernel/panic) 2>&1; (echo h > /proc/sysrq-trigger) 2>&1; mkdir /sys/firmware/x 2>&1; mkdir /sys/fs/cgroup/x 2>&1")).lines())
        .isNotEmpty()
        .allMatch(line -> line.contains("Read-only file system") || line.contains("nonexistent") || line.contains("No such file"));
  }

  @Test
  void settingsOfItsNamespacesAreMade() throws IOException {
    assertThat(run(Containers.sysctl(sh("cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_unprivileged_port_start"), "kernel.msgmax", "8000")))
        .isEqualTo("8000\n0\n");
    assertFails(ErrorClass.INVALID_ARGUMENT, "is not in a separate kernel namespace", () -> create(Containers.sysctl(sh("true"), "kernel.panic", "1"), false));
  }

  @Test
  void manyLayersMakeOneRoot() throws IOException {
    List<String> layers = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Path layer = Files.createDirectories(directory.resolve("layers/layer-with-a-rather-long-name-" + i));
      Files.writeString(layer.resolve("from-" + i), "layer " + i + "\n");
      layers.add(layer.toString());
    }
    layers.add(lower.toString());
    Path upper = Files.createDirectories(directory.resolve("upper"));
    Path work = Files.createDirectories(directory.resolve("work"));
    Mount overlay =
        new Mount("overlay", "overlay", "", List.of("lowerdir=" + String.join(":", layers), "upperdir=" + upper, "workdir=" + work));
    assertThat(run(sh("cat /from-0 /from-59; echo new > /new"), List.of(overlay))).isEqualTo("layer 0\nlayer 59\n");
    assertThat(upper.resolve("new")).hasContent("new\n");
    assertThat(lower.resolve("new")).doesNotExist();
  }

  /** Kernels before 6.5 take the layers in one value of less than a page. */
  @Test
  void manyLayersMakeOneRootTheOldWay() throws Exception {
    StringBuilder layers = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      layers.append(Files.createDirectories(directory.resolve("layers/layer-with-a-rather-long-name-" + i))).append(':');
    }
    Path upper = Files.createDirectories(directory.resolve("upper"));
    Path work = Files.createDirectories(directory.resolve("work"));
    Path attachment = Files.createDirectories(directory.resolve("attachment"));
    Path scratch = Files.createDirectories(directory.resolve("scratch"));
    Mount overlay = new Mount("overlay", "overlay", "", List.of("lowerdir=" + layers + lower, "upperdir=" + upper, "workdir=" + work));
    TaskSpec task = new TaskSpec("old", Containers.docker("touch", "/new"), List.of(overlay), false);
    HostFacts old = new HostFacts(6, 1, 4096, Long.parseUnsignedLong(status(Files.readString(Path.of("/proc/self/status"))).get("CapBnd"), 16), 40, false);
    Surroundings surroundings = new Surroundings(attachment.toString(), scratch.toString(), path -> true, List.of(), Map.of());
    SpawnPlan plan = TaskPlanner.plan(task, old, surroundings, null);
    try (Spawned process = shim.shim().spawn(SpawnRequest.of("old", plan).stdio(Stdio.OUTPUT))) {
      process.awaitGate();
      process.release();
      process.awaitReady();
      assertThat(shim.shim().exit("old").get(30, TimeUnit.SECONDS).status()).hasValueSatisfying(status -> assertThat(status.exitCode()).isZero());
      shim.shim().acknowledge("old");
    }
    assertThat(upper.resolve("new")).exists();
  }

  @Test
  void readOnlyRootStillHasItsMounts() throws IOException {
    Spec spec =
        Containers.mount(
            Containers.readOnlyRoot(sh("touch /x 2>&1; touch /made/here && touch /dev/shm/y && echo fine")),
            new Spec.Mount("/made", "tmpfs", "tmpfs", List.of("nosuid", "size=1m", "mode=700")));
    assertThat(run(spec)).contains("Read-only file system").endsWith("fine\n");
  }

  @Test
  void bindsAreFoldersAndFilesWritableOrNot() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("volume/sub"));
    Path file = Files.writeString(directory.resolve("file"), "of the host\n");
    Spec spec =
        Containers.mount(
            sh("cat /etc/given; touch /rw/new; touch /ro/new 2>&1; touch /ro/sub/new 2>&1; (echo x > /etc/given) 2>&1"),
            new Spec.Mount("/rw", "bind", folder.getParent().toString(), List.of("rbind", "rprivate")),
            new Spec.Mount("/ro", "bind", folder.getParent().toString(), List.of("rbind", "rro", "rprivate")),
            new Spec.Mount("/etc/given", "bind", file.toString(), List.of("bind", "ro")));
    String out = run(spec);
    assertThat(out).startsWith("of the host\n");
    assertThat(out.lines().filter(line -> line.contains("Read-only file system"))).hasSize(3);
    assertThat(folder.getParent().resolve("new")).exists();
    assertThat(file).hasContent("of the host\n");
  }

  @Test
  void linksInTheImageLeadNowhereOutsideIt() throws IOException {
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Files.createSymbolicLink(lower.resolve("escape"), outside);
    Files.createSymbolicLink(lower.resolve("up"), Path.of("../../../../../../../../" + outside));
    Path volume = Files.createDirectories(directory.resolve("volume"));
    Files.writeString(volume.resolve("here"), "");
    Files.createDirectories(lower.resolve(outside.toString().substring(1)));
    Spec spec =
        Containers.mount(
            sh("ls /escape /up/deep"),
            new Spec.Mount("/escape", "bind", volume.toString(), List.of("rbind")),
            new Spec.Mount("/up/deep", "bind", volume.toString(), List.of("rbind")));
    assertThat(run(spec)).contains("/escape:").contains("/up/deep:").contains("here");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void linksToNothingAreMadeWhereTheyLeadInsideTheRoot() throws IOException {
    Path outside = directory.resolve("outside");
    Files.createSymbolicLink(lower.resolve("esc"), Path.of("/not/there"));
    Files.createSymbolicLink(lower.resolve("first"), Path.of("second/../third"));
    Files.createSymbolicLink(lower.resolve("third"), Path.of("../../../../..").resolve(outside.toString().substring(1)));
    Files.createSymbolicLink(lower.resolve("file"), Path.of("missing/file"));
    Files.createDirectories(lower.resolve("second"));
    Path volume = Files.createDirectories(directory.resolve("volume"));
    Path single = Files.writeString(volume.resolve("here"), "single\n");
    Spec spec =
        Containers.mount(
            sh("ls /not/there; ls " + outside + "/deep; cat /missing/file; for l in /esc /first /file; do readlink $l; done"),
            new Spec.Mount("/esc", "bind", volume.toString(), List.of("rbind")),
            new Spec.Mount("/first/deep", "bind", volume.toString(), List.of("rbind")),
            new Spec.Mount("/file", "bind", single.toString(), List.of("rbind")));
    assertThat(run(spec).lines()).containsExactly("here", "here", "single", "/not/there", "second/../third", "missing/file");
    assertThat(outside).doesNotExist();
    assertThat(Path.of("/not")).doesNotExist();
  }

  @Test
  void linksInARingAndThroughFilesAreRefused() throws IOException {
    Files.createSymbolicLink(lower.resolve("ring"), Path.of("gnir/x"));
    Files.createSymbolicLink(lower.resolve("gnir"), Path.of("ring/x"));
    Files.createSymbolicLink(lower.resolve("chain0"), Path.of("missing"));
    for (int i = 1; i <= 41; i++) {
      Files.createSymbolicLink(lower.resolve("chain" + i), Path.of("chain" + (i - 1)));
    }
    Files.createSymbolicLink(lower.resolve("through"), Path.of("/bin/sh/x"));
    for (String point : List.of("/ring", "/chain41", "/through")) {
      assertThatThrownBy(() -> create(Containers.mount(sh("true"), new Spec.Mount(point, "bind", directory.toString(), List.of("rbind"))), false))
          .isInstanceOf(ProaException.class)
          .hasMessageContaining(point.substring(1));
    }
  }

  @Test
  void procThatIsALinkIsRefused() throws IOException {
    Files.delete(lower.resolve("proc"));
    Files.createDirectories(lower.resolve("elsewhere"));
    Files.createSymbolicLink(lower.resolve("proc"), Path.of("elsewhere"));
    assertFails(ErrorClass.INTERNAL, "\"mount /proc\"", () -> create(sh("true"), false));
  }

  @Test
  void mountsOverProcAreRefused() {
    Spec spec = Containers.mount(sh("true"), new Spec.Mount("/proc/self", "bind", directory.toString(), List.of("rbind")));
    assertFails(ErrorClass.INVALID_ARGUMENT, "inside /proc", () -> create(spec, false));
  }

  @Test
  void sharedAndSlaveBindsSeeTheHostsLaterMounts() throws IOException {
    Path volume = Files.createDirectories(directory.resolve("volume/sub"));
    String mountsBefore = Files.readString(Path.of("/proc/self/mountinfo"));
    Spec spec =
        Containers.mount(
            sh("grep -E ' /(private|slave|shared) ' /proc/self/mountinfo"),
            new Spec.Mount("/private", "bind", volume.toString(), List.of("rbind", "rprivate")),
            new Spec.Mount("/slave", "bind", volume.toString(), List.of("rbind", "rslave")),
            new Spec.Mount("/shared", "bind", volume.toString(), List.of("rbind", "rshared")));
    String out = run(spec);
    assertThat(out.lines().filter(line -> line.contains(" /private "))).allMatch(line -> !line.contains("shared:") && !line.contains("master:"));
    assertThat(out.lines().filter(line -> line.contains(" /shared "))).hasSize(1).allMatch(line -> line.contains("shared:"));
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).isEqualTo(mountsBefore);
  }

  // --- namespaces

  @Test
  void everyNamespaceIsItsOwn() throws IOException {
    String inside = run(sh("for n in ipc mnt net pid uts; do readlink /proc/self/ns/$n; done; echo $$; hostname; cat /proc/net/dev | grep -c :"));
    for (String type : List.of("ipc", "mnt", "net", "pid", "uts")) {
      assertThat(inside).doesNotContain(Files.readSymbolicLink(Path.of("/proc/self/ns/" + type)).toString());
    }
    assertThat(inside).contains("\n1\nweb\n");
    assertThat(run(sh("busybox ip link show lo | head -n 1"))).contains("UP");
  }

  @Test
  void hostNamespacesAreKeptWhenAskedFor() throws IOException {
    Spec spec = Containers.namespaces(sh("for n in net pid ipc; do readlink /proc/self/ns/$n; done; ls /proc | grep -c '^[0-9]'"), Containers.namespaces("mount"));
    String out = run(spec);
    for (String type : List.of("net", "pid", "ipc")) {
      assertThat(out).contains(Files.readSymbolicLink(Path.of("/proc/self/ns/" + type)).toString());
    }
  }

  @Test
  void namespacesOfAnotherTaskAreShared() throws IOException {
    String other = start(sh("echo ready; exec sleep 600"));
    int pid = backend.state(other, null).pid();
    Spec sharing = sharing(pid, sh("for n in net ipc pid; do readlink /proc/self/ns/$n; done; ps; grep CapEff /proc/self/status"));
    assertThat(run(sharing)).contains(namespacesOf(pid)).contains("sleep 600").contains("00000000a80425fb");
    assertThat(backend.state(other, null).pid()).isEqualTo(pid);
  }

  @Test
  void pidNamespaceOfAnotherTaskIsSharedOnOlderKernelsToo() throws IOException {
    String other = start(sh("echo ready; exec sleep 600"));
    int pid = backend.state(other, null).pid();
    olderKernel();
    Spec sharing = sharing(pid, sh("for n in net ipc pid; do readlink /proc/self/ns/$n; done; ps; ls /proc/self/fd; head -c 1 /proc/keys | wc -c"));
    assertThat(run(sharing)).contains(namespacesOf(pid)).contains("sleep 600").contains("\n0\n1\n2\n3\n0\n");
    assertThat(backend.pids(other)).as("nobody of the start is left there").hasSize(1);
  }

  @Test
  void whoMayTraceIsNotEnteredWithTheHostsRights() throws IOException {
    String other = start(Containers.capabilities(sh("echo ready; exec sleep 600"), List.of("CAP_SYS_PTRACE"), List.of(), false));
    int pid = backend.state(other, null).pid();
    if (TaskPlanner.takesPidNamespace(HostProbe.facts(shim.shim().pid()))) {
      assertThat(run(sharing(pid, sh("readlink /proc/self/ns/pid")))).contains(namespace(pid, "pid"));
    }
    olderKernel();
    assertFails(ErrorClass.FAILED_PRECONDITION, "has CAP_SYS_PTRACE", () -> create(sharing(pid, sh("true")), false));
  }

  /** From here on the backend does what it does where proc takes no namespace. */
  private void olderKernel() throws IOException {
    backend.close();
    backend =
        new NamespaceBackend(
            shim.shim(), PARENT, host -> new HostFacts(6, 1, host.noFileHard(), host.permittedCapabilities(), host.lastCapability(), host.apparmor()));
    backend.open(new Folders(directory, directory.resolve("run")), recorder);
    backend.adopt(List.copyOf(made));
  }

  private static Spec sharing(int pid, Spec spec) {
    List<Spec.Namespace> joined = new ArrayList<>(Containers.namespaces("mount", "uts"));
    for (String[] each : new String[][] {{"network", "net"}, {"ipc", "ipc"}, {"pid", "pid"}}) {
      joined.add(new Spec.Namespace(each[0], "/proc/" + pid + "/ns/" + each[1]));
    }
    return Containers.namespaces(spec, joined);
  }

  private static List<String> namespacesOf(int pid) throws IOException {
    return List.of(namespace(pid, "net"), namespace(pid, "ipc"), namespace(pid, "pid"));
  }

  private static String namespace(int pid, String type) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + type)).toString();
  }

  @Test
  void cgroupNamespaceStartsAtTheTasksOwnGroup() throws IOException {
    Spec spec = Containers.namespaces(sh("cat /proc/self/cgroup | head -n 1"), Containers.namespaces("mount", "network", "uts", "pid", "ipc", "cgroup"));
    assertThat(run(spec)).endsWith(":/\n");
  }

  // --- control groups

  @Test
  void limitsAreShownInsideAndHold() throws IOException {
    Spec spec =
        Containers.resources(
            sh(
                "cd /sys/fs/cgroup; "
                    + (V2
                        ? "cat cpu.max cpu.weight memory.max pids.max"
                        : "cat cpu/cpu.cfs_quota_us cpu/cpu.shares memory/memory.limit_in_bytes pids/pids.max")),
            new Spec.Memory(64L << 20, null, 64L << 20, null, null, null),
            new Spec.Cpu(512L, 50_000L, 100_000L, null, null, null, null),
            5L);
    assertThat(run(spec)).isEqualTo(V2 ? "50000 100000\n20\n67108864\n5\n" : "50000\n512\n67108864\n5\n");
  }

  @Test
  void memoryBeyondTheLimitKillsAndIsTold() throws IOException {
    Spec spec =
        Containers.resources(
            sh("dd if=/dev/zero of=/dev/null bs=200M count=1"), new Spec.Memory(32L << 20, null, 32L << 20, null, null, null), null, null);
    String id = create(spec, false);
    backend.start(id);
    TaskExit exit = recorder.await(id, null);
    assertThat(exit.exitCode()).isEqualTo(137);
    assertThat(exit.oomKilled()).isTrue();
    assertThat(recorder.awaitOutOfMemory(id)).isTrue();
  }

  @Test
  void limitsChangeUpAndDownWhileRunning() throws IOException {
    String id = start(Containers.resources(sh("echo ready; exec sleep 600"), new Spec.Memory(64L << 20, null, 64L << 20, null, null, null), null, null));
    for (long mib : new long[] {128, 32, 256}) {
      backend.update(
          id,
          new Spec.Resources(
              List.of(), new Spec.Memory(mib << 20, null, mib << 20, null, null, null), new Spec.Cpu(null, mib * 1000, 200_000L, null, null, "0", null), null,
              null, List.of(), Map.of()));
      assertThat(backend.stats(id).memoryLimitBytes()).isEqualTo(mib << 20);
    }
    String look = "cd /sys/fs/cgroup; cat " + (V2 ? "cpu.max" : "cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us") + "; nproc";
    assertThat(outputOf(exec(id, "look", "sh", "-c", look))).isEqualTo(V2 ? "256000 200000\n1\n" : "256000\n200000\n1\n");
  }

  @Test
  void numbersComeFromTheTasksOwnGroups() throws IOException {
    String id = start(sh("echo ready; while :; do :; done"));
    TaskStats before = backend.stats(id);
    backend.pause(id);
    TaskStats paused = backend.stats(id);
    assertThat(paused.cpuTotalNs()).isGreaterThanOrEqualTo(before.cpuTotalNs());
    assertThat(paused.memoryStat()).containsKey(V2 ? "inactive_file" : "total_inactive_file");
    assertThat(paused.pids()).isEqualTo(1);
    // Time up to the freezing itself may be counted a little later, but soon none is added any more; a running loop adds some at each reading.
    long counted = paused.cpuTotalNs();
    int same = 0;
    for (int reading = 0; same < 20; reading++) {
      assertThat(reading).as("readings until nothing runs").isLessThan(200);
      long later = backend.stats(id).cpuTotalNs();
      same = later == counted ? same + 1 : 0;
      counted = later;
    }
    backend.resume(id);
  }

  // --- failures

  @Test
  void failuresOfExecutionAreSaidAsRuncSaysThem() {
    assertFails(ErrorClass.NOT_FOUND, "exec: \"nosuch\": executable file not found in $PATH", () -> backend.start(create(Containers.docker("nosuch"), false)));
    assertFails(ErrorClass.NOT_FOUND, "exec: \"/x\": stat /x: no such file or directory", () -> backend.start(create(Containers.docker("/x"), false)));
    assertFails(ErrorClass.PERMISSION_DENIED, "exec: \"/etc/passwd\": permission denied", () -> backend.start(create(Containers.docker("/etc/passwd"), false)));
  }

  @Test
  void failingStepIsNamedWithItsCallAndErrno() {
    Spec spec = Containers.mount(sh("true"), new Spec.Mount("/t", "tmpfs", "tmpfs", List.of("nosuchoption=1")));
    assertThatThrownBy(() -> create(spec, false))
        .hasMessageMatching("cannot start [0-9a-f]{12}: step \\d+ \"mount /t\": fsconfig\\(.*\"nosuchoption\".*\\) EINVAL: invalid argument");
    assertThat(backend.walk()).isEmpty();
    Spec missing = Containers.mount(sh("true"), new Spec.Mount("/t", "bind", "/no/such/source", List.of("rbind")));
    assertFails(ErrorClass.INVALID_ARGUMENT, "bind source path does not exist: /no/such/source", () -> create(missing, false));
    assertThat(backend.walk()).isEmpty();
    made.clear();
  }

  // --- exec

  @Test
  void execHasTheTasksConfinementAndNoDescriptorOfTheShims() throws IOException {
    String id = start(sh("echo ready; exec sleep 600"));
    Map<String, String> status = status(outputOf(exec(id, "status", "cat", "/proc/self/status")));
    assertThat(status).containsEntry("CapEff", "00000000a80425fb").containsEntry("Seccomp", "2").containsEntry("CapBnd", "00000000a80425fb");
    assertThat(status.get("SigIgn")).matches("0+");
    assertThat(outputOf(exec(id, "fds", "ls", "/proc/self/fd"))).isEqualTo("0\n1\n2\n3\n");
    String where = outputOf(exec(id, "where", "sh", "-c", "readlink /proc/self/ns/pid; grep -E 'memory|0::' /proc/self/cgroup; pwd"));
    int pid = backend.state(id, null).pid();
    assertThat(where).contains(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")).toString()).contains(V2 ? "0::/\n" : PARENT + "/" + id).endsWith("/\n");
  }

  @Test
  void privilegedExecHasNoFilter() throws IOException {
    String id = start(sh("echo ready; exec sleep 600"));
    Spec all = Containers.capabilities(Containers.docker("cat", "/proc/self/status"), List.of(), List.of(), true);
    assertThat(status(outputOf(new ExecSpec(id, "all", all.process(), false, true)))).containsEntry("Seccomp", "0").containsEntry("CapEff", status(Files.readString(Path.of("/proc/self/status"))).get("CapBnd"));
  }

  @Test
  void execInAMissingFolderSaysSo() throws IOException {
    String id = start(sh("echo ready; exec sleep 600"));
    Spec.Process lost = Containers.cwd(Containers.docker("true"), "/nosuch").process();
    assertFails(
        ErrorClass.NOT_FOUND,
        "chdir to cwd (\"/nosuch\") set in config.json failed: no such file or directory",
        () -> backend.exec(new ExecSpec(id, "one", lost, false, false)));
  }

  @Test
  void execHasATerminalOfTheContainers() throws IOException {
    String id = start(sh("echo ready; exec sleep 600"));
    Spec.Process shell = Containers.terminal(Containers.docker("sh", "-c", "tty; stty size; read x; echo got $x")).process();
    backend.exec(new ExecSpec(id, "tty", shell, true, false));
    try (ProcessStreams streams = new ProcessStreams(backend.streams(id, "tty"))) {
      assertThat(streams.stdoutUntil("30 90")).contains("/dev/pts/0");
      streams.write("it\n");
      streams.stdoutUntil("got it");
    }
    assertThat(recorder.await(id, "tty").exitCode()).isZero();
  }

  @Test
  void terminalIsTheConsole() throws IOException {
    String id = create(Containers.terminal(sh("tty; test -c /dev/console && echo character; echo through > /dev/console; stat -c 'group %g' /dev/pts/0; read x")), true);
    try (ProcessStreams streams = new ProcessStreams(backend.streams(id, null))) {
      backend.start(id);
      assertThat(streams.stdoutUntil("group 5")).contains("/dev/pts/0", "character", "through");
      streams.write("\n");
    }
    recorder.await(id, null);
  }

  /** The container may debug whatever it sees: it must never see an exec that has more than itself. */
  @Test
  void execsAreHarmlessEvenIfWhoChangesIdsIsDumpable() throws IOException {
    Path setting = Path.of("/proc/sys/fs/suid_dumpable");
    assumeTrue(Files.isWritable(setting), "skipped: " + setting + " cannot be written");
    String before = Files.readString(setting);
    try {
      Files.writeString(setting, "1");
    } catch (IOException e) {
      assumeTrue(false, "skipped: " + setting + ": " + e.getMessage());
    }
    try {
      execsAreHarmlessWhenTheContainerFirstSeesThem();
    } finally {
      Files.writeString(setting, before);
    }
  }

  @Test
  void execsAreHarmlessWhenTheContainerFirstSeesThem() throws IOException {
    String watcher =
        "echo ready; while :; do for p in /proc/[0-9]*; do"
            + " grep -hE '^(CapEff|CapPrm|Seccomp):' $p/status 2>/dev/null; ls $p/fd 2>/dev/null | grep -E '^([4-9]|[1-9][0-9])'; done; done | grep -vE 'a80c25fb|Seccomp:.2|^3$'";
    String id = create(Containers.capabilities(sh(watcher), List.of("SYS_PTRACE"), List.of(), false), false);
    try (ProcessStreams streams = new ProcessStreams(backend.streams(id, null))) {
      backend.start(id);
      streams.stdoutUntil("ready");
      for (int i = 0; i < ATTACKED_EXECS; i++) {
        ExecSpec exec = new ExecSpec(id, "e" + i, Containers.capabilities(Containers.docker("true"), List.of("SYS_PTRACE"), List.of(), false).process(), false, false);
        backend.exec(exec);
        assertThat(recorder.await(id, "e" + i).exitCode()).isZero();
      }
      backend.kill(id, null, Signal.SIGKILL, false);
      assertThat(streams.stdoutToEnd().strip()).as("what the container saw of execs").isEmpty();
    }
    recorder.await(id, null);
  }

  @Test
  void frozenContainerIsKilled() throws IOException {
    String id = start(sh("echo ready; exec sleep 600"));
    backend.pause(id);
    backend.kill(id, null, Signal.SIGKILL, false);
    assertThat(recorder.await(id, null).exitCode()).isEqualTo(137);
    // Whoever paused and killed it lets it go in the end, however quick that was.
    backend.resume(id);
    backend.resume(id);
  }

  @Test
  void realTimePolicyOfTheDaemonIsNotTheContainers() throws Exception {
    Path chrt = Path.of("/usr/bin/chrt");
    assumeTrue(Files.isExecutable(chrt) && new ProcessBuilder(chrt.toString(), "-f", "1", "true").start().waitFor() == 0, "skipped: no chrt -f");
    // As when the daemon was started by chrt: the shim and what it clones have its policy, which no cpu group of v1 takes.
    Path started = Files.writeString(directory.resolve("java"), "#!/bin/sh\nexec chrt -f 1 " + System.getProperty("java.home") + "/bin/java \"$@\"\n");
    Files.setPosixFilePermissions(started, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
    try (ShimForTests realTime = ShimForTests.start(started)) {
      assertThat(policyOf(realTime.shim().pid())).isEqualTo("1");
      NamespaceBackend its = new NamespaceBackend(realTime.shim(), PARENT);
      its.open(new Folders(directory, Files.createDirectories(directory.resolve("run-real-time"))), recorder);
      its.create(new TaskSpec("real-time", sh("exec sleep 600"), overlay(), false));
      its.start("real-time");
      assertThat(policyOf(its.pids("real-time").getFirst())).isEqualTo("0");
      its.exec(exec("real-time", "one", "true"));
      assertThat(recorder.await("real-time", "one").exitCode()).isZero();
      its.delete("real-time");
      its.close();
    }
  }

  /** proc(5), stat, field 41. */
  private static String policyOf(int pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[38];
  }

  @Test
  void createdTaskThatIsKilledHasAnEnd() {
    String id = create(sh("true"), false);
    backend.kill(id, null, Signal.SIGKILL, false);
    assertThat(recorder.await(id, null).exitCode()).isEqualTo(137);
  }

  @Test
  void groupsMadeInsideArePartOfTheTask() throws IOException {
    Spec privileged = Containers.capabilities(sh("true"), List.of(), List.of(), true);
    List<Spec.Mount> writable =
        privileged.mounts().stream()
            .map(m -> m.type().equals("cgroup") ? new Spec.Mount(m.destination(), m.type(), m.source(), List.of("nosuid", "noexec", "nodev")) : m)
            .toList();
    Spec spec =
        new Spec(
            privileged.ociVersion(),
            sh(
                    V2
                        ? "mkdir /sys/fs/cgroup/inner && echo $$ > /sys/fs/cgroup/inner/cgroup.procs; echo ready; exec sleep 600"
                        : "mkdir /sys/fs/cgroup/memory/inner /sys/fs/cgroup/pids/inner && echo $$ > /sys/fs/cgroup/memory/inner/cgroup.procs; echo ready; exec sleep 600")
                .process(),
            privileged.root(), "web", null, writable, null,
            Containers.namespaces(privileged, Containers.namespaces("mount", "network", "uts", "pid", "ipc", "cgroup")).linux(), Map.of());
    String id = start(spec);
    assertThat(backend.pids(id)).hasSize(1);
    backend.delete(id);
    assertThat(CgroupsForTests.below(PARENT)).isEmpty();
  }
}
