package dev.proa.benchmarks;

import dev.proa.namespace.NamespaceBackend;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimLauncher;
import dev.proa.spi.Mount;
import dev.proa.spi.isolation.TaskExit;
import dev.proa.spi.isolation.TaskListener;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A container's start through the namespace backend alone: create, start, the end of {@code /bin/true} told, delete; an overlay root, a network
 * namespace of its own, as confined as Docker's defaults make it ({@link OciBundle}). The shim is a process of its own, as it always is. As root:
 *
 * <pre>benchmarks/run BackendStart</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED"})
public class BackendStartBenchmark {
  private static final long PATIENCE_SECONDS = 10;

  private final SynchronousQueue<TaskExit> exits = new SynchronousQueue<>();
  private Folders folders;
  private Shim shim;
  private NamespaceBackend backend;
  private Spec spec;
  private List<Mount> root;
  private long next;

  @Setup
  public void open() throws IOException, InterruptedException {
    folders = Folders.make();
    Path lower = folders.busybox();
    Path upper = Files.createDirectories(folders.root().resolve("upper"));
    Path work = Files.createDirectories(folders.root().resolve("work"));
    root = List.of(new Mount("overlay", "overlay", "", List.of("lowerdir=" + lower, "upperdir=" + upper, "workdir=" + work)));
    spec = OciBundle.spec(lower, List.of("/bin/true"));
    shim = new ShimLauncher(Files.createDirectories(folders.root().resolve("shim")), SpawnPlanBenchmark.shimClassPath()).connectOrStart();
    backend = new NamespaceBackend(shim, "/proa-benchmark");
    backend.open(
        folders.context(),
        new TaskListener() {
          @Override
          public void exited(TaskExit exit) {
            try {
              exits.offer(exit, PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }

          @Override
          public void outOfMemory(String id) {
            throw new IllegalStateException("true had too little memory");
          }
        });
  }

  @TearDown
  public void close() throws IOException, InterruptedException {
    backend.close();
    if (!shim.shutdown()) {
      throw new IllegalStateException("the shim still has processes");
    }
    shim.lost().join();
    shim.close();
    folders.remove();
  }

  @Benchmark
  public int createStartExitDelete() throws InterruptedException {
    String id = String.format("%064x", ++next);
    backend.create(new TaskSpec(id, spec, root, false));
    backend.start(id);
    TaskExit exit = exits.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (exit == null || exit.exitCode() != 0 || !exit.id().equals(id)) {
      throw new IllegalStateException("true ended otherwise: " + exit);
    }
    backend.delete(id);
    return exit.pid();
  }
}
