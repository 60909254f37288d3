package dev.proa.benchmarks;

import dev.proa.linux.Processes;
import dev.proa.linux.abi.Resource;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spawn.PlanImage;
import dev.proa.spawn.Prologue;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimLauncher;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
 * What a spawn plan costs: to write it down, to compile it, and to run {@code /bin/true} by it through the shim, without and with the six namespaces
 * of a container. As root:
 *
 * <pre>benchmarks/run SpawnPlan</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED"})
public class SpawnPlanBenchmark {
  private static final long NAMESPACES =
      Sched.CLONE_NEWNS | Sched.CLONE_NEWPID | Sched.CLONE_NEWNET | Sched.CLONE_NEWIPC | Sched.CLONE_NEWUTS | Sched.CLONE_NEWCGROUP;

  private Folders folders;
  private Shim shim;
  private SpawnPlan plain;
  private SpawnPlan isolated;
  private long next;

  @Setup
  public void start() throws IOException, InterruptedException {
    folders = Folders.make();
    shim = new ShimLauncher(folders.root(), shimClassPath()).connectOrStart();
    plain = plan(0);
    isolated = plan(NAMESPACES);
  }

  @TearDown
  public void stop() throws IOException, InterruptedException {
    if (!shim.shutdown()) {
      throw new IllegalStateException("the shim still has processes");
    }
    shim.lost().join();
    shim.close();
    folders.remove();
  }

  @Benchmark
  public SpawnPlan writePlan() throws IOException {
    return plan(NAMESPACES);
  }

  @Benchmark
  public PlanImage compilePlan() {
    return PlanImage.of(isolated);
  }

  @Benchmark
  public int runPlain() throws Exception {
    return run(plain);
  }

  @Benchmark
  public int runInNamespaces() throws Exception {
    return run(isolated);
  }

  private int run(SpawnPlan plan) throws Exception {
    String name = "true-" + next++;
    try (Spawned spawned = shim.spawn(SpawnRequest.of(name, plan))) {
      int code = shim.exit(name).get(10, TimeUnit.SECONDS).status().orElseThrow().exitCode();
      shim.acknowledge(name);
      if (code != 0) {
        throw new IllegalStateException("true ended with " + code);
      }
      return code;
    }
  }

  private static SpawnPlan plan(long cloneFlags) throws IOException {
    SpawnPlan.Builder plan = SpawnPlan.builder("true");
    if (cloneFlags != 0) {
      plan.cloneFlags(cloneFlags);
    }
    Prologue.usual(Processes.prlimit(0, Resource.RLIMIT_NOFILE, null).hard()).appendTo(plan);
    plan.call("stdin", Syscall.DUP3, plan.descriptor(SpawnPlan.STDIN), Arg.number(0), Arg.number(0));
    plan.call("stdout", Syscall.DUP3, plan.descriptor(SpawnPlan.STDOUT), Arg.number(1), Arg.number(0));
    plan.call("stderr", Syscall.DUP3, plan.descriptor(SpawnPlan.STDERR), Arg.number(2), Arg.number(0));
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of("PATH=/usr/bin:/bin"));
    return plan.build();
  }

  static List<Path> shimClassPath() {
    return Stream.of(System.getProperty("java.class.path").split(":")).filter(entry -> entry.matches(".*(proa-linux|proa-spawn|proa-shim).*")).map(Path::of).toList();
  }
}
