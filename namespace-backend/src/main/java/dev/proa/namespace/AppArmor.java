package dev.proa.namespace;

import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * AppArmor on this host. A profile gets into the kernel in a binary form that only apparmor_parser makes, so that program is needed too, as
 * for Docker: where it or the file system of the security modules is missing, containers are confined without AppArmor.
 */
final class AppArmor {
  /** The name is Docker's: clients show it, and a host on which Docker has loaded it already keeps that one. */
  static final String DEFAULT = "docker-default";

  private static final Path ENABLED = Path.of("/sys/module/apparmor/parameters/enabled");
  private static final Path PROFILES = Path.of("/sys/kernel/security/apparmor/profiles");
  private static final Path PARSER = Path.of("/sbin/apparmor_parser");
  private static final int PARSER_SECONDS = 60;

  /**
   * What the other barriers keep a container from, once more: the kernel's switches in /proc and /sys, mounts, and processes that are not
   * its own. Ordinary files, the network and capabilities are left to the other barriers.
   */
  private static final String PROFILE =
      """
      profile %1$s flags=(attach_disconnected,mediate_deleted) {
        network,
        capability,
        file,
        umount,
        deny mount,

        # Whoever is outside may signal; the container's processes may signal and trace each other alone.
        signal (receive) peer=unconfined,
        signal (send,receive) peer=%1$s,
        ptrace (trace,read,tracedby,readby) peer=%1$s,

        # /proc: files at its top, and folders that are neither a process nor sys
        deny /proc/* w,
        deny /proc/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9/]*}/** w,
        # /proc/sys: nothing but shared memory's settings
        deny /proc/sys/[^k]** w,
        deny /proc/sys/kernel/{?,??,[^s][^h][^m]**} w,
        deny /proc/sysrq-trigger rwklx,
        deny /proc/kcore rwklx,

        # /sys: nothing but control groups
        deny /sys/[^f]*/** wklx,
        deny /sys/f[^s]*/** wklx,
        deny /sys/fs/[^c]*/** wklx,
        deny /sys/fs/c[^g]*/** wklx,
        deny /sys/fs/cg[^r]*/** wklx,
        deny /sys/firmware/** rwklx,
        deny /sys/devices/virtual/powercap/** rwklx,
        deny /sys/kernel/security/** rwklx,
      }
      """
          .formatted(DEFAULT);

  private AppArmor() {}

  /** Whether the kernel has it switched on, and profiles can be had. */
  static boolean usable() {
    return lacking() == null;
  }

  /** Why it cannot be used here, for people; null if it can. */
  static @Nullable String lacking() {
    String why;
    if (!on()) {
      why = "this kernel has AppArmor off";
    } else if (!Files.exists(PROFILES)) {
      why = "AppArmor is on, but " + PROFILES + " is missing";
    } else if (!Files.exists(PARSER)) {
      why = "AppArmor is on, but " + PARSER + " is missing";
    } else {
      return null;
    }
    return why + ": containers are confined by namespaces, capabilities and seccomp alone";
  }

  private static boolean on() {
    try {
      return Files.readString(ENABLED).startsWith("Y");
    } catch (IOException absent) {
      return false;
    }
  }

  /** Loads the default profile unless a profile of that name is there. */
  static synchronized void ensureDefault() {
    try {
      if (Files.readAllLines(PROFILES).stream().noneMatch(line -> line.startsWith(DEFAULT + " "))) {
        load();
      }
    } catch (IOException e) {
      throw ProaException.internal("AppArmor enabled on system but the " + DEFAULT + " profile could not be loaded: " + e.getMessage(), e);
    }
  }

  private static void load() throws IOException {
    Process parser = new ProcessBuilder(PARSER.toString(), "--skip-cache", "--replace", "--quiet").redirectErrorStream(true).start();
    try {
      try (OutputStream in = parser.getOutputStream()) {
        in.write(PROFILE.getBytes(StandardCharsets.UTF_8));
      }
      String said = new String(parser.getInputStream().readNBytes(4096), StandardCharsets.UTF_8).strip();
      if (!parser.waitFor(PARSER_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(PARSER + " did not end within " + PARSER_SECONDS + " s");
      }
      if (parser.exitValue() != 0) {
        throw new IOException(PARSER + " ended with status " + parser.exitValue() + ": " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + PARSER + " ran", e);
    } finally {
      parser.destroyForcibly();
    }
  }
}
