package dev.proa.shim;

import dev.proa.linux.ExitStatus;
import dev.proa.linux.Fd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What /proc says of a process that a pidfd stands for. */
final class ProcStatus {
  private ProcStatus() {}

  /** Its number in this pid namespace; −1 once it is reaped. {@link IllegalArgumentException} if that is no pidfd. */
  static int pid(Fd pidfd) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + pidfd.raw()))) {
      if (line.startsWith("Pid:")) {
        return Integer.parseInt(line.substring("Pid:".length()).strip());
      }
    }
    throw new IllegalArgumentException("not a pidfd");
  }

  /** {@code T (stopped)}. */
  static String state(Fd pidfd) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid(pidfd) + "/status"))) {
        if (line.startsWith("State:")) {
          return line.substring("State:".length()).strip();
        }
      }
    } catch (IOException e) {
      return "gone";
    }
    return "unknown";
  }

  /** How it ended, while nobody has reaped it: proc(5), stat, fields 3 (state) and 52 (exit code). */
  static Optional<ExitStatus> zombie(Fd pidfd) {
    try {
      int pid = pid(pidfd);
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ");
      // Only if the pid is its still: it may be reaped, and the number another's, meanwhile.
      boolean itself = pid > 0 && fields[0].equals("Z") && fields.length >= 50 && pid(pidfd) == pid;
      return itself ? Optional.of(ExitStatus.ofWaitStatus(Integer.parseInt(fields[49]))) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
