package dev.proa.lifecycle.assembly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.lifecycle.containers.Containers.ListOptions;
import dev.proa.lifecycle.containers.Containers.StopOptions;
import dev.proa.lifecycle.containers.LogStream;
import dev.proa.lifecycle.containers.LogsRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonRestartTest {
  private Bench bench;

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    bench = Bench.open(folder);
  }

  @AfterEach
  void close() throws Exception {
    if (bench != null) {
      bench.close();
    }
  }

  /** Waits for a file that a container writes into a bind. */
  private static void awaitFile(Path file) {
    while (!Files.exists(file)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whatWasPrintedMeanwhileIsLoggedOnce(@TempDir Path shared) throws Exception {
    String id =
        bench.sh(
            "i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i+1)); [ $i = 500 ] && touch /s/half && while [ ! -f /s/go ]; do sleep 0.01; done; done; touch /s/done; sleep 600",
            "\"Binds\": [\"" + shared + ":/s\"]");
    bench.containers().start(id);
    awaitFile(shared.resolve("half"));
    bench.assembly.restart(
        () -> {
          try {
            Files.createFile(shared.resolve("go"));
            awaitFile(shared.resolve("done"));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(bench.inspect(id).state().status()).isEqualTo("running");
    assertThat(bench.exec(id, "echo", "still here").out()).isEqualTo("still here\n");
    Output followed = new Output();
    try (LogStream logs = bench.containers().logs(id, new LogsRequest(true, true, null, null, false, -1, true, false))) {
      Thread follower =
          Thread.startVirtualThread(
              () -> {
                try {
                  logs.pump(followed);
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      bench.containers().stop(id, new StopOptions(0, null));
      follower.join();
    }
    List<String> expected = IntStream.range(0, 2000).mapToObj(Integer::toString).toList();
    assertThat(followed.out().lines()).containsExactlyElementsOf(expected);
    assertThat(bench.inspect(id).state().exitCode()).isEqualTo(137);
  }

  @Test
  void anEndThatNobodySawIsToldAfterwards(@TempDir Path shared) throws Exception {
    String id = bench.sh("while [ ! -f /s/go ]; do sleep 0.01; done; echo last words; exit 9", "\"Binds\": [\"" + shared + ":/s\"]");
    bench.containers().start(id);
    int pid = bench.inspect(id).state().pid();
    bench.assembly.restart(
        () -> {
          try {
            Files.createFile(shared.resolve("go"));
            ProcessHandle.of(pid).ifPresent(process -> process.onExit().join());
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    // The shim tells of it once the new daemon listens, which is after that serves.
    assertThat(bench.await(id)).isEqualTo(9);
    assertThat(bench.inspect(id).state().status()).isEqualTo("exited");
    assertThat(bench.logs(id, -1).out()).isEqualTo("last words\n");
  }

  @Test
  void aPolicyHoldsAcrossARestart(@TempDir Path shared) throws Exception {
    String host = "\"Binds\": [\"" + shared + ":/s\"], \"RestartPolicy\": {\"Name\": \"unless-stopped\"}";
    String id = bench.sh("while [ ! -f /s/go ]; do sleep 0.01; done; exit 1", host);
    String stopped = bench.sh("sleep 600", host);
    bench.containers().start(id);
    bench.containers().start(stopped);
    bench.containers().stop(stopped, new StopOptions(0, null));
    int pid = bench.inspect(id).state().pid();
    bench.assembly.restart(
        () -> {
          try {
            Files.createFile(shared.resolve("go"));
            ProcessHandle.of(pid).ifPresent(process -> process.onExit().join());
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    while (bench.inspect(id).restartCount() == 0) {
      Thread.onSpinWait();
    }
    assertThat(bench.inspect(stopped).state().status()).isEqualTo("exited");
  }

  @Test
  void leftOversAreCollectedAndTheRestIsKept() throws Exception {
    String id = bench.create("kept", "\"Cmd\": [\"true\"]", "\"Binds\": [\"kept:/v\"]");
    Path data = bench.assembly.dataRoot();
    String nobody = "f".repeat(64);
    Files.createDirectories(data.resolve("containers").resolve(nobody));
    Path run = bench.assembly.execRoot();
    Files.createDirectories(run.resolve("containers").resolve(nobody));
    Files.createDirectories(data.resolve("volumes").resolve("empty").resolve("_data"));
    Files.createDirectories(data.resolve("volumes").resolve("full").resolve("_data"));
    Files.writeString(data.resolve("volumes").resolve("full").resolve("_data").resolve("precious"), "x");
    bench.assembly.restart(() -> {});
    assertThat(data.resolve("containers").resolve(nobody)).doesNotExist();
    assertThat(run.resolve("containers").resolve(nobody)).doesNotExist();
    assertThat(data.resolve("volumes").resolve("empty")).doesNotExist();
    assertThat(data.resolve("volumes").resolve("full")).exists();
    assertThat(data.resolve("volumes").resolve("kept")).exists();
    assertThat(bench.containers().list(new ListOptions(true, 0, false, Map.of()))).hasSize(1);
    bench.containers().start(id);
    assertThat(bench.await(id)).isZero();
  }
}
