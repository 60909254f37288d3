package dev.proa.benchmarks;

import dev.proa.namespace.NamespaceBackend;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimLauncher;
import dev.proa.spi.Mount;
import dev.proa.spi.isolation.TaskExit;
import dev.proa.spi.isolation.TaskListener;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.oci.Spec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/**
 * The namespace backend with a shim of its own as {@code benchmarks/compare} drives it: each line on standard input is a container, as
 * {@link BackendStartBenchmark} makes it, and is answered by a line. {@code start} runs {@code /bin/true} and tells two numbers of nanoseconds, until its
 * end was told and until it was deleted; {@code run COMMAND} runs that in a shell and tells its output, which is one line.
 *
 * <pre>BackendStarts DISK RUN</pre>
 */
public final class BackendStarts implements TaskListener {
  private static final long PATIENCE_SECONDS = 10;

  private final SynchronousQueue<TaskExit> exits = new SynchronousQueue<>();
  private final NamespaceBackend backend;
  private final List<Mount> root;
  private final Path upper;
  private final Path lower;
  private long next;

  private BackendStarts(Folders folders, Folders run, Shim shim) throws IOException {
    lower = folders.busybox();
    upper = Files.createDirectories(folders.root().resolve("upper"));
    Path work = Files.createDirectories(folders.root().resolve("work"));
    root = List.of(new Mount("overlay", "overlay", "", List.of("lowerdir=" + lower, "upperdir=" + upper, "workdir=" + work)));
    backend = new NamespaceBackend(shim, "/proa-compare-" + ProcessHandle.current().pid());
    backend.open(run.context(), this);
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Folders run = new Folders(Path.of(args[1]));
    Shim shim = new ShimLauncher(Files.createDirectories(run.root().resolve("shim")), SpawnPlanBenchmark.shimClassPath()).connectOrStart();
    BackendStarts starts = new BackendStarts(new Folders(Path.of(args[0])), run, shim);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println(line.equals("start") ? starts.start() : starts.run(line.substring("run ".length())));
    }
    starts.backend.close();
    shim.shutdown();
    shim.close();
  }

  private String start() throws InterruptedException {
    long begin = System.nanoTime();
    String id = task(OciBundle.spec(lower, List.of("/bin/true")));
    long end = System.nanoTime();
    backend.delete(id);
    return end - begin + " " + (System.nanoTime() - begin);
  }

  private String run(String command) throws IOException, InterruptedException {
    backend.delete(task(OciBundle.spec(lower, List.of("/bin/sh", "-c", "(" + command + ") > /said"))));
    return Files.readString(upper.resolve("said")).strip();
  }

  private String task(Spec spec) throws InterruptedException {
    String id = String.format("%064x", ++next);
    backend.create(new TaskSpec(id, spec, root, false));
    backend.start(id);
    TaskExit exit = exits.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (exit == null || exit.exitCode() != 0 || !exit.id().equals(id)) {
      throw new IllegalStateException("it ended otherwise: " + exit);
    }
    return id;
  }

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
    throw new IllegalStateException("it had too little memory");
  }
}
