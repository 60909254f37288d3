package dev.proa.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.Pipe;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimLauncher;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.Streams;
import dev.proa.spawn.internal.ShimClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A shim that becomes one of another build while its processes run, end, wait and talk. */
@Timeout(180)
class UpgradeTest {
  private static final int DYING = 40;

  @TempDir private Path directory;
  private ShimUnderTest test;

  @BeforeEach
  void start() throws Exception {
    assumeThat(Processes.geteuid()).as("needs root").isZero();
    test = new ShimUnderTest();
  }

  @AfterEach
  void stop() throws Exception {
    if (test != null) {
      test.close();
    }
  }

  @Test
  void aShimOfAnotherBuildBecomesOursAndLosesNothing() throws Exception {
    long pid = test.shim.pid();
    String before = ((ShimClient) test.shim).build();
    SpawnPlan.Builder gated = SpawnPlan.builder("gated");
    ShimUnderTest.start(gated);
    gated.gate("start");
    gated.exec("run", List.of("/bin/sh"), List.of("sh", "-c", "echo let go; exit 5"), List.of());
    spawn(SpawnRequest.of("gated", gated.build()).stdio(Stdio.OUTPUT), false);
    spawn(SpawnRequest.of("talks", ShimUnderTest.shell("talks", "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i; [ $((i%20)) != 0 ] || sleep 0.01; done; exit 6")).stdio(Stdio.OUTPUT), true);
    spawn(SpawnRequest.of("listens", ShimUnderTest.shell("listens", "while read x; do echo got $x; done; exit 7")).stdio(Stdio.PIPES), true);
    spawn(SpawnRequest.of("tty", ShimUnderTest.terminal("tty", "stty -echo; echo up; read x; echo got $x; exit 8")).stdio(Stdio.PTY), true);
    spawn(SpawnRequest.of("ended", ShimUnderTest.shell("ended", "echo last words; exit 9")).stdio(Stdio.OUTPUT), true);
    test.shim.exit("ended").get(10, TimeUnit.SECONDS);
    for (int i = 0; i < DYING; i++) { // spread over the time that the upgrade takes, and some more
      spawn(SpawnRequest.of("dies-" + i, ShimUnderTest.shell("dies", "sleep " + i * 0.08 + "; exit " + (i + 10))), true);
    }
    try (Pipe pipe = Io.pipe2(Fcntl.O_CLOEXEC)) {
      test.shim.park("parked", List.of(pipe.readEnd(), pipe.writeEnd()));
    }
    test.shim.close();

    upgrade();

    assertThat((long) test.shim.pid()).as("the same process").isEqualTo(pid);
    assertThat(((ShimClient) test.shim).build()).isNotEqualTo(before);
    assertThat(test.shim.list()).extracting(ShimProcess::name).contains("gated", "talks", "listens", "tty", "ended").hasSize(5 + DYING);
    try (Spawned spawned = test.shim.find("gated")) {
      spawned.awaitGate();
      spawned.release();
      spawned.awaitReady();
    }
    assertThat(read("gated")).isEqualTo("let go\n");
    assertThat(code("gated")).isEqualTo(5);
    assertThat(read("talks").lines()).containsExactlyElementsOf(IntStream.rangeClosed(1, 3000).mapToObj(Integer::toString).toList());
    assertThat(code("talks")).isEqualTo(6);
    try (Streams streams = test.shim.streams("listens")) {
      Io.writeFully(streams.stdin().orElseThrow(), "me\n".getBytes(StandardCharsets.UTF_8));
      streams.stdin().orElseThrow().close();
      test.shim.closeStdin("listens");
      assertThat(ShimUnderTest.readAll(streams.stdout().orElseThrow())).isEqualTo("got me\n");
    }
    assertThat(code("listens")).isEqualTo(7);
    try (Streams streams = test.shim.streams("tty")) {
      Fd terminal = streams.terminal().orElseThrow();
      Io.writeFully(terminal, "you\n".getBytes(StandardCharsets.UTF_8));
      assertThat(code("tty")).isEqualTo(8);
      byte[] seen = new byte[256];
      assertThat(new String(seen, 0, Io.read(terminal, seen, 0, seen.length), StandardCharsets.UTF_8)).isEqualTo("up\r\ngot you\r\n");
    }
    assertThat(read("ended")).isEqualTo("last words\n");
    assertThat(code("ended")).isEqualTo(9);
    for (int i = 0; i < DYING; i++) {
      assertThat(code("dies-" + i)).as("dies-" + i).isEqualTo(i + 10);
    }
    List<Fd> parked = test.shim.fetch("parked");
    assertThat(parked).hasSize(2);
    Fd.closeAll(parked);
    test.shim.unpark("parked");
    assertThat(test.shim.list()).isEmpty();
    spawn(SpawnRequest.of("after", ShimUnderTest.shell("after", "exit 3")), true);
    assertThat(code("after")).isEqualTo(3);
  }

  @Test
  void upgradesOneAfterTheOtherLeakNoDescriptorAndNoProcess() throws Exception {
    spawn(SpawnRequest.of("stays", ShimUnderTest.shell("stays", "read x; exit 4")).stdio(Stdio.PIPES), true);
    List<Long> descriptors = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      test.shim.close();
      upgrade();
      descriptors.add(descriptors(test.shim.pid()));
    }
    assertThat(descriptors.getLast()).as("descriptors after each upgrade: %s", descriptors).isEqualTo(descriptors.get(1));
    try (Streams streams = test.shim.streams("stays")) {
      Io.writeFully(streams.stdin().orElseThrow(), "x\n".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(code("stays")).isEqualTo(4);
  }

  @Test
  void aBuildThatCannotRunReplacesNothing() throws Exception {
    spawn(SpawnRequest.of("stays", ShimUnderTest.shell("stays", "read x; exit 4")).stdio(Stdio.PIPES), true);
    String before = ((ShimClient) test.shim).build();
    int pid = test.shim.pid();
    Path broken = Files.createDirectories(directory.resolve("broken/dev/proa/shim"));
    Files.writeString(broken.resolve("Kept.class"), "no class");
    List<Path> classPath = new ArrayList<>(ShimUnderTest.classPath());
    classPath.addFirst(directory.resolve("broken"));
    test.shim.close();
    test.shim = connect(new ShimLauncher(test.execRoot, classPath));
    assertThat(test.shim.pid()).isEqualTo(pid);
    assertThat(((ShimClient) test.shim).build()).isEqualTo(before);
    assertThat(test.shim.list()).extracting(ShimProcess::name).containsExactly("stays");
  }

  @Test
  void aProgramThatIsNotThereIsRefusedAndTheShimGoesOn() throws Exception {
    spawn(SpawnRequest.of("stays", ShimUnderTest.shell("stays", "read x; exit 4")).stdio(Stdio.PIPES), true);
    assertThatThrownBy(() -> ((ShimClient) test.shim).upgrade(List.of("/no/such/java", "Main")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("execve(\"/no/such/java\") ENOENT");
    try (Streams streams = test.shim.streams("stays")) {
      Io.writeFully(streams.stdin().orElseThrow(), "x\n".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(code("stays")).isEqualTo(4);
    spawn(SpawnRequest.of("child", ShimUnderTest.shell("child", "ls /proc/self/fd | wc -l")).stdio(Stdio.OUTPUT), true);
    assertThat(read("child")).as("descriptors of a process after the attempt: its streams and ls's own").isEqualTo("4\n");
    assertThat(code("child")).isZero();
  }

  /** By a daemon whose class path is another one. */
  private void upgrade() throws Exception {
    List<Path> classPath = new ArrayList<>(ShimUnderTest.classPath());
    Path more = Files.createTempDirectory(directory, "more");
    Files.writeString(more.resolve("build"), more.toString());
    classPath.add(more);
    test.shim = connect(new ShimLauncher(test.execRoot, classPath));
  }

  /** The shim may not have seen yet that the connection before is gone. */
  private static Shim connect(ShimLauncher launcher) throws Exception {
    for (int i = 0; ; i++) {
      try {
        return launcher.connectOrStart();
      } catch (IOException e) {
        if (i == 1000 || !String.valueOf(e.getMessage()).contains("in use")) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }

  private void spawn(SpawnRequest request, boolean ready) throws Exception {
    try (Spawned spawned = test.shim.spawn(request)) {
      if (ready) {
        spawned.awaitReady();
      } else {
        spawned.awaitGate();
      }
    }
  }

  private String read(String name) throws Exception {
    try (Streams streams = test.shim.streams(name)) {
      return ShimUnderTest.readAll(streams.stdout().orElseThrow());
    }
  }

  private int code(String name) throws Exception {
    ProcessExit exit = test.shim.exit(name).get(20, TimeUnit.SECONDS);
    test.shim.acknowledge(name);
    return exit.status().orElseThrow().exitCode();
  }

  private static long descriptors(int pid) throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return fds.count();
    }
  }
}
