package dev.proa.benchmarks;

import dev.proa.spi.DriverContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder of one trial, and what lies in it. */
record Folders(Path root) {
  static Folders make() throws IOException {
    return new Folders(Files.createTempDirectory("proa-benchmark."));
  }

  DriverContext context() throws IOException {
    return new Context(Files.createDirectories(root.resolve("state")), Files.createDirectories(root.resolve("run")));
  }

  /** A root file system of the host's static busybox alone. */
  Path busybox() throws IOException {
    Path bin = Files.createDirectories(root.resolve("rootfs/bin"));
    for (String name : new String[] {"dev", "proc", "sys", "tmp", "etc"}) {
      Files.createDirectories(root.resolve("rootfs").resolve(name));
    }
    Path busybox = Stream.of("/bin/busybox", "/usr/bin/busybox").map(Path::of).filter(Files::exists).findFirst().orElseThrow(
        () -> new IOException("no static busybox on this host: install Debian's busybox-static"));
    Files.copy(busybox, bin.resolve("busybox"));
    bin.resolve("busybox").toFile().setExecutable(true, false);
    for (String applet : new String[] {"true", "sh"}) {
      Files.createLink(bin.resolve(applet), bin.resolve("busybox"));
    }
    return root.resolve("rootfs");
  }

  void remove() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Reads to the end. */
  static long drain(InputStream in) throws IOException {
    return in.transferTo(java.io.OutputStream.nullOutputStream());
  }

  private record Context(Path stateDir, Path runDir) implements DriverContext {}
}
