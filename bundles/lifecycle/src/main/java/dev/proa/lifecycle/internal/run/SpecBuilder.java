package dev.proa.lifecycle.internal.run;

import dev.proa.lifecycle.confinement.DefaultConfinement;
import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.ExecConfig;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.containers.Resources;
import dev.proa.lifecycle.internal.create.Modes;
import dev.proa.lifecycle.internal.create.MountSpecs;
import dev.proa.lifecycle.internal.create.SecurityOptions;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns a container into an OCI runtime configuration, with Docker's defaults. A function of its argument and of the host's devices. */
public final class SpecBuilder {
  public static final String INIT_PATH = "/sbin/docker-init";
  private static final String OCI_VERSION = "1.2.0";
  private static final Pattern DEVICE_RULE = Pattern.compile("([acb]) (\\d{1,9}|\\*):(\\d{1,9}|\\*) ([rwm]{1,3})");

  private SpecBuilder() {}

  public static Spec build(SpecRequest request) {
    ContainerConfig config = request.row().config();
    HostConfig host = request.row().hostConfig();
    boolean hostUts = Modes.HOST.equals(host.utsMode());
    return new Spec(
        OCI_VERSION,
        process(request),
        new Spec.Root("rootfs", host.readonlyRootfs()),
        hostUts ? null : config.hostname(),
        hostUts || orEmpty(config.domainname()).isEmpty() ? null : config.domainname(),
        MountList.of(request),
        null,
        linux(request),
        host.annotations() == null ? Map.of() : host.annotations());
  }

  private static Spec.Process process(SpecRequest request) {
    ContainerConfig config = request.row().config();
    HostConfig host = request.row().hostConfig();
    List<String> args = new ArrayList<>();
    if (request.init() != null) {
      args.add(INIT_PATH);
      args.add("--");
    }
    args.addAll(request.row().argv());
    SecurityOptions security = SecurityOptions.parse(host.securityOpt());
    List<String> variables = new ArrayList<>(request.linked());
    variables.addAll(orEmpty(config.env()));
    return new Spec.Process(
        config.tty(),
        consoleSize(host.consoleSize()),
        user(request.user()),
        args,
        Environment.of(variables, config.hostname(), config.tty(), request.user().home()),
        orEmpty(config.workingDir()).isEmpty() ? "/" : MountSpecs.clean(orEmpty(config.workingDir())),
        capabilities(host),
        rlimits(host.resources().ulimits()),
        security.noNewPrivileges(),
        request.apparmor() ? apparmor(host, security) : null,
        host.oomScoreAdj());
  }

  /** By name, null for none; a backend on a host without AppArmor leaves it out for further processes. */
  private static @Nullable String apparmor(HostConfig host, SecurityOptions security) {
    String profile = security.apparmorProfile(host.privileged());
    return profile.equals(SecurityOptions.UNCONFINED) ? null : profile;
  }

  private static Spec.User user(UserLookup.User user) {
    return new Spec.User(user.uid(), user.gid(), null, user.groups());
  }

  private static Spec.Capabilities capabilities(HostConfig host) {
    return DefaultConfinement.capabilities(
        host.capAdd() == null ? List.of() : host.capAdd(), host.capDrop() == null ? List.of() : host.capDrop(), host.privileged());
  }

  private static Spec.@Nullable ConsoleSize consoleSize(@Nullable List<Integer> size) {
    return size == null || size.size() != 2 || size.get(0) <= 0 || size.get(1) <= 0 ? null : new Spec.ConsoleSize(size.get(0), size.get(1));
  }

  private static List<Spec.Rlimit> rlimits(@Nullable List<Resources.Ulimit> ulimits) {
    return ulimits == null
        ? List.of()
        : ulimits.stream()
            .map(limit -> new Spec.Rlimit("RLIMIT_" + limit.name().toUpperCase(java.util.Locale.ROOT), limit.soft(), limit.hard()))
            .toList();
  }

  private static Spec.Linux linux(SpecRequest request) {
    HostConfig host = request.row().hostConfig();
    List<Spec.Device> devices = new ArrayList<>();
    List<Spec.DeviceRule> rules = new ArrayList<>(DefaultConfinement.deviceRules(host.privileged()));
    devices(host, devices, rules);
    return new Spec.Linux(
        namespaces(request),
        request.remap() == null ? List.of() : request.remap().uids(),
        request.remap() == null ? List.of() : request.remap().gids(),
        devices,
        cgroupsPath(request.row().id(), orEmpty(host.resources().cgroupParent())),
        ResourceSpec.of(host.resources(), rules),
        rootPropagation(request.mounts()),
        seccomp(host),
        sysctls(request),
        host.maskedPaths() == null ? List.of() : host.maskedPaths(),
        host.readonlyPaths() == null ? List.of() : host.readonlyPaths(),
        null);
  }

  private static String cgroupsPath(String id, String parent) {
    return parent.isEmpty() ? id : MountSpecs.clean("/" + parent) + "/" + id;
  }

  private static void devices(HostConfig host, List<Spec.Device> devices, List<Spec.DeviceRule> rules) {
    if (host.privileged()) {
      devices.addAll(DefaultConfinement.hostDevices());
    }
    for (Resources.DeviceMapping mapping : orEmpty(host.resources().devices())) {
      String source = orEmpty(mapping.pathOnHost());
      String target = orEmpty(mapping.pathInContainer()).isEmpty() ? source : orEmpty(mapping.pathInContainer());
      String permissions = orEmpty(mapping.cgroupPermissions()).isEmpty() ? "rwm" : orEmpty(mapping.cgroupPermissions());
      devices.removeIf(device -> device.path().equals(target));
      HostDevice.add(source, target, permissions, devices, rules);
    }
    for (Resources.DeviceRequest request : orEmpty(host.resources().deviceRequests())) {
      String capabilities = orEmpty(request.capabilities()).stream().map(set -> '[' + String.join(" ", set) + ']').collect(Collectors.joining(" ", "[", "]"));
      throw ProaException.invalid("could not select device driver \"" + orEmpty(request.driver()) + "\" with capabilities: " + capabilities);
    }
    for (String rule : orEmpty(host.resources().deviceCgroupRules())) {
      rules.add(deviceRule(rule));
    }
  }

  private static Spec.DeviceRule deviceRule(String text) {
    Matcher rule = DEVICE_RULE.matcher(text);
    if (!rule.matches()) {
      throw ProaException.invalid("invalid device cgroup rule format: '" + text + "'");
    }
    return new Spec.DeviceRule(true, rule.group(1), number(rule.group(2)), number(rule.group(3)), rule.group(4));
  }

  private static @Nullable Long number(String text) {
    return text.equals("*") ? null : Long.valueOf(text);
  }

  private static List<Spec.Namespace> namespaces(SpecRequest request) {
    HostConfig host = request.row().hostConfig();
    List<Spec.Namespace> namespaces = new ArrayList<>();
    namespaces.add(new Spec.Namespace("mount", null));
    if (!request.hostNetwork()) {
      namespaces.add(namespace("network", "net", orEmpty(host.networkMode()), request.pids()));
    }
    if (!Modes.HOST.equals(host.utsMode())) {
      namespaces.add(new Spec.Namespace("uts", null));
    }
    if (!Modes.HOST.equals(host.pidMode())) {
      namespaces.add(namespace("pid", "pid", orEmpty(host.pidMode()), request.pids()));
    }
    if (!Modes.HOST.equals(host.ipcMode())) {
      namespaces.add(namespace("ipc", "ipc", orEmpty(host.ipcMode()), request.pids()));
    }
    if ("private".equals(host.cgroupnsMode())) {
      namespaces.add(new Spec.Namespace("cgroup", null));
    }
    if (request.remap() != null) {
      namespaces.add(userNamespace(host, request.pids()));
    }
    return namespaces;
  }

  /** Whoever shares another container's namespace has to share the user namespace that it belongs to. */
  private static Spec.Namespace userNamespace(HostConfig host, Map<String, Integer> pids) {
    for (String mode : List.of(orEmpty(host.networkMode()), orEmpty(host.pidMode()), orEmpty(host.ipcMode()))) {
      if (Modes.isContainer(mode)) {
        return namespace("user", "user", mode, pids);
      }
    }
    return new Spec.Namespace("user", null);
  }

  private static Spec.Namespace namespace(String type, String file, String mode, Map<String, Integer> pids) {
    if (!Modes.isContainer(mode)) {
      return new Spec.Namespace(type, null);
    }
    Integer pid = pids.get(Modes.containerOf(mode));
    return new Spec.Namespace(type, "/proc/" + pid + "/ns/" + file);
  }

  /** A bind that is to see the host's later mounts needs a root that does. */
  private static @Nullable String rootPropagation(List<MountRow> mounts) {
    String propagation = null;
    for (MountRow mount : mounts) {
      if (mount.propagation().endsWith("shared")) {
        return "shared";
      }
      if (mount.propagation().endsWith("slave")) {
        propagation = "rslave";
      }
    }
    return propagation;
  }

  private static Spec.@Nullable Seccomp seccomp(HostConfig host) {
    SecurityOptions security = SecurityOptions.parse(host.securityOpt());
    String profile = security.seccomp();
    if (SecurityOptions.UNCONFINED.equals(profile) || host.privileged() && (profile == null || profile.isEmpty())) {
      return null;
    }
    List<String> bounding = capabilities(host).bounding();
    return profile == null || profile.isEmpty() || profile.equals("builtin")
        ? DefaultConfinement.seccomp(bounding)
        : DefaultConfinement.seccomp(profile, bounding);
  }

  private static Map<String, String> sysctls(SpecRequest request) {
    HostConfig host = request.row().hostConfig();
    boolean ownNetwork = !request.hostNetwork() && !Modes.isContainer(orEmpty(host.networkMode()));
    Map<String, String> settings = new LinkedHashMap<>(DefaultConfinement.sysctls(ownNetwork));
    if (request.remap() != null) {
      // Not all the groups that it names are mapped, and then the kernel takes none.
      settings.remove("net.ipv4.ping_group_range");
    }
    if (host.sysctls() != null) {
      host.sysctls()
          .forEach(
              (name, value) -> {
                Sysctls.check(name, ownNetwork, host);
                if (Sysctls.interfaceOf(name) == null) {
                  settings.put(name, value);
                }
              });
    }
    return settings;
  }

  /** A further process in a container: the container's confinement with its own user, environment and command. */
  public static Spec.Process exec(ContainerRow row, ExecConfig exec, UserLookup.User user, Spec.@Nullable ConsoleSize size, List<String> linked) {
    HostConfig host = row.hostConfig();
    SecurityOptions security = SecurityOptions.parse(host.securityOpt());
    List<String> variables = new ArrayList<>(linked);
    variables.addAll(orEmpty(row.config().env()));
    variables.addAll(orEmpty(exec.env()));
    String directory = orEmpty(exec.workingDir()).isEmpty() ? orEmpty(row.config().workingDir()) : orEmpty(exec.workingDir());
    return new Spec.Process(
        exec.tty(),
        size,
        user(user),
        orEmpty(exec.cmd()),
        Environment.of(variables, row.config().hostname(), exec.tty(), user.home()),
        directory.isEmpty() ? "/" : MountSpecs.clean(directory),
        exec.privileged() ? DefaultConfinement.capabilities(List.of(), List.of(), true) : capabilities(host),
        rlimits(host.resources().ulimits()),
        security.noNewPrivileges(),
        apparmor(host, security),
        host.oomScoreAdj());
  }

  static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
