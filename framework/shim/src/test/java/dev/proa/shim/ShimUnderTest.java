package dev.proa.shim;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;
import static dev.proa.spawn.Arg.string;

import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Resource;
import dev.proa.linux.abi.Syscall;
import dev.proa.linux.abi.Tty;
import dev.proa.linux.Processes;
import dev.proa.spawn.Arg;
import dev.proa.spawn.Prologue;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimLauncher;
import dev.proa.spawn.SpawnPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A real shim in a directory of its own, ended with everything in it. */
final class ShimUnderTest implements AutoCloseable {
  final Path execRoot;
  final ShimLauncher launcher;
  Shim shim;

  ShimUnderTest() throws IOException, InterruptedException {
    execRoot = Files.createTempDirectory("proa-shim-test-");
    launcher = new ShimLauncher(execRoot, classPath());
    shim = launcher.connectOrStart();
  }

  /** The entries of this JVM's class path that the shim needs. */
  static List<Path> classPath() {
    return Stream.of(System.getProperty("java.class.path").split(":"))
        .filter(entry -> entry.matches(".*(proa-linux|proa-spawn|proa-shim|/bundles/linux/|/bundles/spawn/|/framework/shim/target/classes).*"))
        .map(Path::of)
        .toList();
  }

  /** A plan that runs a shell command in no new namespace, with the three streams in place. */
  static SpawnPlan shell(String title, String command) throws IOException {
    SpawnPlan.Builder plan = SpawnPlan.builder(title);
    start(plan);
    plan.exec("run", List.of("/bin/sh"), List.of("sh", "-c", command), List.of("PATH=/usr/bin:/bin"));
    return plan.build();
  }

  static void start(SpawnPlan.Builder plan) throws IOException {
    Prologue.usual(Processes.prlimit(0, Resource.RLIMIT_NOFILE, null).hard()).appendTo(plan);
    plan.call("stdin", Syscall.DUP3, plan.descriptor(SpawnPlan.STDIN), Arg.number(0), Arg.number(0));
    plan.call("stdout", Syscall.DUP3, plan.descriptor(SpawnPlan.STDOUT), Arg.number(1), Arg.number(0));
    plan.call("stderr", Syscall.DUP3, plan.descriptor(SpawnPlan.STDERR), Arg.number(2), Arg.number(0));
  }

  /** A plan that runs a shell command on a terminal of its own. */
  static SpawnPlan terminal(String title, String command) throws IOException {
    SpawnPlan.Builder plan = SpawnPlan.builder(title);
    start(plan);
    int how = Fcntl.O_RDWR | Fcntl.O_NOCTTY;
    Arg master =
        plan.call(
                "open ptmx", Syscall.OPENAT, flags("AT_FDCWD", Fcntl.AT_FDCWD), string("/dev/ptmx"), flags("O_RDWR|O_NOCTTY|O_CLOEXEC", how | Fcntl.O_CLOEXEC))
            .result();
    plan.call("unlock", Syscall.IOCTL, master, flags("TIOCSPTLCK", Tty.TIOCSPTLCK), plan.buffer("0", 8));
    Arg slave = plan.call("open its peer", Syscall.IOCTL, master, flags("TIOCGPTPEER", Tty.TIOCGPTPEER), flags("O_RDWR|O_NOCTTY", how)).result();
    plan.sendDescriptor("send the master", plan.descriptor(SpawnPlan.PTY), master);
    plan.call("controlling terminal", Syscall.IOCTL, slave, flags("TIOCSCTTY", Tty.TIOCSCTTY), number(0));
    for (int fd = 0; fd <= 2; fd++) {
      plan.call("stream " + fd, Syscall.DUP3, slave, number(fd), number(0));
    }
    plan.call("close the rest", Syscall.CLOSE_RANGE, number(3), flags("~0U", 0xffffffffL), flags("CLOSE_RANGE_CLOEXEC", 4));
    plan.exec("run", List.of("/bin/sh"), List.of("sh", "-c", command), List.of("PATH=/bin:/usr/bin"));
    return plan.build();
  }

  static String readAll(Fd fd) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int n = Io.read(fd, buffer, 0, buffer.length); n > 0; n = Io.read(fd, buffer, 0, buffer.length)) {
      all.write(buffer, 0, n);
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    int pid = shim.pid();
    try {
      shim.parked().forEach(
          name -> {
            try {
              shim.unpark(name);
            } catch (IOException | InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
      for (var process : shim.list()) {
        try (var fd = shim.pidfd(process.name())) {
          if (process.exit().isEmpty()) {
            fd.signal(9);
            fd.awaitEnd(5000);
          }
        }
        for (int i = 0; ; i++) {
          try {
            shim.acknowledge(process.name());
            break;
          } catch (IllegalStateException e) {
            if (i == 1000) {
              throw e;
            }
            Thread.onSpinWait();
          }
        }
      }
      if (!shim.shutdown()) {
        throw new IllegalStateException("the shim has something left");
      }
    } finally {
      shim.close();
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      try (Stream<Path> files = Files.walk(execRoot)) {
        for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
