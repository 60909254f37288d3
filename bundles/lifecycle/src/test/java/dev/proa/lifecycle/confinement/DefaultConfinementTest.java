package dev.proa.lifecycle.confinement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.lifecycle.confinement.SeccompProfile.Platform;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DefaultConfinementTest {
  private static final CapabilitySet HOST = CapabilitySet.ofMask(0x1ffffffffffL);
  private static final KernelVersion KERNEL = KernelVersion.parse("6.1.0-37-amd64");
  private static final Platform AMD64 = Platform.ofJava("amd64");

  @Test
  void theDefaultCapabilitiesAreDockersFourteen() {
    assertThat(HOST.tweak(List.of(), List.of(), false).effective()).hasSize(14).doesNotContain("CAP_SYS_ADMIN", "CAP_NET_ADMIN");
  }

  @Test
  void capabilitiesAreAddedAndDroppedInAnySpelling() {
    assertThat(HOST.tweak(List.of("net_admin"), List.of("CAP_CHOWN", "KILL"), false).bounding())
        .hasSize(13)
        .contains("CAP_NET_ADMIN")
        .doesNotContain("CAP_CHOWN", "CAP_KILL");
  }

  @Test
  void dropAllLeavesOnlyWhatIsAdded() {
    assertThat(HOST.tweak(List.of("CHOWN"), List.of("all"), false).permitted()).containsExactly("CAP_CHOWN");
    assertThat(HOST.tweak(List.of(), List.of("ALL"), false).permitted()).isEmpty();
  }

  @Test
  void addAllTakesAllButTheDropped() {
    assertThat(HOST.tweak(List.of("ALL"), List.of("SYS_ADMIN"), false).permitted()).hasSize(40).doesNotContain("CAP_SYS_ADMIN");
  }

  @Test
  void privilegedMeansAllThatThisProcessHas() {
    assertThat(CapabilitySet.ofMask(0x1fffeffffffL).tweak(List.of(), List.of(), true).effective())
        .hasSize(40)
        .doesNotContain("CAP_SYS_RESOURCE");
  }

  @Test
  void unknownAndUnavailableCapabilitiesAreRefusedInDockersWords() {
    assertThatThrownBy(() -> HOST.tweak(List.of("nosuch"), List.of(), false))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.INVALID_ARGUMENT))
        .hasMessage("unknown capability: \"CAP_NOSUCH\"");
    assertThatThrownBy(() -> CapabilitySet.ofMask(1).tweak(List.of("BPF"), List.of(), false))
        .hasMessageContaining("not available in the current environment");
  }

  @Test
  void theDefaultFilterAllowsWhatProgramsNeedAndNothingThatConfiguresTheHost() {
    Set<String> allowed = allowed(filter(CapabilitySet.DEFAULT));
    assertThat(allowed).contains("read", "openat2", "clone", "futex", "chroot", "ptrace", "arch_prctl", "personality", "socket", "statmount");
    assertThat(allowed)
        .doesNotContain("mount", "clone3", "unshare", "setns", "bpf", "keyctl", "add_key", "io_uring_setup", "kexec_load", "userfaultfd", "reboot");
  }

  @Test
  void aCapabilityOpensTheCallsItGuards() {
    assertThat(allowed(filter(List.of("CAP_SYS_ADMIN")))).contains("mount", "clone3", "unshare", "setns", "bpf").doesNotContain("chroot");
    assertThat(allowed(filter(List.of("CAP_SYS_TIME")))).contains("settimeofday");
    assertThat(allowed(filter(List.of("CAP_BPF")))).contains("bpf").doesNotContain("mount");
  }

  @Test
  void clone3IsAnsweredAsMissingWithoutSysAdmin() {
    assertThat(filter(CapabilitySet.DEFAULT).syscalls())
        .anySatisfy(
            rule -> {
              assertThat(rule.names()).containsExactly("clone3");
              assertThat(rule.action()).isEqualTo("SCMP_ACT_ERRNO");
              assertThat(rule.errnoRet()).isEqualTo(38);
            });
  }

  @Test
  void theFilterOfTheSameCapabilitiesIsTheSameObject() {
    assertThat(DefaultConfinement.seccomp(List.of("CAP_CHOWN", "CAP_KILL"))).isSameAs(DefaultConfinement.seccomp(Set.of("CAP_KILL", "CAP_CHOWN")));
  }

  @Test
  void aProfileInDockersFormatIsResolvedForArchitectureKernelAndCapabilities() {
    String json =
        """
        {"defaultAction": "SCMP_ACT_ALLOW", "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
         "syscalls": [
          {"names": ["chmod", "chown"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
          {"name": "mkdir", "action": "SCMP_ACT_KILL", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
          {"names": ["rmdir"], "action": "SCMP_ACT_LOG", "excludes": {"arches": ["arm64"]}},
          {"names": ["sync"], "action": "SCMP_ACT_LOG", "includes": {"minKernel": "7.0"}},
          {"names": ["personality"], "action": "SCMP_ACT_TRAP", "args": [{"index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_EQ"}]}
         ]}
        """;
    SeccompProfile profile = SeccompProfileJson.parse(json);
    assertThat(profile).isNotNull();
    Spec.Seccomp filter = profile.resolve(Set.of(), KERNEL, AMD64);
    assertThat(filter.architectures()).containsExactly("SCMP_ARCH_X86_64", "SCMP_ARCH_X86");
    assertThat(filter.syscalls()).extracting(Spec.SeccompSyscall::names).containsExactly(List.of("chmod", "chown"), List.of("rmdir"), List.of("personality"));
    assertThat(filter.syscalls().getLast().args().getFirst().value()).isEqualTo(-1L);
    assertThat(profile.resolve(Set.of("CAP_SYS_ADMIN"), KERNEL, Platform.ofJava("aarch64")).syscalls())
        .extracting(Spec.SeccompSyscall::names)
        .containsExactly(List.of("chmod", "chown"), List.of("mkdir"), List.of("personality"));
  }

  @Test
  void hostileProfilesAreRefusedWithOneSentence() {
    for (String json :
        List.of(
            "",
            "[]",
            "{\"defaultAction\": 1}",
            "{\"defaultAction\": \"SCMP_ACT_NOSUCH\"}",
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": {}}",
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": \"x\", \"action\": \"SCMP_ACT_ALLOW\"}]}",
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"x\"], \"name\": \"y\", \"action\": \"SCMP_ACT_ALLOW\"}]}",
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"x\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 6}]}]}",
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"A\"], \"archMap\": [{\"architecture\": \"B\"}]}",
            "[".repeat(100_000))) {
      assertThatThrownBy(() -> SeccompProfileJson.parse(json))
          .as(json.substring(0, Math.min(80, json.length())))
          .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.INVALID_ARGUMENT));
    }
    assertThat(SeccompProfileJson.parse("{}")).isNull();
  }

  @Test
  void theHostsDevicesHaveTheirNumbers() {
    assertThat(DefaultConfinement.hostDevices())
        .anySatisfy(
            device -> {
              assertThat(device.path()).isEqualTo("/dev/null");
              assertThat(device.type()).isEqualTo("c");
              assertThat(device.major()).isEqualTo(1);
              assertThat(device.minor()).isEqualTo(3);
            })
        .noneSatisfy(device -> assertThat(device.path()).startsWith("/dev/pts/"));
  }

  private static Spec.Seccomp filter(List<String> capabilities) {
    return DefaultSeccompProfile.PROFILE.resolve(capabilities, KERNEL, AMD64);
  }

  private static Set<String> allowed(Spec.Seccomp filter) {
    return filter.syscalls().stream()
        .filter(rule -> rule.action().equals("SCMP_ACT_ALLOW"))
        .flatMap(rule -> rule.names().stream())
        .collect(Collectors.toSet());
  }
}
