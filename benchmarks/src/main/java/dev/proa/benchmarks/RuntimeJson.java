package dev.proa.benchmarks;

import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A configuration as config.json of the runtime specification has it, which nests and names a few things otherwise than {@link Spec}. */
final class RuntimeJson {
  private RuntimeJson() {}

  static Map<String, Object> of(Spec spec) {
    Spec.Process process = spec.process();
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("ociVersion", spec.ociVersion());
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("terminal", process.terminal());
    out.put("user", Map.of("uid", process.user().uid(), "gid", process.user().gid()));
    out.put("args", process.args());
    out.put("env", process.env());
    out.put("cwd", process.cwd());
    out.put("capabilities", process.capabilities());
    out.put("noNewPrivileges", process.noNewPrivileges());
    out.put("oomScoreAdj", process.oomScoreAdj());
    root.put("process", out);
    root.put("root", spec.root());
    root.put("hostname", spec.hostname());
    root.put("mounts", spec.mounts());
    Map<String, Object> linux = new LinkedHashMap<>();
    linux.put("namespaces", spec.linux().namespaces());
    linux.put("resources", Map.of("devices", spec.linux().resources().devices()));
    linux.put("seccomp", seccomp(spec.linux().seccomp()));
    linux.put("sysctl", spec.linux().sysctl());
    linux.put("maskedPaths", spec.linux().maskedPaths());
    linux.put("readonlyPaths", spec.linux().readonlyPaths());
    root.put("linux", linux);
    return root;
  }

  private static Map<String, Object> seccomp(Spec.Seccomp seccomp) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("defaultAction", seccomp.defaultAction());
    out.put("defaultErrnoRet", seccomp.defaultErrnoRet());
    out.put("architectures", seccomp.architectures());
    List<Object> calls = new ArrayList<>(seccomp.syscalls());
    out.put("syscalls", calls);
    return out;
  }
}
