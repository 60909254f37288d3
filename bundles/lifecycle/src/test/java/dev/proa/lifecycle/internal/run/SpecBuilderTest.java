package dev.proa.lifecycle.internal.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.lifecycle.confinement.DefaultConfinement;
import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.ExecConfig;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.internal.Json;
import dev.proa.lifecycle.internal.create.HostConfigChecks;
import dev.proa.lifecycle.internal.create.HostFacts;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.BackendFeatures;
import dev.proa.spi.isolation.BackendFeatures.Limit;
import dev.proa.spi.oci.Spec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The configurations that a runtime gets, compared with what Docker Engine 28 gives to runc. */
class SpecBuilderTest {
  private static final String ID = "ab".repeat(32);
  private static final String OTHER = "cd".repeat(32);
  private static final UserLookup.User ROOT = new UserLookup.User(0, 0, List.of(0, 10), "/root");

  private static <T> T json(String members, Class<T> type) {
    return Json.read(("{" + members + "}").getBytes(StandardCharsets.UTF_8), type, "test");
  }

  private static HostConfig host(String members, int cgroupVersion) {
    EnumSet<Limit> limits =
        cgroupVersion == 2 ? EnumSet.complementOf(EnumSet.of(Limit.SWAPPINESS, Limit.OOM_KILL_DISABLE, Limit.CPU_REALTIME)) : EnumSet.allOf(Limit.class);
    BackendFeatures features = new BackendFeatures("test", cgroupVersion, limits, true, false, List.of());
    return new HostConfigChecks(new HostFacts(features, 4, "0-3", "0"), ref -> ref.equals("other") ? OTHER : ref, Set.of())
        .check(json(members, HostConfig.class), new ArrayList<>());
  }

  private static SpecRequest request(String config, HostConfig host, List<MountRow> mounts) {
    ContainerConfig given = json("\"Hostname\": \"abababababab\", \"Cmd\": [\"sh\"]" + (config.isEmpty() ? "" : ", " + config), ContainerConfig.class);
    ContainerRow row =
        new ContainerRow(
            ID, "hull", Instant.EPOCH, "sha256:1", "linux", given, host, Map.of(), mounts, "overlay", "namespace", ContainerRow.State.CREATED,
              null);
    return new SpecRequest(
        row, ROOT, mounts, Map.of("/etc/hosts", "/h/hosts"), null, null, Map.of(OTHER, 4711), "host".equals(host.networkMode()), false);
  }

  private static Spec build(String config, String host) {
    return SpecBuilder.build(request(config, host(host, 1), List.of()));
  }

  private static MountRow mount(MountRow.Type type, String source, String target, boolean readWrite, String... options) {
    return new MountRow(type, null, null, source, target, "", readWrite, type == MountRow.Type.BIND ? "rprivate" : "", false, "", false, true, List.of(options), false, null);
  }

  @Test
  void aPlainContainerHasDockersDefaults() {
    Spec spec = build("", "");
    assertThat(spec.process().args()).containsExactly("sh");
    assertThat(spec.process().cwd()).isEqualTo("/");
    assertThat(spec.process().env())
        .containsExactly("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=abababababab", "HOME=/root");
    assertThat(spec.process().user()).isEqualTo(new Spec.User(0, 0, null, List.of(0, 10)));
    assertThat(spec.process().noNewPrivileges()).isFalse();
    assertThat(spec.process().oomScoreAdj()).isZero();
    assertThat(spec.process().capabilities().bounding()).hasSize(14).isEqualTo(spec.process().capabilities().permitted());
    assertThat(spec.process().capabilities().ambient()).isEmpty();
    assertThat(spec.hostname()).isEqualTo("abababababab");
    assertThat(spec.root().readonly()).isFalse();
    assertThat(spec.linux().namespaces()).extracting(Spec.Namespace::type).containsExactly("mount", "network", "uts", "pid", "ipc");
    assertThat(spec.linux().namespaces()).allMatch(namespace -> namespace.path() == null);
    assertThat(spec.linux().maskedPaths()).isEqualTo(DefaultConfinement.maskedPaths()).isNotEmpty();
    assertThat(spec.linux().readonlyPaths()).contains("/proc/sys");
    assertThat(spec.linux().seccomp()).isNotNull();
    assertThat(spec.linux().resources().memory()).isEqualTo(new Spec.Memory(null, null, null, null, null, false));
    assertThat(spec.linux().resources().cpu()).isNull();
    assertThat(spec.linux().resources().pidsLimit()).isNull();
    assertThat(spec.linux().cgroupsPath()).isEqualTo(ID);
    assertThat(spec.mounts())
        .extracting(Spec.Mount::destination)
        .containsExactly("/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm", "/etc/hosts");
  }

  @Test
  void onCgroupTwoTheContainerHasItsOwnCgroupNamespace() {
    Spec spec = SpecBuilder.build(request("", host("", 2), List.of()));
    assertThat(spec.linux().namespaces()).extracting(Spec.Namespace::type).contains("cgroup");
    assertThat(spec.linux().resources().memory()).isNull();
  }

  @Test
  void privilegedMeansNoConfinement() {
    Spec spec = build("", "\"Privileged\": true");
    assertThat(spec.linux().seccomp()).isNull();
    assertThat(spec.linux().maskedPaths()).isEmpty();
    assertThat(spec.linux().readonlyPaths()).isEmpty();
    assertThat(spec.process().capabilities().bounding()).hasSizeGreaterThan(30);
    assertThat(spec.linux().resources().devices()).containsExactly(new Spec.DeviceRule(true, "a", null, null, "rwm"));
    assertThat(spec.mounts()).filteredOn(mount -> mount.destination().equals("/sys")).allMatch(mount -> !mount.options().contains("ro"));
  }

  @Test
  void aReadOnlyRootLeavesAPrivilegedContainerItsKernelFiles() {
    assertThat(build("", "\"Privileged\": true, \"ReadonlyRootfs\": true").mounts())
        .filteredOn(mount -> mount.options().contains("ro"))
        .extracting(Spec.Mount::destination)
        .containsExactly("/etc/hosts");
  }

  @Test
  void limitsAreSaidInTheRuntimesUnits() {
    Spec spec = build("", "\"Memory\": 67108864, \"NanoCpus\": 1500000000, \"PidsLimit\": 0, \"CpusetCpus\": \"0-1\", \"CpuShares\": 1");
    assertThat(spec.linux().resources().memory()).extracting(Spec.Memory::limit, Spec.Memory::swap).containsExactly(67108864L, 134217728L);
    assertThat(spec.linux().resources().cpu()).isEqualTo(new Spec.Cpu(2L, 150000L, 100000L, null, null, "0-1", null));
    assertThat(spec.linux().resources().pidsLimit()).isEqualTo(-1);
  }

  @Test
  void namespacesAreSharedByPath() {
    Spec spec = build("", "\"PidMode\": \"container:other\", \"NetworkMode\": \"container:other\", \"IpcMode\": \"host\", \"UTSMode\": \"host\"");
    assertThat(spec.linux().namespaces())
        .containsExactlyInAnyOrder(
            new Spec.Namespace("mount", null),
            new Spec.Namespace("network", "/proc/4711/ns/net"),
            new Spec.Namespace("pid", "/proc/4711/ns/pid"));
    assertThat(spec.hostname()).isNull();
    assertThat(spec.mounts()).filteredOn(mount -> mount.destination().equals("/dev/shm")).extracting(Spec.Mount::type).containsExactly("bind");
    assertThat(spec.mounts()).filteredOn(mount -> mount.destination().equals("/dev/mqueue")).extracting(Spec.Mount::type).containsExactly("mqueue");
  }

  @Test
  void theHostsNetworkIsNoNamespace() {
    Spec spec = build("", "\"NetworkMode\": \"host\"");
    assertThat(spec.linux().namespaces()).extracting(Spec.Namespace::type).doesNotContain("network");
    assertThat(spec.linux().sysctl()).isEmpty();
    assertThatThrownBy(() -> build("", "\"NetworkMode\": \"host\", \"Sysctls\": {\"net.ipv4.ip_forward\": \"1\"}"))
        .isInstanceOf(ProaException.class)
        .hasMessageContaining("not allowed in host network namespace");
  }

  @Test
  void userMountsComeFromTheShallowestAndReplaceTheSystems() {
    List<MountRow> mounts =
        List.of(
            mount(MountRow.Type.BIND, "/c", "/a/b/c", false),
            mount(MountRow.Type.BIND, "/a", "/a", true),
            mount(MountRow.Type.TMPFS, "", "/dev/shm", true, "size=1m", "exec"),
            mount(MountRow.Type.BIND, "/my-hosts", "/etc/hosts", true));
    Spec spec = SpecBuilder.build(request("", host("", 1), mounts));
    List<Spec.Mount> user = spec.mounts().subList(6, spec.mounts().size());
    assertThat(user).extracting(Spec.Mount::destination).containsExactly("/a", "/dev/shm", "/etc/hosts", "/a/b/c");
    assertThat(user.getLast().options()).containsExactly("rbind", "rro", "rprivate");
    assertThat(user.get(1).options()).containsExactly("exec", "nosuid", "nodev", "size=1m");
    assertThat(user.get(2).source()).isEqualTo("/my-hosts");
  }

  @Test
  void aReadOnlyRootMakesTheNamesFilesReadOnlyAsWell() {
    Spec spec = build("", "\"ReadonlyRootfs\": true");
    assertThat(spec.root().readonly()).isTrue();
    assertThat(spec.mounts()).filteredOn(mount -> mount.options().contains("ro")).extracting(Spec.Mount::destination).containsExactly("/sys", "/sys/fs/cgroup", "/etc/hosts");
  }

  @Test
  void variablesReplaceAndRemove() {
    Spec spec = build("\"Env\": [\"PATH=/x\", \"HOSTNAME\", \"HOME=/h\", \"A=1\"], \"Tty\": true", "");
    assertThat(spec.process().env()).containsExactly("PATH=/x", "TERM=xterm", "HOME=/h", "A=1");
    assertThat(spec.process().terminal()).isTrue();
  }

  @Test
  void securityOptionsAreApplied() {
    Spec spec = build("", "\"SecurityOpt\": [\"no-new-privileges\", \"seccomp=unconfined\", \"systempaths=unconfined\"]");
    assertThat(spec.process().noNewPrivileges()).isTrue();
    assertThat(spec.linux().seccomp()).isNull();
    assertThat(spec.linux().maskedPaths()).isEmpty();
    Spec own = build("", "\"SecurityOpt\": [\"seccomp={\\\"defaultAction\\\": \\\"SCMP_ACT_ALLOW\\\"}\"]");
    assertThat(own.linux().seccomp()).extracting(Spec.Seccomp::defaultAction).isEqualTo("SCMP_ACT_ALLOW");
  }

  @Test
  void devicesComeWithTheirRules() {
    Spec spec = build("", "\"Devices\": [{\"PathOnHost\": \"/dev/zero\", \"PathInContainer\": \"/dev/nil\", \"CgroupPermissions\": \"r\"}], \"DeviceCgroupRules\": [\"c 7:* rw\"]");
    assertThat(spec.linux().devices()).singleElement().satisfies(device -> {
      assertThat(device.path()).isEqualTo("/dev/nil");
      assertThat(device.major()).isEqualTo(1);
      assertThat(device.minor()).isEqualTo(5);
    });
    assertThat(spec.linux().resources().devices()).endsWith(new Spec.DeviceRule(true, "c", 1L, 5L, "r"), new Spec.DeviceRule(true, "c", 7L, null, "rw"));
    assertThatThrownBy(() -> build("", "\"Devices\": [{\"PathOnHost\": \"/dev/nosuch\"}]"))
        .hasMessage("error gathering device information while adding custom device \"/dev/nosuch\": no such file or directory");
  }

  @Test
  void onlyTheContainersOwnKernelSettingsCanBeSet() {
    Spec spec = build("", "\"Sysctls\": {\"kernel.msgmax\": \"8000\", \"net.ipv4.ip_forward\": \"0\"}");
    assertThat(spec.linux().sysctl()).containsEntry("kernel.msgmax", "8000").containsEntry("net.ipv4.ip_forward", "0");
    assertThatThrownBy(() -> build("", "\"Sysctls\": {\"kernel.hostname\": \"x\"}")).hasMessageContaining("is not in a separate kernel namespace");
    assertThatThrownBy(() -> build("", "\"Sysctls\": {\"net/../kernel/core_pattern\": \"x\"}")).hasMessageContaining("is not in a separate kernel namespace");
  }

  @Test
  void initRunsTheCommand() {
    SpecRequest plain = request("", host("", 1), List.of());
    Spec spec =
        SpecBuilder.build(
            new SpecRequest(plain.row(), plain.user(), plain.mounts(), plain.files(), null, "/usr/bin/tini", plain.pids(), false, false));
    assertThat(spec.process().args()).containsExactly("/sbin/docker-init", "--", "sh");
    assertThat(spec.mounts()).contains(new Spec.Mount("/sbin/docker-init", "bind", "/usr/bin/tini", List.of("bind", "ro", "rprivate")));
  }

  @Test
  void anExecHasTheContainersConfinementAndItsOwnCommand() {
    ContainerRow row = request("\"Env\": [\"A=1\"], \"WorkingDir\": \"/w\"", host("\"CapDrop\": [\"ALL\"]", 1), List.of()).row();
    ExecConfig exec = json("\"Cmd\": [\"id\"], \"Env\": [\"A=2\"], \"Tty\": true", ExecConfig.class);
    Spec.Process process = SpecBuilder.exec(row, exec, new UserLookup.User(5, 6, List.of(6), "/five"), null, List.of());
    assertThat(process.args()).containsExactly("id");
    assertThat(process.env()).contains("A=2", "HOME=/five", "TERM=xterm").doesNotContain("A=1");
    assertThat(process.cwd()).isEqualTo("/w");
    assertThat(process.capabilities().bounding()).isEmpty();
    assertThat(process.user().uid()).isEqualTo(5);
  }
}
