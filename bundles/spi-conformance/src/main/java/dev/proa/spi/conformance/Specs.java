package dev.proa.spi.conformance;

import dev.proa.spi.oci.Spec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** OCI configurations as Docker writes them for an ordinary container, for tests. */
public final class Specs {
  /** Docker's default set. */
  public static final List<String> CAPABILITIES =
      List.of(
          "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP",
          "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE");

  private Specs() {}

  /** A container without a terminal, of its own pid, network, mount, ipc and uts namespaces. */
  public static Spec of(Path root, String... args) {
    return new Spec(
        "1.2.0",
        process(false, args),
        new Spec.Root(root.toString(), false),
        "conformance",
        null,
        List.of(
            new Spec.Mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")),
            new Spec.Mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")),
            new Spec.Mount("/dev/pts", "devpts", "devpts", List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")),
            new Spec.Mount("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", "ro")),
            new Spec.Mount("/dev/shm", "tmpfs", "shm", List.of("nosuid", "noexec", "nodev", "mode=1777", "size=65536k"))),
        null,
        new Spec.Linux(
            List.of(
                new Spec.Namespace("pid", null),
                new Spec.Namespace("network", null),
                new Spec.Namespace("mount", null),
                new Spec.Namespace("ipc", null),
                new Spec.Namespace("uts", null)),
            List.of(),
            List.of(),
            List.of(),
            null,
            Spec.Resources.none(),
            null,
            null,
            Map.of(),
            List.of("/proc/kcore", "/proc/keys", "/proc/timer_list"),
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"),
            null),
        Map.of());
  }

  /** As {@link #of}, with a terminal. */
  public static Spec withTerminal(Path root, String... args) {
    return of(root, args).withProcess(process(true, args));
  }

  /** A process as root with Docker's default capabilities. */
  public static Spec.Process process(boolean terminal, String... args) {
    return new Spec.Process(
        terminal,
        terminal ? new Spec.ConsoleSize(24, 80) : null,
        new Spec.User(0, 0, null, List.of()),
        List.of(args),
        List.of("PATH=/bin", "HOME=/root"),
        "/",
        new Spec.Capabilities(CAPABILITIES, CAPABILITIES, List.of(), CAPABILITIES, List.of()),
        List.of(),
        false,
        null,
        null);
  }
}
