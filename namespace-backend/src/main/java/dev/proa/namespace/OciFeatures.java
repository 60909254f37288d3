package dev.proa.namespace;

import dev.proa.namespace.plan.CapabilityNames;
import dev.proa.namespace.plan.MemoryPolicySteps;
import dev.proa.namespace.plan.MountOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** What this runtime understands, for engines to read (features.md of the runtime specification). It says nothing about the host but AppArmor. */
public final class OciFeatures {
  private static final List<String> NAMESPACES = List.of("cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts");

  private static final List<String> CAPABILITIES = CapabilityNames.ALL;

  private OciFeatures() {}

  public static String json() {
    List<String> options = new ArrayList<>(MountOptions.names());
    return """
        {
          "ociVersionMin": "1.0.0",
          "ociVersionMax": "1.3.0",
          "hooks": ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
          "mountOptions": [%s],
          "linux": {
            "namespaces": [%s],
            "capabilities": [%s],
            "cgroup": {"v1": true, "v2": true, "systemd": false, "systemdUser": false, "rdma": false},
            "seccomp": {
              "enabled": true,
              "actions": ["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG",
                          "SCMP_ACT_TRACE", "SCMP_ACT_TRAP"],
              "operators": ["SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE"],
              "archs": ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"],
              "knownFlags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"],
              "supportedFlags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"]
            },
            "apparmor": {"enabled": %s},
            "selinux": {"enabled": false},
            "intelRdt": {"enabled": false, "schemata": false, "monitoring": false},
            "memoryPolicy": {"modes": [%s], "flags": [%s]},
            "mountExtensions": {"idmap": {"enabled": true}},
            "netDevices": {"enabled": false}
          },
          "annotations": {},
          "potentiallyUnsafeConfigAnnotations": []
        }
        """
        .formatted(quoted(options), quoted(NAMESPACES), quoted(CAPABILITIES),
            Files.exists(Path.of("/sys/kernel/security/apparmor")), quoted(MemoryPolicySteps.modes()), quoted(MemoryPolicySteps.flagNames()));
  }

  private static String quoted(Collection<String> words) {
    return words.stream().sorted().map(word -> '"' + word + '"').collect(Collectors.joining(", "));
  }
}
