package dev.proa.namespace;

import dev.proa.lifecycle.confinement.DefaultConfinement;
import dev.proa.namespace.cgroup.CgroupLayout;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Specifications as lifecycle writes them for {@code docker run}, to be changed one field at a time. */
public final class Containers {
  public static final List<String> ENVIRONMENT = List.of("PATH=/bin", "HOME=/root");

  private Containers() {}

  public static Spec docker(String... args) {
    Spec.Capabilities capabilities = DefaultConfinement.capabilities(List.of(), List.of(), false);
    Spec.Process process =
        new Spec.Process(
            false, null, new Spec.User(0, 0, null, List.of()), List.of(args), ENVIRONMENT, "/", capabilities, List.of(), false, null, null);
    Spec.Linux linux =
        new Spec.Linux(
            // With v2 Docker gives each container a view of its own group only.
            CgroupLayout.discover().pureV2() ? namespaces("mount", "network", "uts", "pid", "ipc", "cgroup") : namespaces("mount", "network", "uts", "pid", "ipc"),
            List.of(),
            List.of(),
            List.of(),
            null,
            new Spec.Resources(DefaultConfinement.deviceRules(false), null, null, null, null, List.of(), Map.of()),
            null,
            DefaultConfinement.seccomp(capabilities.bounding()),
            DefaultConfinement.sysctls(true),
            DefaultConfinement.maskedPaths(),
            DefaultConfinement.readonlyPaths(),
            null);
    return new Spec(
        "1.2.0",
        process,
        new Spec.Root("rootfs", false),
        "web",
        null,
        DefaultConfinement.mounts(false, 64 << 20),
        null,
        linux,
        Map.of());
  }

  public static List<Spec.Namespace> namespaces(String... types) {
    return java.util.Arrays.stream(types).map(type -> new Spec.Namespace(type, null)).toList();
  }

  public static Spec process(Spec spec, UnaryOperator<Spec.Process> change) {
    return spec.withProcess(change.apply(spec.process()));
  }

  public static Spec linux(Spec s, UnaryOperator<Spec.Linux> change) {
    return new Spec(s.ociVersion(), s.process(), s.root(), s.hostname(), s.domainname(), s.mounts(), s.hooks(), change.apply(s.linux()), s.annotations());
  }

  public static Spec mount(Spec s, Spec.Mount... more) {
    List<Spec.Mount> mounts = new ArrayList<>(s.mounts());
    mounts.addAll(List.of(more));
    return new Spec(s.ociVersion(), s.process(), s.root(), s.hostname(), s.domainname(), mounts, s.hooks(), s.linux(), s.annotations());
  }

  public static Spec readOnlyRoot(Spec s) {
    return new Spec(
        s.ociVersion(), s.process(), new Spec.Root(s.root().path(), true), s.hostname(), s.domainname(), s.mounts(), s.hooks(), s.linux(), s.annotations());
  }

  public static Spec user(Spec spec, int uid, int gid, Integer... groups) {
    return process(
        spec,
        p ->
            new Spec.Process(
                p.terminal(), p.consoleSize(), new Spec.User(uid, gid, null, List.of(groups)), p.args(), p.env(), p.cwd(), p.capabilities(), p.rlimits(),
                p.noNewPrivileges(), p.apparmorProfile(), p.oomScoreAdj()));
  }

  public static Spec noNewPrivileges(Spec spec) {
    return process(
        spec,
        p ->
            new Spec.Process(
                p.terminal(), p.consoleSize(), p.user(), p.args(), p.env(), p.cwd(), p.capabilities(), p.rlimits(), true, p.apparmorProfile(),
                p.oomScoreAdj()));
  }

  public static Spec cwd(Spec spec, String cwd) {
    return process(
        spec,
        p ->
            new Spec.Process(
                p.terminal(), p.consoleSize(), p.user(), p.args(), p.env(), cwd, p.capabilities(), p.rlimits(), p.noNewPrivileges(),
                p.apparmorProfile(), p.oomScoreAdj()));
  }

  public static Spec limits(Spec spec, int oomScoreAdj, Spec.Rlimit... limits) {
    return process(
        spec,
        p ->
            new Spec.Process(
                p.terminal(), p.consoleSize(), p.user(), p.args(), p.env(), p.cwd(), p.capabilities(), List.of(limits), p.noNewPrivileges(),
                p.apparmorProfile(), oomScoreAdj));
  }

  public static Spec terminal(Spec spec) {
    return process(
        spec,
        p ->
            new Spec.Process(
                true, new Spec.ConsoleSize(30, 90), p.user(), p.args(), p.env(), p.cwd(), p.capabilities(), p.rlimits(), p.noNewPrivileges(),
                p.apparmorProfile(), p.oomScoreAdj()));
  }

  public static Spec capabilities(Spec spec, List<String> add, List<String> drop, boolean privileged) {
    Spec.Capabilities capabilities = DefaultConfinement.capabilities(add, drop, privileged);
    Spec changed =
        process(
            spec,
            p ->
                new Spec.Process(
                    p.terminal(), p.consoleSize(), p.user(), p.args(), p.env(), p.cwd(), capabilities, p.rlimits(), p.noNewPrivileges(),
                    p.apparmorProfile(), p.oomScoreAdj()));
    return seccomp(changed, privileged ? null : DefaultConfinement.seccomp(capabilities.bounding()));
  }

  public static Spec seccomp(Spec spec, Spec.Seccomp filter) {
    return linux(
        spec,
        l ->
            new Spec.Linux(
                l.namespaces(), l.uidMappings(), l.gidMappings(), l.devices(), l.cgroupsPath(), l.resources(), l.rootfsPropagation(), filter, l.sysctl(),
                l.maskedPaths(), l.readonlyPaths(), l.mountLabel()));
  }

  public static Spec namespaces(Spec spec, List<Spec.Namespace> namespaces) {
    return linux(
        spec,
        l ->
            new Spec.Linux(
                namespaces, l.uidMappings(), l.gidMappings(), l.devices(), l.cgroupsPath(), l.resources(), l.rootfsPropagation(), l.seccomp(),
                namespaces.stream().anyMatch(n -> n.type().equals("network")) ? l.sysctl() : Map.of(), l.maskedPaths(), l.readonlyPaths(), l.mountLabel()));
  }

  public static Spec resources(Spec spec, Spec.Memory memory, Spec.Cpu cpu, Long pids) {
    return linux(
        spec,
        l ->
            new Spec.Linux(
                l.namespaces(), l.uidMappings(), l.gidMappings(), l.devices(), l.cgroupsPath(),
                new Spec.Resources(l.resources().devices(), memory, cpu, pids, null, List.of(), Map.of()), l.rootfsPropagation(), l.seccomp(), l.sysctl(),
                l.maskedPaths(), l.readonlyPaths(), l.mountLabel()));
  }

  public static Spec devices(Spec spec, List<Spec.Device> devices, List<Spec.DeviceRule> more) {
    return linux(
        spec,
        l -> {
          List<Spec.DeviceRule> rules = new ArrayList<>(l.resources().devices());
          rules.addAll(more);
          return new Spec.Linux(
              l.namespaces(), l.uidMappings(), l.gidMappings(), devices, l.cgroupsPath(),
              new Spec.Resources(rules, null, null, null, null, List.of(), Map.of()), l.rootfsPropagation(), l.seccomp(), l.sysctl(), l.maskedPaths(),
              l.readonlyPaths(), l.mountLabel());
        });
  }

  public static Spec sysctl(Spec spec, String name, String value) {
    return linux(
        spec,
        l -> {
          Map<String, String> settings = new LinkedHashMap<>(l.sysctl());
          settings.put(name, value);
          return new Spec.Linux(
              l.namespaces(), l.uidMappings(), l.gidMappings(), l.devices(), l.cgroupsPath(), l.resources(), l.rootfsPropagation(), l.seccomp(), settings,
              l.maskedPaths(), l.readonlyPaths(), l.mountLabel());
        });
  }
}
