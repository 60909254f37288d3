package dev.proa.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.proa.linux.Io;
import dev.proa.linux.PidFd;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Signal;
import dev.proa.spawn.ExitWatches;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.ShimLauncher;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Shim;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.Streams;
import dev.proa.spawn.internal.ShimGroup;
import dev.proa.spawn.internal.SupervisedShim;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SupervisedShimTest {
  private Path execRoot;

  @BeforeEach
  void make() throws Exception {
    assumeThat(Processes.geteuid()).as("needs root").isZero();
    execRoot = Files.createTempDirectory("proa-shim-test-");
  }

  @AfterEach
  void remove() throws Exception {
    if (execRoot != null) {
      try (Stream<Path> files = Files.walk(execRoot)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  @Test
  void aDaemonWithoutContainersLeavesNoShim() throws Exception {
    SupervisedShim shim = supervised();
    int pid = shim.pid();
    ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
    shim.close();
    process.onExit().get(1, TimeUnit.SECONDS); // it has ended; this waits for the JDK to reap it
    assertThat(shim.lostReason()).contains("closed by this daemon");
  }

  @Test
  void whatLeavesItsControlGroupsTakesThemAlong() throws Exception {
    List<String> told = new ArrayList<>();
    Process sleeper = new ProcessBuilder("sleep", "60").start();
    int pid = Math.toIntExact(sleeper.pid());
    Path where = Path.of("/proc/" + pid + "/cgroup");
    try {
      ShimGroup.enter(pid, told::add);
      assertThat(Files.readString(where)).contains("/proa-shim-" + pid);
      ShimGroup.leave(pid, told::add);
      assertThat(Files.readString(where)).doesNotContain("proa-shim");
    } finally {
      sleeper.destroyForcibly();
    }
    assertThat(told).isEmpty();
  }

  @Test
  void aShimWhoseDaemonIsGoneEndsOnceItKeepsNothing() throws Exception {
    System.setProperty(ShimLauncher.ABANDONED_SECONDS, "1");
    try {
      ShimLauncher launcher = new ShimLauncher(execRoot, ShimUnderTest.classPath());
      Shim first = launcher.connectOrStart();
      ProcessHandle process = ProcessHandle.of(first.pid()).orElseThrow();
      try (Spawned spawned = first.spawn(SpawnRequest.of("kept", ShimUnderTest.shell("kept", "exit 4")))) {
        spawned.awaitReady();
      }
      first.close();
      assertThatThrownBy(() -> process.onExit().get(3, TimeUnit.SECONDS)).as("the end that nobody has taken").isInstanceOf(TimeoutException.class);
      Shim second = launcher.connectOrStart();
      assertThat(second.pid()).isEqualTo(process.pid());
      assertThat(second.exit("kept").get(10, TimeUnit.SECONDS).status().orElseThrow().exitCode()).isEqualTo(4);
      second.acknowledge("kept");
      second.close();
      process.onExit().get(30, TimeUnit.SECONDS);
      Shim third = launcher.connectOrStart();
      assertThat(third.pid()).isNotEqualTo(process.pid());
      ProcessHandle last = ProcessHandle.of(third.pid()).orElseThrow();
      assertThat(third.shutdown()).isTrue();
      third.close();
      last.onExit().get(30, TimeUnit.SECONDS);
    } finally {
      System.clearProperty(ShimLauncher.ABANDONED_SECONDS);
    }
  }

  @Test
  void aDaemonWithContainersLeavesThemToTheNext() throws Exception {
    SupervisedShim first = supervised();
    try (Spawned spawned = first.spawn(SpawnRequest.of("stays", ShimUnderTest.shell("stays", "read x; exit 4")).stdio(Stdio.PIPES))) {
      spawned.awaitReady();
    }
    int pid = first.pid();
    first.close();
    SupervisedShim second = supervised();
    assertThat(second.pid()).isEqualTo(pid);
    try (Streams streams = second.streams("stays")) {
      Io.writeFully(streams.stdin().orElseThrow(), "x\n".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(second.exit("stays").get(10, TimeUnit.SECONDS).status().orElseThrow().exitCode()).isEqualTo(4);
    second.acknowledge("stays");
    second.close();
  }

  @Test
  void aKilledShimIsReplacedAndItsProcessesAreWatchedOn() throws Exception {
    SupervisedShim shim = supervised();
    BlockingQueue<ProcessExit> exits = new LinkedBlockingQueue<>();
    shim.onExit(exits::add);
    try (Spawned spawned = shim.spawn(SpawnRequest.of("survivor", ShimUnderTest.shell("survivor", "echo up; read x; exit 9")).stdio(Stdio.PIPES));
        Streams streams = shim.streams("survivor")) {
      spawned.awaitReady();
      CompletableFuture<ProcessExit> exit = shim.exit("survivor");
      int first = shim.pid();
      kill(first);
      int pid = shimAfter(shim, first).pid();
      assertThat(shim.list()).singleElement().returns("survivor", ShimProcess::name);
      kill(pid); // what one shim has adopted the next one adopts too
      try (Spawned another = shimAfter(shim, pid).spawn(SpawnRequest.of("another", ShimUnderTest.shell("another", "exit 1")))) {
        another.awaitReady();
        assertThat(shim.exit("another").get(10, TimeUnit.SECONDS).status().orElseThrow().exitCode()).isOne();
        shim.acknowledge("another");
      }
      assertThat(shim.list()).singleElement().returns("survivor", ShimProcess::name).returns(spawned.pid(), ShimProcess::pid);
      assertThat(exit).isNotDone();
      Io.writeFully(streams.stdin().orElseThrow(), "x\n".getBytes(StandardCharsets.UTF_8)); // the daemon's copy of the pipe still works
      ProcessExit how = exit.get(10, TimeUnit.SECONDS);
      // By PIDFD_GET_INFO where the kernel has it, otherwise nobody knows.
      how.status().ifPresent(status -> assertThat(status.exitCode()).isEqualTo(9));
      assertThat(exits.poll(10, TimeUnit.SECONDS)).returns("another", ProcessExit::name);
      assertThat(exits.poll(10, TimeUnit.SECONDS)).returns("survivor", ProcessExit::name);
      shim.acknowledge("survivor");
    } finally {
      shim.close();
    }
    assertThat(shim.lostReason()).contains("closed by this daemon");
  }

  @Test
  void anEndThatALostShimDidNotTellAnyMoreIsKnownWithItsPid() throws Exception {
    SupervisedShim shim = supervised();
    try (Spawned spawned = shim.spawn(SpawnRequest.of("silent", ShimUnderTest.shell("silent", "read x; exit 9")).stdio(Stdio.PIPES));
        Streams streams = shim.streams("silent");
        PidFd own = PidFd.open(shim.pid())) {
      spawned.awaitReady();
      CompletableFuture<ProcessExit> exit = shim.exit("silent");
      int pid = shim.pid();
      own.signal(Signal.SIGSTOP); // so that it ends while nobody can tell
      Io.writeFully(streams.stdin().orElseThrow(), "x\n".getBytes(StandardCharsets.UTF_8));
      assertThat(spawned.pidfd().awaitEnd(10_000)).isTrue();
      own.signal(Signal.SIGKILL);
      ProcessExit how = exit.get(20, TimeUnit.SECONDS);
      assertThat(how.pid()).isEqualTo(spawned.pid());
      how.status().ifPresent(status -> assertThat(status.exitCode()).isEqualTo(9));
      shimAfter(shim, pid).acknowledge("silent");
    } finally {
      shim.close();
    }
  }

  @Test
  void whoWatchesAnEndAndGoesLeavesNothingOfHisBehind() throws Exception {
    BlockingQueue<ProcessExit> told = new LinkedBlockingQueue<>();
    try (SupervisedShim shim = supervised()) {
      try (Spawned spawned = shim.spawn(SpawnRequest.of("long", ShimUnderTest.shell("long", "exec sleep 60")))) {
        spawned.awaitReady();
        Object held = new Object();
        WeakReference<Object> gone = new WeakReference<>(held);
        watchAndGo(shim, held);
        held = null;
        for (int i = 0; i < 100 && gone.get() != null; i++) {
          System.gc();
          Thread.sleep(20);
        }
        assertThat(gone.get()).as("what the one who went had").isNull();
        try (ExitWatches stays = new ExitWatches(shim)) {
          stays.watch("long", told::add);
          kill(spawned.pid());
          assertThat(told.poll(10, TimeUnit.SECONDS)).isNotNull();
        }
        shim.acknowledge("long");
      }
    }
  }

  private static void watchAndGo(Shim shim, Object held) throws Exception {
    ExitWatches goes = new ExitWatches(shim);
    goes.watch("long", exit -> assertThat(held).as("told after it went").isNull());
    goes.close();
  }

  private static void kill(int pid) {
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    ProcessHandle.of(pid).ifPresent(handle -> handle.onExit().join());
  }

  /** The same shim, once it is no longer the process with that pid. */
  private static SupervisedShim shimAfter(SupervisedShim shim, int pid) {
    while (shim.pid() == pid) {
      Thread.onSpinWait();
    }
    return shim;
  }

  private SupervisedShim supervised() {
    return new SupervisedShim(new ShimLauncher(execRoot, ShimUnderTest.classPath()));
  }
}
