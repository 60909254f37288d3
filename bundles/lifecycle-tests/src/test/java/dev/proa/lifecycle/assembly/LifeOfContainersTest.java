package dev.proa.lifecycle.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.lifecycle.containers.Attachment;
import dev.proa.lifecycle.containers.Containers.ListOptions;
import dev.proa.lifecycle.containers.Containers.StopOptions;
import dev.proa.lifecycle.containers.Containers.WaitCondition;
import dev.proa.lifecycle.containers.Containers.WaitResult;
import dev.proa.lifecycle.containers.ContainerState;
import dev.proa.lifecycle.events.Event;
import dev.proa.lifecycle.events.Events;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LifeOfContainersTest {
  private Bench bench;

  @BeforeAll
  void open(@TempDir Path folder) throws Exception {
    bench = Bench.open(folder);
  }

  @AfterAll
  void close() throws Exception {
    if (bench != null) {
      bench.close();
    }
  }

  private static void fails(Runnable call, ErrorClass errorClass, String message) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(errorClass))
        .hasMessageContaining(message);
  }

  @Test
  void aContainerGoesFromCreatedToExited() {
    String id = bench.sh("exit 3", "");
    assertThat(bench.inspect(id).state()).extracting(ContainerState::status, ContainerState::startedAt).containsExactly("created", ContainerState.NEVER);
    bench.containers().start(id);
    assertThat(bench.await(id)).isEqualTo(3);
    ContainerState state = bench.inspect(id).state();
    assertThat(state.status()).isEqualTo("exited");
    assertThat(state.exitCode()).isEqualTo(3);
    assertThat(state.pid()).isZero();
    assertThat(state.finishedAt()).isAfterOrEqualTo(state.startedAt());
    fails(() -> bench.containers().stop(id, StopOptions.DEFAULT), ErrorClass.NOT_MODIFIED, "not running");
    fails(() -> bench.containers().kill(id, "TERM"), ErrorClass.CONFLICT, "cannot kill container: " + id + ": container " + id + " is not running");
  }

  @Test
  void outputIsLoggedByStreamAndLine() {
    Output output = bench.run("echo one; echo two >&2; printf three", "");
    assertThat(output.out()).isEqualTo("one\nthree");
    assertThat(output.err()).isEqualTo("two\n");
  }

  @Test
  void aLineOfHundredThousandBytesComesBackWhole() {
    Output output = bench.run("head -c 100000 /dev/zero | tr '\\0' x; echo", "");
    assertThat(output.out()).hasSize(100001).matches("x+\n");
  }

  @Test
  void onlyTheLastLinesAreGiven() {
    String id = bench.sh("i=0; while [ $i -lt 500 ]; do echo $i; i=$((i+1)); done", "");
    bench.containers().start(id);
    bench.await(id);
    assertThat(bench.logs(id, 2).out()).isEqualTo("498\n499\n");
    assertThat(bench.logs(id, 0).out()).isEmpty();
    assertThat(bench.logs(id, 1000).out().lines()).hasSize(500);
  }

  @Test
  void rotatedLogsAreReadInOrder() throws Exception {
    String id =
        bench.sh(
            "i=0; while [ $i -lt 400 ]; do echo line-$i; i=$((i+1)); done",
            "\"LogConfig\": {\"Type\": \"json-file\", \"Config\": {\"max-size\": \"4k\", \"max-file\": \"3\", \"compress\": \"true\"}}");
    bench.containers().start(id);
    bench.await(id);
    List<String> lines = bench.logs(id, -1).out().lines().toList();
    assertThat(lines).isNotEmpty().last().isEqualTo("line-399");
    int first = Integer.parseInt(lines.getFirst().substring(5));
    assertThat(lines).hasSize(400 - first);
    assertThat(bench.logs(id, lines.size() - 1).out().lines()).containsExactlyElementsOf(lines.subList(1, lines.size()));
    try (var files = Files.list(bench.assembly.dataRoot().resolve("containers").resolve(id))) {
      assertThat(files.map(file -> file.getFileName().toString())).contains(id + "-json.log", id + "-json.log.1.gz").doesNotContain(id + "-json.log.3.gz");
    }
  }

  @Test
  void standardInputIsPassedAndEnds() throws Exception {
    String id = bench.create("", "\"Cmd\": [\"cat\"], \"OpenStdin\": true, \"StdinOnce\": true", "");
    Output output = new Output();
    byte[] input = new byte[2_000_000];
    new Random(1).nextBytes(input);
    try (Attachment attachment = bench.attach(id)) {
      Thread writer =
          Thread.startVirtualThread(
              () -> {
                attachment.stdin(ByteBuffer.wrap(input));
                attachment.stdinEof();
              });
      bench.containers().start(id);
      attachment.pump(output);
      writer.join();
    }
    assertThat(bench.await(id)).isZero();
    assertThat(output.bytes()).isEqualTo(input);
  }

  @Test
  void aTerminalIsOneStreamWithASize() {
    String id = bench.create("", "\"Cmd\": [\"stty\", \"size\"], \"Tty\": true, \"OpenStdin\": true", "\"ConsoleSize\": [33, 77]");
    bench.containers().start(id);
    bench.await(id);
    assertThat(bench.logs(id, -1).out()).isEqualTo("33 77\r\n");
  }

  @Test
  void detachKeysLeaveTheProcessAlone() throws Exception {
    String id = bench.create("", "\"Cmd\": [\"cat\"], \"Tty\": true, \"OpenStdin\": true", "");
    bench.containers().start(id);
    Output output = new Output();
    try (Attachment attachment = bench.attach(id)) {
      attachment.stdin(ByteBuffer.wrap("hello\n".getBytes(StandardCharsets.UTF_8)));
      attachment.stdin(ByteBuffer.wrap(new byte[] {16, 17}));
      attachment.pump(output);
    }
    assertThat(bench.inspect(id).state().status()).isEqualTo("running");
    bench.containers().remove(id, false, true);
  }

  @Test
  void stopSendsTheSignalAndThenKills() {
    String obeys = bench.sh("trap 'exit 8' INT; while :; do sleep 0.05; done", "");
    bench.containers().start(obeys);
    awaitTrap(obeys);
    bench.containers().stop(obeys, new StopOptions(10, "INT"));
    assertThat(bench.inspect(obeys).state().exitCode()).isEqualTo(8);
    String ignores = bench.sh("trap '' TERM; while :; do sleep 0.05; done", "");
    bench.containers().start(ignores);
    awaitTrap(ignores);
    bench.containers().stop(ignores, new StopOptions(0, null));
    assertThat(bench.inspect(ignores).state().exitCode()).isEqualTo(137);
  }

  /** The shell has set its trap once the process that it waits for is there. */
  private void awaitTrap(String id) {
    while (bench.containers().top(id, null).processes().size() < 2) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aCommandThatIsNotThereIs127AndLeavesNothing() {
    String id = bench.create("", "\"Cmd\": [\"nosuch\"]", "");
    fails(() -> bench.containers().start(id), ErrorClass.INVALID_ARGUMENT, "executable file not found in $PATH");
    assertThat(bench.inspect(id).state()).extracting(ContainerState::status, ContainerState::exitCode).containsExactly("created", 127);
    String plain = bench.create("", "\"Cmd\": [\"/etc/passwd\"]", "");
    fails(() -> bench.containers().start(plain), ErrorClass.INVALID_ARGUMENT, "permission denied");
    assertThat(bench.inspect(plain).state().exitCode()).isEqualTo(126);
  }

  @Test
  void aContainerThatRemovesItselfIsGoneWithItsVolumes() throws Exception {
    String id = bench.create("", "\"Cmd\": [\"true\"], \"Volumes\": {\"/anonymous\": {}}", "\"AutoRemove\": true");
    String volume = String.valueOf(bench.inspect(id).mounts().getFirst().name());
    CompletableFuture<WaitResult> removed = bench.containers().await(id, WaitCondition.REMOVED);
    bench.containers().start(id);
    assertThat(removed.get(30, TimeUnit.SECONDS).exitCode()).isZero();
    fails(() -> bench.inspect(id), ErrorClass.NOT_FOUND, "No such container: " + id);
    fails(() -> bench.assembly.core().volumes().inspect(volume), ErrorClass.NOT_FOUND, "no such volume");
    assertThat(bench.assembly.dataRoot().resolve("containers").resolve(id)).doesNotExist();
    assertThat(bench.assembly.dataRoot().resolve("volumes").resolve(volume)).doesNotExist();
  }

  @Test
  void aPolicyStartsItAgainUntilItsLimit() {
    String id = bench.sh("echo again; exit 4", "\"RestartPolicy\": {\"Name\": \"on-failure\", \"MaximumRetryCount\": 2}");
    bench.containers().start(id);
    while (!bench.inspect(id).state().status().equals("exited")) {
      Thread.onSpinWait();
    }
    assertThat(bench.inspect(id).restartCount()).isEqualTo(2);
    assertThat(bench.logs(id, -1).out()).isEqualTo("again\nagain\nagain\n");
  }

  @Test
  void aStopEndsARestartingContainer() {
    String id = bench.sh("exit 1", "\"RestartPolicy\": {\"Name\": \"always\"}");
    bench.containers().start(id);
    while (bench.inspect(id).restartCount() < 2) {
      Thread.onSpinWait();
    }
    bench.containers().stop(id, new StopOptions(0, null));
    assertThat(bench.inspect(id).state().status()).isEqualTo("exited");
    int count = bench.inspect(id).restartCount();
    bench.containers().remove(id, false, false);
    assertThat(count).isGreaterThanOrEqualTo(2);
  }

  @Test
  void pauseFreezesAndUnpauseThaws() {
    String id = bench.sh("while :; do echo x; sleep 0.01; done", "");
    bench.containers().start(id);
    bench.containers().pause(id);
    assertThat(bench.inspect(id).state()).extracting(ContainerState::status, ContainerState::paused).containsExactly("paused", true);
    fails(() -> bench.containers().pause(id), ErrorClass.CONFLICT, "is already paused");
    fails(() -> bench.exec(id, "true"), ErrorClass.CONFLICT, "is paused");
    fails(() -> bench.containers().remove(id, false, false), ErrorClass.CONFLICT, "container is paused and must be unpaused first");
    bench.containers().unpause(id);
    assertThat(bench.inspect(id).state().status()).isEqualTo("running");
    bench.containers().pause(id);
    bench.containers().stop(id, new StopOptions(0, null));
    assertThat(bench.inspect(id).state().status()).isEqualTo("exited");
  }

  @Test
  void execRunsAsTheContainerDoes() {
    String id = bench.create("", "\"Cmd\": [\"sleep\", \"600\"], \"Env\": [\"A=1\"], \"User\": \"user\", \"Hostname\": \"hull\"", "");
    bench.containers().start(id);
    Output output = bench.exec(id, "sh", "-c", "echo $A $HOME; hostname; id -u; id -G; echo err >&2; grep CapEff /proc/self/status 2>/dev/null || true");
    assertThat(output.out().lines()).startsWith("1 /home/user", "hull", "1000", "1000 100");
    assertThat(output.err()).contains("err\n");
    assertThat(bench.inspect(id).execIds()).isNull();
    bench.containers().remove(id, false, true);
  }

  @Test
  void aVolumeIsFilledFromTheImageOnceAndKept() {
    String id = bench.create("", "\"Cmd\": [\"sh\", \"-c\", \"cat /data/seed; stat -c %a /data/seed; echo more > /data/more\"]", "\"Binds\": [\"filled:/data\"]");
    bench.containers().start(id);
    bench.await(id);
    assertThat(bench.logs(id, -1).out()).isEqualTo("seed\n640\n");
    assertThat(bench.run("ls /v", "\"Binds\": [\"filled:/v:ro\"]").out()).isEqualTo("more\nseed\n");
    fails(() -> bench.assembly.core().volumes().remove("filled", false), ErrorClass.CONFLICT, "remove filled: volume is in use - [");
    assertThat(bench.run("touch /v/x || echo refused", "\"Binds\": [\"filled:/v:ro\"]").out()).isEqualTo("refused\n");
  }

  @Test
  void aNameIsOneContainersOnly() {
    String id = bench.create("keel", "\"Cmd\": [\"true\"]", "");
    fails(
        () -> bench.create("keel", "\"Cmd\": [\"true\"]", ""),
        ErrorClass.CONFLICT,
        "Conflict. The container name \"/keel\" is already in use by container \"" + id + "\".");
    bench.containers().rename("keel", "mast");
    String other = bench.create("keel", "\"Cmd\": [\"true\"]", "");
    assertThat(bench.inspect("mast").id()).isEqualTo(id);
    assertThat(bench.inspect("/keel").id()).isEqualTo(other);
    fails(() -> bench.containers().rename("keel", "mast"), ErrorClass.CONFLICT, "already in use");
    bench.containers().remove("mast", false, false);
    bench.containers().remove("keel", false, false);
  }

  @Test
  void aCreationThatFailsLeavesNothing() throws Exception {
    int before = bench.containers().list(new ListOptions(true, 0, false, Map.of())).size();
    int volumes = bench.assembly.core().volumes().list(Map.of()).size();
    fails(
        () -> bench.create("half", "\"Cmd\": [\"true\"]", "\"Binds\": [\"left:/a\", \"/tmp:/b\", \"/var:/b\"]"),
        ErrorClass.INVALID_ARGUMENT,
        "Duplicate mount point: /b");
    fails(() -> bench.create("half", "\"Cmd\": [\"true\"]", "\"VolumesFrom\": [\"nosuch\"]"), ErrorClass.INVALID_ARGUMENT, "No such container: nosuch");
    assertThat(bench.containers().list(new ListOptions(true, 0, false, Map.of()))).hasSize(before);
    assertThat(bench.assembly.core().volumes().list(Map.of())).hasSize(volumes);
    assertThat(bench.assembly.dataRoot().resolve("volumes").resolve("left")).doesNotExist();
    bench.containers().remove(bench.create("half", "\"Cmd\": [\"true\"]", ""), false, false);
  }

  @Test
  void eventsComeInDockersOrder() throws Exception {
    List<String> actions = new ArrayList<>();
    String id;
    Instant begin = Instant.now();
    id = bench.create("", "\"Cmd\": [\"sleep\", \"600\"]", "");
    bench.attach(id).close();
    bench.containers().start(id);
    bench.containers().stop(id, new StopOptions(10, "KILL"));
    bench.containers().remove(id, false, false);
    try (Events.Subscription past =
        bench.assembly.core().events().subscribe(begin, Instant.now(), Map.of("container", List.of(id), "type", List.of("container")))) {
      past.pump((Event event) -> actions.add(event.action()));
    }
    assertThat(actions).containsExactly("create", "attach", "start", "kill", "die", "stop", "destroy");
  }

  @Test
  void namespacesOfAnotherContainerAreShared() {
    String id = bench.create("donor", "\"Cmd\": [\"sleep\", \"600\"]", "\"IpcMode\": \"shareable\"");
    bench.containers().start(id);
    bench.exec(id, "sh", "-c", "echo shared > /dev/shm/x");
    Output output =
        bench.run("cat /dev/shm/x; ls -d /proc/[0-9]* | wc -l", "\"IpcMode\": \"container:donor\", \"PidMode\": \"container:donor\", \"NetworkMode\": \"container:donor\"");
    assertThat(output.err()).isEmpty();
    assertThat(output.out().lines().toList()).first().isEqualTo("shared");
    bench.containers().remove(id, false, true);
  }

  @Test
  void beyondTheMemoryLimitTheProcessIsKilledAndSaidSo() {
    String id = bench.sh("dd if=/dev/zero of=/dev/null bs=200M count=1", "\"Memory\": 33554432, \"MemorySwap\": 33554432");
    bench.containers().start(id);
    assertThat(bench.await(id)).isEqualTo(137);
    assertThat(bench.inspect(id).state().oomKilled()).isTrue();
  }

  @Test
  void aHealthCheckTurnsHealthy() {
    String id =
        bench.create(
            "",
            "\"Cmd\": [\"sh\", \"-c\", \"sleep 0.3; touch /ok; sleep 600\"], \"Healthcheck\": {\"Test\": [\"CMD-SHELL\", \"test -f /ok\"],"
                + " \"Interval\": 100000000, \"Retries\": 100}",
            "");
    bench.containers().start(id);
    assertThat(bench.inspect(id).state().health()).satisfies(health -> assertThat(String.valueOf(health)).contains("starting"));
    while (!String.valueOf(bench.inspect(id).state().health()).contains("status=healthy")) {
      Thread.onSpinWait();
    }
    bench.containers().remove(id, false, true);
  }
}
