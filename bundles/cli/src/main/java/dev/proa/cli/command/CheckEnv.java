package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code checkenv}: what this host offers and lacks, in words. It only reads files (most of them in procfs and sysfs), so it may be run
 * by anybody and changes nothing. Needs no daemon.
 */
public final class CheckEnv extends Verb {
  /** mount_setattr(2) is the youngest call that a start needs. */
  private static final int NEEDED_MAJOR = 5;

  private static final int NEEDED_MINOR = 12;

  private enum Result {
    OK,
    /** It works without, with a difference that is said. */
    NOTE,
    /** Containers cannot be run. */
    LACKS
  }

  private record Finding(Result result, String topic, String text) {}

  private final List<Finding> findings = new ArrayList<>();

  public CheckEnv() {
    super("checkenv [OPTIONS]", "Say what this host offers and what it lacks", 0, 0);
  }

  @Override
  protected void flags(Flags flags) {
    flags.toggle("json", "As JSON");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    kernel();
    user();
    namespaces();
    overlay();
    cgroups();
    seccomp();
    appArmor();
    kvm();
    memfd();
    pidfd();
    jdk();
    commands();
    boolean lacking = findings.stream().anyMatch(finding -> finding.result() == Result.LACKS);
    if (call.flags().has("json")) {
      List<Map<String, String>> list = new ArrayList<>();
      for (Finding finding : findings) {
        Map<String, String> entry = new LinkedHashMap<>();
        entry.put("Result", finding.result().name().toLowerCase(java.util.Locale.ROOT));
        entry.put("Topic", finding.topic());
        entry.put("Text", finding.text());
        list.add(entry);
      }
      call.out().println(Json.writePretty(list));
    } else {
      for (Finding finding : findings) {
        call.out().printf("%-6s %-11s %s%n", finding.result().name().toLowerCase(java.util.Locale.ROOT), finding.topic(), finding.text());
      }
      call.out().println(lacking ? "containers cannot be run here: see what it lacks above" : "containers can be run here");
    }
    return lacking ? 1 : 0;
  }

  private void add(Result result, String topic, String text) {
    findings.add(new Finding(result, topic, text));
  }

  /** Empty for what cannot be read. */
  private static String read(String path) {
    try {
      return Files.readString(Path.of(path)).strip();
    } catch (IOException e) {
      return "";
    }
  }

  private static boolean exists(String path) {
    return Files.exists(Path.of(path));
  }

  private void kernel() {
    String release = read("/proc/sys/kernel/osrelease");
    Matcher version = Pattern.compile("(\\d+)\\.(\\d+).*").matcher(release);
    if (!version.matches()) {
      add(Result.LACKS, "kernel", "this is not Linux, or /proc is not mounted");
      return;
    }
    int major = Integer.parseInt(version.group(1));
    int minor = Integer.parseInt(version.group(2));
    boolean enough = major > NEEDED_MAJOR || major == NEEDED_MAJOR && minor >= NEEDED_MINOR;
    add(enough ? Result.OK : Result.LACKS, "kernel", "Linux " + release + " on " + System.getProperty("os.arch") + (enough ? "" : "; 5.12 or newer is needed"));
  }

  private void user() {
    Matcher uid = Pattern.compile("(?m)^Uid:\\s+\\d+\\s+(\\d+)").matcher(read("/proc/self/status"));
    Matcher capabilities = Pattern.compile("(?m)^CapEff:\\s+([0-9a-f]+)").matcher(read("/proc/self/status"));
    boolean root = uid.find() && uid.group(1).equals("0");
    if (!root) {
      add(Result.NOTE, "user", "not root: the command can be used by whoever may open the socket, the daemon needs root");
    } else if (capabilities.find() && (Long.parseUnsignedLong(capabilities.group(1), 16) & 1L << 21) == 0) {
      add(Result.LACKS, "user", "root without CAP_SYS_ADMIN: this is a container that may not make others");
    } else {
      add(Result.OK, "user", "root");
    }
  }

  private void namespaces() {
    TreeSet<String> missing = new TreeSet<>(List.of("cgroup", "ipc", "mnt", "net", "pid", "uts"));
    missing.removeIf(namespace -> exists("/proc/self/ns/" + namespace));
    if (missing.isEmpty()) {
      String time = exists("/proc/self/ns/time") ? ", time" : "";
      add(Result.OK, "namespaces", "cgroup, ipc, mnt, net, pid, uts" + time);
    } else {
      add(Result.LACKS, "namespaces", "this kernel has none of: " + String.join(", ", missing));
    }
    String most = read("/proc/sys/user/max_user_namespaces");
    if (!exists("/proc/self/ns/user") || most.equals("0")) {
      add(Result.NOTE, "namespaces", "no user namespaces" + (most.equals("0") ? ": user.max_user_namespaces is 0" : "") + "; --userns cannot be used");
    }
  }

  private void overlay() {
    boolean known = read("/proc/filesystems").lines().anyMatch(line -> line.strip().endsWith("\toverlay") || line.strip().equals("overlay") || line.endsWith("\toverlay"));
    String release = read("/proc/sys/kernel/osrelease");
    if (known) {
      add(Result.OK, "overlayfs", "in this kernel");
    } else if (exists("/lib/modules/" + release + "/kernel/fs/overlayfs")) {
      add(Result.OK, "overlayfs", "as a module that is loaded when it is needed");
    } else {
      add(Result.LACKS, "overlayfs", "neither in this kernel nor among its modules; no storage driver can be used");
    }
  }

  private void cgroups() {
    List<String> mounts = read("/proc/self/mountinfo").lines().toList();
    List<String> second = new ArrayList<>();
    TreeSet<String> first = new TreeSet<>();
    for (String mount : mounts) {
      int separator = mount.indexOf(" - ");
      if (separator < 0) {
        continue;
      }
      String[] left = mount.substring(0, separator).split(" ");
      String[] right = mount.substring(separator + 3).split(" ");
      if (right[0].equals("cgroup2")) {
        second.add(left[4]);
      } else if (right[0].equals("cgroup") && right.length > 2) {
        Arrays.stream(right[2].split(",")).filter(option -> !List.of("rw", "ro", "xattr").contains(option) && !option.startsWith("name=") && !option.startsWith("release_agent")).forEach(first::add);
      }
    }
    String controllers = second.isEmpty() ? "" : read(second.getFirst() + "/cgroup.controllers");
    if (!first.isEmpty()) {
      String mode = second.isEmpty() ? "version 1" : "hybrid: version 2 at " + second.getFirst() + ", controllers in version 1";
      add(Result.OK, "cgroups", mode + " (" + String.join(", ", first) + ")");
      missingControllers(first, List.of("memory", "cpu", "pids", "devices", "freezer"));
    } else if (!second.isEmpty()) {
      add(Result.OK, "cgroups", "version 2 at " + second.getFirst() + " (" + controllers.replace(" ", ", ") + ")");
      missingControllers(new TreeSet<>(List.of(controllers.split(" "))), List.of("memory", "cpu", "pids", "io"));
    } else {
      add(Result.LACKS, "cgroups", "none is mounted");
    }
  }

  private void missingControllers(TreeSet<String> there, List<String> wanted) {
    List<String> missing = wanted.stream().filter(controller -> !there.contains(controller)).toList();
    if (!missing.isEmpty()) {
      add(Result.NOTE, "cgroups", "without " + String.join(", ", missing) + ": limits of " + (missing.size() == 1 ? "it" : "them") + " are not enforced");
    }
  }

  private void seccomp() {
    String actions = read("/proc/sys/kernel/seccomp/actions_avail");
    if (actions.contains("errno")) {
      add(Result.OK, "seccomp", "with filters (" + actions + ")");
    } else {
      add(Result.LACKS, "seccomp", "this kernel has no seccomp filters: containers could only be run with --security-opt seccomp=unconfined");
    }
  }

  private void appArmor() {
    if (read("/sys/module/apparmor/parameters/enabled").equals("Y")) {
      add(Result.OK, "apparmor", "on");
    } else {
      add(Result.NOTE, "apparmor", "off: containers are confined by capabilities, seccomp and namespaces alone");
    }
  }

  private void kvm() {
    Path device = Path.of("/dev/kvm");
    if (!Files.exists(device)) {
      add(Result.NOTE, "kvm", "no /dev/kvm: no microVMs on this host (the namespace backend needs none)");
    } else if (!Files.isReadable(device) || !Files.isWritable(device)) {
      add(Result.NOTE, "kvm", "/dev/kvm: permission denied; add the user to group kvm or run proad as root");
    } else if (!Pattern.compile("^flags\\s*:.*\\b(vmx|svm)\\b", Pattern.MULTILINE).matcher(read("/proc/cpuinfo")).find()) {
      add(
          Result.NOTE,
          "kvm",
          "/dev/kvm is there, but the processor offers no virtualisation (neither vmx nor svm): it is software-paged, and no stock kernel boots in it");
    } else {
      boolean nested = Pattern.compile("^flags\\s*:.*\\bhypervisor\\b", Pattern.MULTILINE).matcher(read("/proc/cpuinfo")).find();
      add(
          Result.OK,
          "kvm",
          "/dev/kvm can be opened, and the processor offers virtualisation"
              + (nested ? " (nested: this host is a virtual machine itself, so microVMs start slower)" : "")
              + "; microVMs also want a kernel: proa kernel ls");
    }
  }

  private void memfd() {
    switch (read("/proc/sys/vm/memfd_noexec")) {
      case "" -> add(Result.OK, "memfd", "may be executed (the kernel has no vm.memfd_noexec)");
      case "0", "1" -> add(Result.OK, "memfd", "may be executed");
      default -> add(Result.NOTE, "memfd", "vm.memfd_noexec is 2: start plans are executed from files without a name instead");
    }
  }

  /** CLONE_PIDFD since Linux 5.2, pidfd_open since 5.3: with 5.12 they are there; PIDFD_GET_INFO is the newer help. */
  private void pidfd() {
    Matcher version = Pattern.compile("(\\d+)\\.(\\d+).*").matcher(read("/proc/sys/kernel/osrelease"));
    boolean info = version.matches() && (Integer.parseInt(version.group(1)) > 6 || version.group(1).equals("6") && Integer.parseInt(version.group(2)) >= 15);
    add(
        info ? Result.OK : Result.NOTE,
        "pidfd",
        info ? "with PIDFD_GET_INFO: exit statuses outlive even a lost shim" : "without PIDFD_GET_INFO (Linux 6.15): if the shim is killed, exit statuses are unknown");
  }

  private void jdk() {
    String version = System.getProperty("java.version");
    add(Runtime.version().feature() >= 25 ? Result.OK : Result.LACKS, "jdk", version + " at " + System.getProperty("java.home"));
  }

  private void commands() {
    Path docker = onPath("docker");
    if (docker == null) {
      add(Result.NOTE, "docker", "no docker command: proa has the same verbs");
    } else {
      add(Result.OK, "docker", docker + " works with DOCKER_HOST=unix:///run/proa/proa.sock");
    }
    if (onPath("tini") == null && onPath("docker-init") == null) {
      add(Result.NOTE, "init", "no tini: --init cannot be used (Debian's package tini)");
    }
  }

  private static @org.jspecify.annotations.Nullable Path onPath(String command) {
    String path = System.getenv("PATH");
    for (String folder : (path == null ? "/usr/bin:/bin" : path).split(":")) {
      Path file = Path.of(folder.isEmpty() ? "." : folder, command);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    return null;
  }
}
