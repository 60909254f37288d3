package dev.proa.namespace;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.namespace.plan.CapabilityNames;
import dev.proa.spi.oci.Spec;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What a runtime adds to a process that a configuration describes, and what it cannot give to it. */
final class OciProcess {
  private static final String HOME = "HOME=";
  private static final int MAX_PASSWD = 1 << 20;

  private final long permitted;
  private final Consumer<String> warnings;

  /** @param permitted the runtime's own capabilities */
  OciProcess(long permitted, Consumer<String> warnings) {
    this.permitted = permitted;
    this.warnings = warnings;
  }

  /** Capabilities that nobody knows here, or that this process has not itself, are warned of and left out (config.md, "capabilities"). */
  Spec.Process grantable(Spec.Process process) {
    Spec.Capabilities wanted = process.capabilities();
    List<String> told = new ArrayList<>();
    Spec.Capabilities left =
        new Spec.Capabilities(
            known(wanted.bounding(), told),
            known(wanted.effective(), told),
            known(wanted.inheritable(), told),
            known(wanted.permitted(), told),
            known(wanted.ambient(), told));
    if (told.isEmpty()) {
      return process;
    }
    warnings.accept("process.capabilities: ignoring unknown or unavailable capabilities: " + String.join(", ", told));
    return process.with(process.env(), left);
  }

  private List<String> known(List<String> names, List<String> told) {
    List<String> known = new ArrayList<>();
    for (String name : names) {
      int number = CapabilityNames.ALL.indexOf(name);
      if (number >= 0 && (permitted & 1L << number) != 0) {
        known.add(name);
      } else if (!told.contains(name)) {
        told.add(name);
      }
    }
    return known;
  }

  /**
   * With HOME as the container's own passwd file says, as runc and crun have it, unless it is there.
   *
   * @param root the container's; the file may be anything, and links in it lead nowhere outside
   */
  static Spec.Process atHome(Fd root, Spec.Process process) {
    if (process.env().stream().anyMatch(variable -> variable.startsWith(HOME) && variable.length() > HOME.length())) {
      return process;
    }
    List<String> env = new ArrayList<>(process.env());
    env.removeIf(variable -> variable.startsWith(HOME));
    env.add(HOME + home(root, Integer.toUnsignedString(process.user().uid())));
    return process.with(env, process.capabilities());
  }

  private static String home(Fd root, String uid) {
    for (String line : passwd(root).split("\n")) {
      String[] fields = line.split(":", -1);
      if (fields.length > 5 && fields[2].equals(uid) && !fields[5].isEmpty() && fields[5].indexOf('\0') < 0) {
        return fields[5];
      }
    }
    return "/";
  }

  private static String passwd(Fd root) {
    long inside = Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS;
    try (Fd file = Fs.openat2(root, "etc/passwd", Fcntl.O_RDONLY | Fcntl.O_NONBLOCK | Fcntl.O_NOCTTY, 0, inside)) {
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      if (!Fs.fstat(file).isRegularFile()) {
        return "";
      }
      for (int n = Io.read(file, buffer, 0, buffer.length); n > 0 && text.size() < MAX_PASSWD; n = Io.read(file, buffer, 0, buffer.length)) {
        text.write(buffer, 0, n);
      }
      return text.toString(StandardCharsets.UTF_8);
    } catch (ErrnoException e) {
      return ""; // many images have none
    }
  }
}
