package dev.proa.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.namespace.cgroup.CgroupLayout;
import dev.proa.spi.conformance.ProcessStreams;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Containers whose root is nobody on the host. */
class UserNamespaceTest extends RealContainers {
  private static final List<Spec.IdMapping> HIGH = List.of(new Spec.IdMapping(0, 200_000, 65_536));

  @Test
  void rootInsideIsNobodyOutside() throws IOException {
    String id = start(remapped(sh("cat /proc/self/uid_map; id -u; echo ready; exec sleep 600")));
    int pid = backend.state(id, null).pid();
    assertThat(status(Files.readString(Path.of("/proc/" + pid + "/status"))))
        .containsEntry("Uid", "200000\t200000\t200000\t200000")
        .containsEntry("Gid", "200000\t200000\t200000\t200000")
        .containsEntry("CapEff", "00000000a80425fb")
        .containsEntry("CapBnd", "00000000a80425fb")
        .containsEntry("Seccomp", "2");
    for (String namespace : List.of("user", "mnt", "pid", "net", "ipc", "uts")) {
      assertThat(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + namespace)))
          .as(namespace)
          .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/" + namespace)));
    }
  }

  @Test
  void filesOfTheImageAndNewOnesBelongToTheContainersIds() throws IOException {
    String out =
        run(
            remapped(
                sh(
                    "stat -c '%u:%g %n' / /etc /bin/busybox; echo new > /etc/new; touch /etc/passwd; chown 7:8 /etc/new; stat -c '%u:%g' /etc/new;"
                        + " rm /etc/group; mkdir /var/made; id -u; cat /proc/self/uid_map")));
    assertThat(out).startsWith("0:0 /\n0:0 /etc\n0:0 /bin/busybox\n7:8\n0\n").contains("200000      65536");
    // On the disk nothing is shifted, so that another daemon, another mapping or none sees the same files.
    Path upper = directory.resolve("upper-0");
    assertThat(Files.getAttribute(upper.resolve("etc/new"), "unix:uid")).isEqualTo(7);
    assertThat(Files.getAttribute(upper.resolve("etc/passwd"), "unix:uid")).isEqualTo(0);
    assertThat(Files.getAttribute(upper.resolve("var/made"), "unix:uid")).isEqualTo(0);
    assertThat(Files.getAttribute(upper.resolve("etc/group"), "unix:rdev")).isEqualTo(0L);
    assertThat(Files.exists(lower.resolve("etc/group"))).isTrue();
  }

  @Test
  void whatDockerGivesIsThere() throws IOException {
    String out =
        run(
            remapped(
                sh(
                    "echo x > /dev/null; test -c /dev/null; head -c 1 /dev/zero | wc -c; ls -l /dev/ptmx /dev/fd | wc -l; hostname; mount | grep -c ' /proc';"
                        + " cat /proc/kcore 2>&1 | wc -c; cat /proc/sys/kernel/hostname; mknod /tmp/n c 1 3 2>&1; ip link show lo | grep -c UP;"
                        + " echo 1 > /proc/sys/kernel/panic; readlink /proc/self/fd/0; echo again > /dev/stdout; ls /sys | head -1")));
    assertThat(out).contains("1\n", "web\n", "Operation not permitted", "/dev/null\n", "again\n", "Read-only file system").doesNotContain("nobody");
  }

  @Test
  void ordinaryUserInsideHasNothing() throws IOException {
    String out = run(remapped(Containers.user(sh("id -u; id -g; id -G; grep Cap /proc/self/status; echo again > /dev/stdout"), 1000, 1001, 7, 8)));
    assertThat(out).startsWith("1000\n1001\n1001 7 8\n").contains("CapEff:\t0000000000000000").endsWith("again\n");
  }

  @Test
  void limitsThatTheHostRaisesAreRaised() throws IOException {
    Spec spec = Containers.limits(sh("ulimit -Hn; ulimit -Sn; ulimit -Hc; cat /proc/self/oom_score_adj"), 500, new Spec.Rlimit("RLIMIT_NOFILE", 2000, 3000),
        new Spec.Rlimit("RLIMIT_CORE", 1024, -1));
    assertThat(run(remapped(spec))).isEqualTo("3000\n2000\nunlimited\n500\n");
  }

  @Test
  void execIsInTheSameUserNamespace() throws IOException {
    String id = start(remapped(sh("echo ready; exec sleep 600")));
    String out =
        said(id, "status", Containers.docker("sh", "-c", "id -u; readlink /proc/self/ns/user; cat /proc/self/status; echo again > /dev/stdout; echo done; read x"));
    int pid = backend.state(id, null).pid();
    assertThat(out).startsWith("0\n" + Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/user")) + "\n").contains("\nagain\n");
    assertThat(status(out)).containsEntry("CapEff", "00000000a80425fb").containsEntry("Seccomp", "2").containsEntry("Groups", "");
    Spec user = Containers.user(Containers.docker("sh", "-c", "id -u; echo again > /dev/stdout; echo done; read x"), 1000, 1000);
    assertThat(said(id, "user", user)).startsWith("1000\nagain\n");
  }

  @Test
  void terminalsBelongToTheUser() throws IOException {
    String id = create(Containers.terminal(remapped(sh("tty; stat -c '%u' /dev/pts/0; test -c /dev/console && echo character; read x"))), true);
    try (ProcessStreams streams = new ProcessStreams(backend.streams(id, null))) {
      backend.start(id);
      assertThat(streams.stdoutUntil("character")).contains("/dev/pts/0", "0\r\n");
      streams.write("\n");
    }
    recorder.await(id, null);
    String other = start(remapped(sh("echo ready; exec sleep 600")));
    Spec.Process shell = Containers.terminal(Containers.user(Containers.docker("sh", "-c", "tty; stat -c '%u' /dev/pts/0; echo on > /dev/tty; read x"), 1000, 0)).process();
    backend.exec(new ExecSpec(other, "tty", shell, true, false));
    try (ProcessStreams streams = new ProcessStreams(backend.streams(other, "tty"))) {
      assertThat(streams.stdoutUntil("on\r\n")).contains("/dev/pts/0", "1000");
      streams.write("it\n");
    }
    recorder.await(other, "tty");
  }

  @Test
  void bindsKeepTheirOwnersUnlessTheyAreIdmapped() throws IOException {
    Path plain = Files.createDirectory(directory.resolve("plain"));
    Path mapped = Files.createDirectory(directory.resolve("mapped"));
    Path other = Files.createDirectory(directory.resolve("other"));
    Spec spec =
        Containers.mount(
            remapped(sh("stat -c '%u %n' /plain /mapped /other; touch /mapped/made; touch /plain/made 2>&1")),
            new Spec.Mount("/plain", "bind", plain.toString(), List.of("rbind")),
            new Spec.Mount("/mapped", "bind", mapped.toString(), List.of("bind", "idmap")),
            new Spec.Mount(
                "/other", "bind", other.toString(), List.of("rbind", "ridmap"), List.of(new Spec.IdMapping(0, 200_005, 1)), List.of(new Spec.IdMapping(0, 200_005, 1))));
    assertThat(run(spec)).isEqualTo("65534 /plain\n0 /mapped\n5 /other\ntouch: /plain/made: Permission denied\n");
    assertThat(Files.getAttribute(mapped.resolve("made"), "unix:uid")).isEqualTo(0);
  }

  @Test
  void bindsCanBeIdmappedWithoutAUserNamespace() throws IOException {
    Path other = Files.createDirectory(directory.resolve("other"));
    List<Spec.IdMapping> map = List.of(new Spec.IdMapping(0, 1000, 10));
    Spec spec = Containers.mount(sh("stat -c '%u' /other; touch /other/made 2>&1"), new Spec.Mount("/other", "bind", other.toString(), List.of("rbind", "idmap"), map, map));
    assertThat(run(spec)).startsWith("1000\n");
  }

  @Test
  void devicesAreThereAndUsable() throws IOException {
    Spec spec =
        Containers.devices(
            remapped(sh("stat -c '%u %a' /dev/mine; head -c 2 /dev/mine | wc -c")),
            List.of(new Spec.Device("/dev/mine", "c", 1, 5, 0640, 3, 0)),
            List.of(new Spec.DeviceRule(true, "c", 1L, 5L, "rwm")));
    assertThat(run(spec)).isEqualTo("3 640\n2\n");
  }

  @Test
  void namespacesOfAnotherContainerAreJoinedWithItsUsers() throws IOException {
    String first = start(remapped(sh("echo ready; exec sleep 600")));
    int pid = backend.state(first, null).pid();
    List<Spec.Namespace> joined = new ArrayList<>(Containers.namespaces("mount", "uts"));
    for (String[] each : new String[][] {{"user", "user"}, {"network", "net"}, {"ipc", "ipc"}, {"pid", "pid"}}) {
      joined.add(new Spec.Namespace(each[0], "/proc/" + pid + "/ns/" + each[1]));
    }
    if (CgroupLayout.discover().pureV2()) {
      joined.addAll(Containers.namespaces("cgroup")); // without it a user namespace may not mount control groups
    }
    Spec spec = Containers.namespaces(remapped(sh("id -u; readlink /proc/self/ns/net; readlink /proc/self/ns/pid; ps | grep -c 'sleep 60[0]'; touch /etc/x; stat -c %u /etc/x")), joined);
    assertThat(run(spec))
        .isEqualTo(
            "0\n" + Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net")) + "\n" + Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")) + "\n1\n0\n");
  }

  @Test
  void theHostsOwnUserNamespaceByPathIsNone() throws IOException {
    List<Spec.Namespace> joined = new ArrayList<>(Containers.namespaces("mount", "uts", "pid", "ipc", "network"));
    joined.add(new Spec.Namespace("user", "/proc/self/ns/user"));
    assertThat(run(Containers.namespaces(sh("id -u; cat /proc/self/uid_map"), joined))).contains("4294967295");
  }

  @Test
  void whatIsNotMappedIsRefusedByItsName() {
    Spec user = Containers.user(sh("true"), 70_000, 0);
    assertThatThrownBy(() -> create(remapped(user), false)).hasMessageContaining("uid 70000 is not mapped into the container's user namespace");
    assertThatThrownBy(() -> create(Containers.namespaces(sh("true"), Containers.namespaces("mount", "user")), false))
        .hasMessageContaining("a user namespace needs uidMappings and gidMappings");
    assertThat(shimNames()).isEmpty();
  }

  @Test
  void aWayOutToTheHostsFilesIsClosed() throws IOException {
    // The daemon's folders, what it holds and the first process's stage must not be there.
    String out =
        run(
            remapped(
                Containers.capabilities(
                    sh("cat /proc/self/mountinfo | grep -v overlay | grep -c " + directory.getFileName() + "; ls /proc/self/fd; ls /proc/1/fd; ls -d /root/.. /../etc/shadow 2>&1"),
                    List.of("ALL"), List.of(), false)));
    assertThat(out).startsWith("0\n").contains("No such file");
  }

  @Test
  void clocksCanBeAhead() throws IOException {
    for (boolean users : new boolean[] {false, true}) {
      List<Spec.Namespace> namespaces = new ArrayList<>(Containers.namespaces("mount", "network", "uts", "pid", "ipc", "time"));
      if (CgroupLayout.discover().pureV2()) {
        namespaces.addAll(Containers.namespaces("cgroup")); // without it a user namespace may not mount control groups
      }
      Spec plain = Containers.namespaces(sh("cat /proc/uptime; cat /proc/self/timens_offsets; echo ready; exec sleep 600"), namespaces);
      Spec spec = ahead(users ? remapped(plain) : plain, Map.of("boottime", new Spec.TimeOffset(1_000_000_000, 0)));
      String id = create(spec, false);
      try (ProcessStreams streams = new ProcessStreams(backend.streams(id, null))) {
        backend.start(id);
        assertThat(streams.stdoutUntil("ready")).startsWith("100").containsPattern("boottime +1000000000");
      }
      assertThat(said(id, "time", Containers.docker("sh", "-c", "cat /proc/uptime; echo done; read x"))).startsWith("100");
    }
  }

  /** What an exec says before "done"; it waits, or it might be over and forgotten before anybody listens. */
  private String said(String id, String execId, Spec spec) throws IOException {
    backend.exec(new ExecSpec(id, execId, spec.process(), true, false));
    try (ProcessStreams streams = new ProcessStreams(backend.streams(id, execId))) {
      String out = streams.stdoutUntil("done");
      streams.write("\n");
      recorder.await(id, execId);
      return out;
    }
  }

  private List<String> shimNames() {
    try {
      return shim.shim().list().stream().map(process -> process.name()).toList();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Spec ahead(Spec spec, Map<String, Spec.TimeOffset> offsets) {
    return Containers.linux(
        spec,
        l ->
            new Spec.Linux(
                l.namespaces(), l.uidMappings(), l.gidMappings(), l.devices(), l.cgroupsPath(), l.resources(), l.rootfsPropagation(), l.seccomp(), l.sysctl(),
                l.maskedPaths(), l.readonlyPaths(), l.mountLabel(), offsets, l.personality(), l.memoryPolicy()));
  }

  static Spec remapped(Spec spec) {
    List<Spec.Namespace> namespaces = new ArrayList<>(spec.linux().namespaces());
    namespaces.add(new Spec.Namespace("user", null));
    Spec changed = spec.withLinux(spec.linux().with(namespaces, HIGH, HIGH));
    // Not all groups of the range that Docker allows are mapped; Docker leaves it out then as well.
    return Containers.linux(
        changed,
        l ->
            new Spec.Linux(
                l.namespaces(), l.uidMappings(), l.gidMappings(), l.devices(), l.cgroupsPath(), l.resources(), l.rootfsPropagation(), l.seccomp(),
                Map.of("net.ipv4.ip_unprivileged_port_start", "0"), l.maskedPaths(), l.readonlyPaths(), l.mountLabel(), l.timeOffsets(), l.personality(), l.memoryPolicy()));
  }
}
