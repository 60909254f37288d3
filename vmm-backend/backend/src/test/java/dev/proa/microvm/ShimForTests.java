package dev.proa.microvm;

import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real shim of its own for one test class; closing it fails if anything was left in it. */
final class ShimForTests implements AutoCloseable {
  private final Path execRoot;
  private final Shim shim;

  private ShimForTests(Path execRoot, Shim shim) {
    this.execRoot = execRoot;
    this.shim = shim;
  }

  static ShimForTests start() throws IOException, InterruptedException {
    return start(Path.of(System.getProperty("java.home"), "bin", "java"));
  }

  /** @param java what runs it */
  static ShimForTests start(Path java) throws IOException, InterruptedException {
    Path execRoot = Files.createTempDirectory("proa-microvm-test-");
    return new ShimForTests(execRoot, new ShimLauncher(execRoot, classPath(), java).connectOrStart());
  }

  Shim shim() {
    return shim;
  }

  private static List<Path> classPath() {
    return Stream.of(System.getProperty("java.class.path").split(":"))
        .filter(entry -> entry.matches(".*(proa-linux|proa-spawn|proa-shim|/bundles/linux/|/bundles/spawn/|/framework/shim/target/classes|bundles_linux|bundles_spawn|framework_shim).*"))
        .map(Path::of)
        .toList();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    ProcessHandle process = ProcessHandle.of(shim.pid()).orElse(null);
    List<String> left = shim.list().stream().map(Object::toString).toList();
    boolean ended = shim.shutdown();
    shim.close();
    if (process != null) {
      if (!ended) {
        process.destroyForcibly();
      }
      try {
        process.onExit().get(10, TimeUnit.SECONDS);
      } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
        process.destroyForcibly();
      }
    }
    try (Stream<Path> files = Files.walk(execRoot)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    if (!ended) {
      throw new AssertionError("processes were left in the shim: " + left);
    }
  }
}
