package dev.proa.namespace;

import dev.proa.linux.abi.Capability;
import dev.proa.namespace.plan.HostFacts;
import dev.proa.namespace.plan.TaskPlanner;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Who lives in a pid namespace that a container is to join. Before Linux 6.17 a process with the host's rights has to go there for a moment, to mount
 * /proc; it is not dumpable, which keeps everybody out of it but those with CAP_SYS_PTRACE. With such a neighbour the start is refused.
 */
final class Neighbours {
  private Neighbours() {}

  static void check(Spec spec, HostFacts host) {
    String path = TaskPlanner.namespacePaths(spec).get("pid");
    if (path == null || TaskPlanner.takesPidNamespace(host) || spec.mounts().stream().noneMatch(mount -> mount.type().equals("proc"))) {
      return;
    }
    for (Path process : processes()) {
      if (shares(process, Path.of(path)) && mayTrace(process)) {
        throw ProaException.failedPrecondition(
            "linux.namespaces: process " + process.getFileName() + " in the pid namespace " + path
                + " has CAP_SYS_PTRACE, and before Linux 6.17 a /proc for that namespace can only be mounted within its reach; start that container without it");
      }
    }
  }

  private static List<Path> processes() {
    List<Path> processes = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      all.filter(path -> Character.isDigit(path.getFileName().toString().charAt(0))).forEach(processes::add);
      return processes;
    } catch (IOException e) {
      throw ProaException.internal("cannot list processes: " + e.getMessage(), e);
    }
  }

  private static boolean shares(Path process, Path namespace) {
    try {
      return Files.isSameFile(process.resolve("ns/pid"), namespace);
    } catch (IOException gone) {
      return false; // it has ended; so has the namespace, or its descriptor could not be opened either
    }
  }

  /** By its bounding set, which is what the programs that it executes may get (proc(5), status). */
  private static boolean mayTrace(Path process) {
    try (Stream<String> lines = Files.lines(process.resolve("status"))) {
      return lines
          .filter(line -> line.startsWith("CapBnd:"))
          .anyMatch(line -> (Long.parseUnsignedLong(line.substring("CapBnd:".length()).strip(), 16) & 1L << Capability.CAP_SYS_PTRACE) != 0);
    } catch (IOException | java.io.UncheckedIOException gone) {
      return false;
    }
  }
}
