package dev.proa.spi.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Signal;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.isolation.BackendFeatures;
import dev.proa.spi.isolation.IsolationBackend;
import dev.proa.spi.isolation.TaskExit;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.isolation.TaskState;
import dev.proa.spi.isolation.TaskState.Status;
import dev.proa.spi.isolation.TaskStats;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an {@link IsolationBackend} has to do. A backend's test:
 *
 * <pre>{@code
 * class MyBackendConformanceTest extends IsolationBackendSuite {
 *   @Override
 *   protected IsolationBackend newBackend() {
 *     return new MyBackend();
 *   }
 * }
 * }</pre>
 */
@Timeout(120)
public abstract class IsolationBackendSuite {
  private static final Duration A_MOMENT = Duration.ofMillis(300);

  @TempDir protected Path directory;

  private final TaskRecorder recorder = new TaskRecorder();
  private final List<String> made = new ArrayList<>();
  private DriverContext context;
  private Path root;
  private IsolationBackend backend;

  /** A backend that is not open yet. Two of them may be open over the same folders. */
  protected abstract IsolationBackend newBackend();

  /** Why this host cannot run the backend, null if it can; the tests are then skipped with that reason. */
  protected @Nullable String missing() {
    return Processes.geteuid() == 0 ? null : "namespaces and cgroups need root";
  }

  /** The mounts that make the task's root of a folder with a root file system. */
  protected List<Mount> rootMounts(Path rootFileSystem) {
    return List.of(new Mount("bind", rootFileSystem.toString(), "", List.of("rw", "rbind")));
  }

  /** As how many processes the host's kernel counts a task that has that many. */
  protected int hostProcesses(int processes) {
    return processes;
  }

  /** Called after each test with both folders, when all tasks are deleted and the backend is closed: for checks of what is left. */
  protected void checkLeftovers(DriverContext folders) throws Exception {}

  @BeforeEach
  final void openBackend() throws IOException {
    String reason = missing();
    assumeTrue(reason == null, () -> "skipped: " + reason);
    context = Folders.below(directory);
    root = RootFileSystem.make(Files.createDirectories(directory.resolve("rootfs")));
    backend = newBackend();
    backend.open(context, recorder);
  }

  @AfterEach
  final void deleteTasks() throws Exception {
    if (backend == null) {
      return;
    }
    for (String id : made) {
      backend.delete(id);
    }
    assertThat(backend.walk()).as("tasks after all were deleted").doesNotContainAnyElementsOf(made);
    backend.close();
    backend.close(); // idempotent
    for (String id : made) {
      assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).as("mounts of a deleted task").doesNotContain(id);
    }
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).as("mounts in the test's folder").doesNotContain(directory.toString());
    checkLeftovers(context);
  }

  // --- what the tests are made of

  protected final IsolationBackend backend() {
    return backend;
  }

  protected final TaskRecorder recorder() {
    return recorder;
  }

  protected final Path root() {
    return root;
  }

  /** A new id, whose task is deleted after the test. */
  protected final String newId() {
    byte[] bytes = new byte[32];
    ThreadLocalRandom.current().nextBytes(bytes);
    String id = HexFormat.of().formatHex(bytes);
    made.add(id);
    return id;
  }

  /** Creates a task that runs a shell script. */
  protected final String create(String script) {
    return create(Specs.of(root, "sh", "-c", script), false);
  }

  protected final String create(Spec spec, boolean stdin) {
    String id = newId();
    backend.create(new TaskSpec(id, spec, rootMounts(root), stdin));
    return id;
  }

  /** Creates and starts. */
  protected final String run(String script) {
    String id = create(script);
    backend.start(id);
    return id;
  }

  protected final ProcessStreams streams(String id, @Nullable String execId) {
    return new ProcessStreams(backend.streams(id, execId));
  }

  /** Runs a script to its end and gives its standard output. */
  protected final String output(Spec spec) throws IOException {
    String id = create(spec, false);
    try (ProcessStreams streams = streams(id, null)) {
      backend.start(id);
      String out = streams.stdoutToEnd();
      recorder.await(id, null);
      return out;
    }
  }

  private String output(String script) throws IOException {
    return output(Specs.of(root, "sh", "-c", script));
  }

  protected static void assertFails(ErrorClass expected, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).as(e.getMessage()).isEqualTo(expected));
  }

  // --- the life of a task

  @Test
  void createdTaskWaitsUntilItIsStarted() throws IOException {
    String id = create("echo ran");
    assertThat(backend.state(id, null).status()).isEqualTo(Status.CREATED);
    assertThat(backend.state(id, null).pid()).isPositive();
    try (ProcessStreams streams = streams(id, null)) {
      assertThat(recorder.await(id, null, A_MOMENT)).as("an end before start").isNull();
      TaskState started = backend.start(id);
      assertThat(started.status()).isIn(Status.RUNNING, Status.STOPPED);
      assertThat(streams.stdoutToEnd()).isEqualTo("ran\n");
    }
    TaskExit exit = recorder.await(id, null);
    assertThat(exit.exitCode()).isZero();
    assertThat(exit.known()).isTrue();
    assertThat(backend.state(id, null).status()).isEqualTo(Status.STOPPED);
    assertThat(backend.state(id, null).pid()).isZero();
  }

  @Test
  void runningTaskHasAPidAndANetworkNamespace() throws IOException {
    String id = run("exec sleep 600");
    TaskState state = backend.state(id, null);
    assertThat(state.status()).isEqualTo(Status.RUNNING);
    assertThat(state.startedAt()).isNotNull();
    assertThat(backend.pids(id)).contains(state.pid());
    String namespace = state.networkNamespace();
    if (namespace != null) {
      assertThat(Files.readSymbolicLink(Path.of(namespace))).isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")));
    }
  }

  @Test
  void exitCodesAreTold() {
    for (int code : new int[] {0, 1, 7, 126, 255}) {
      String id = run("exit " + code);
      TaskExit exit = recorder.await(id, null);
      assertThat(exit.exitCode()).isEqualTo(code);
      assertThat(exit.known()).isTrue();
      assertThat(exit.oomKilled()).isFalse();
    }
  }

  @Test
  void endIsToldOfThePidThatTheTaskHad() {
    String id = run("exec sleep 600");
    int pid = backend.state(id, null).pid();
    backend.kill(id, null, Signal.SIGKILL, false);
    assertThat(recorder.await(id, null).pid()).isEqualTo(pid);
  }

  @Test
  void deathBySignalIsToldAs128PlusTheSignal() {
    String killed = run("exec sleep 600");
    backend.kill(killed, null, Signal.SIGKILL, false);
    assertThat(recorder.await(killed, null).exitCode()).isEqualTo(128 + Signal.SIGKILL);
  }

  @Test
  void signalReachesTheProcess() throws IOException {
    String id = create("trap 'echo got it; exit 5' USR1; echo ready; while :; do sleep 1; done");
    try (ProcessStreams streams = streams(id, null)) {
      backend.start(id);
      streams.stdoutUntil("ready");
      backend.kill(id, null, Signal.SIGUSR1, false);
      streams.stdoutUntil("got it");
    }
    assertThat(recorder.await(id, null).exitCode()).isEqualTo(5);
  }

  @Test
  void killOfAllReachesEveryProcess() throws IOException {
    String id = create("trap '' TERM; (trap 'echo child got it; exit' TERM; echo ready; while :; do sleep 1; done); exit 3");
    try (ProcessStreams streams = streams(id, null)) {
      backend.start(id);
      streams.stdoutUntil("ready");
      backend.kill(id, null, Signal.SIGTERM, true);
      streams.stdoutUntil("child got it");
    }
    assertThat(recorder.await(id, null).exitCode()).isEqualTo(3);
  }

  @Test
  void programThatIsNotThereIsNamed() {
    String id = create(Specs.of(root, "no-such-program"), false);
    assertThatThrownBy(() -> backend.start(id))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.NOT_FOUND))
        .hasMessageContaining("executable file not found")
        .hasMessageContaining("no-such-program");
    assertThat(backend.state(id, null).status()).isEqualTo(Status.STOPPED);
  }

  @Test
  void programThatMayNotBeExecutedIsRefused() {
    String id = create(Specs.of(root, "/bin/not-executable"), false);
    assertFails(ErrorClass.PERMISSION_DENIED, () -> backend.start(id));
    assertThat(backend.state(id, null).status()).isEqualTo(Status.STOPPED);
  }

  @Test
  void deleteIsIdempotentAndKillsWhatRuns() {
    String id = run("exec sleep 600");
    int pid = backend.state(id, null).pid();
    backend.delete(id);
    backend.delete(id);
    backend.delete("0".repeat(64));
    assertThat(backend.walk()).doesNotContain(id);
    assertThat(Path.of("/proc/" + pid + "/root/bin/busybox")).as("a process of a deleted task").doesNotExist();
    assertFails(ErrorClass.NOT_FOUND, () -> backend.state(id, null));
  }

  @Test
  void createdTaskCanBeDeletedWithoutAStart() {
    String id = create("echo never");
    backend.delete(id);
    assertThat(backend.walk()).doesNotContain(id);
  }

  @Test
  void idCanBeUsedAgainOnceDeleted() throws IOException {
    String id = run("exit 4");
    recorder.await(id, null);
    backend.delete(id);
    backend.create(new TaskSpec(id, Specs.of(root, "sh", "-c", "echo again"), rootMounts(root), false));
    try (ProcessStreams streams = streams(id, null)) {
      backend.start(id);
      assertThat(streams.stdoutToEnd()).isEqualTo("again\n");
    }
  }

  @Test
  void sameIdTwiceFailsAndTheFirstGoesOn() throws IOException {
    String id = create(Specs.of(root, "sh", "-c", "read line; echo got $line"), true);
    try (ProcessStreams streams = streams(id, null)) {
      backend.start(id);
      assertFails(
          ErrorClass.ALREADY_EXISTS,
          () -> backend.create(new TaskSpec(id, Specs.of(root, "true"), rootMounts(root), false)));
      streams.write("through\n");
      assertThat(streams.stdoutToEnd()).isEqualTo("got through\n");
    }
    assertThat(recorder.await(id, null).exitCode()).isZero();
  }

  @Test
  void failedCreateLeavesNothingBehind() throws IOException {
    String id = newId();
    Mount missing = new Mount("bind", directory.resolve("not there").toString(), "", List.of("rw", "rbind"));
    Throwable failure =
        catchThrowable(() -> backend.create(new TaskSpec(id, Specs.of(root, "true"), List.of(missing), false)));
    assertThat(failure).isInstanceOf(ProaException.class);
    assertThat(backend.walk()).doesNotContain(id);
    assertFails(ErrorClass.NOT_FOUND, () -> backend.state(id, null));
    backend.create(new TaskSpec(id, Specs.of(root, "sh", "-c", "exit 6"), rootMounts(root), false));
    backend.start(id);
    assertThat(recorder.await(id, null).exitCode()).isEqualTo(6);
  }

  // --- calls in a wrong state change nothing

  @Test
  void secondStartIsAConflict() {
    String id = run("exec sleep 600");
    assertFails(ErrorClass.CONFLICT, () -> backend.start(id));
    assertThat(backend.state(id, null).status()).isEqualTo(Status.RUNNING);
    backend.kill(id, null, Signal.SIGKILL, false);
    recorder.await(id, null);
    assertFails(ErrorClass.CONFLICT, () -> backend.start(id));
    assertThat(backend.state(id, null).status()).isEqualTo(Status.STOPPED);
  }

  @Test
  void pauseAndResumeNeedTheRightState() {
    String id = create("exec sleep 600");
    assertFails(ErrorClass.CONFLICT, () -> backend.pause(id));
    assertFails(ErrorClass.CONFLICT, () -> backend.resume(id));
    backend.start(id);
    assertFails(ErrorClass.CONFLICT, () -> backend.resume(id));
    backend.pause(id);
    assertFails(ErrorClass.CONFLICT, () -> backend.pause(id));
    assertThat(backend.state(id, null).status()).isEqualTo(Status.PAUSED);
    backend.resume(id);
    assertThat(backend.state(id, null).status()).isEqualTo(Status.RUNNING);
    backend.kill(id, null, Signal.SIGKILL, false);
    recorder.await(id, null);
    assertFails(ErrorClass.CONFLICT, () -> backend.pause(id));
    assertFails(ErrorClass.CONFLICT, () -> backend.resume(id));
  }

  @Test
  void execNeedsARunningTask() {
    String id = create("exec sleep 600");
    ExecSpec exec = new ExecSpec(id, "one", Specs.process(false, "true"), false, false);
    assertFails(ErrorClass.CONFLICT, () -> backend.exec(exec));
    backend.start(id);
    backend.kill(id, null, Signal.SIGKILL, false);
    recorder.await(id, null);
    assertFails(ErrorClass.CONFLICT, () -> backend.exec(exec));
  }

  @Test
  void endedProcessCannotBeKilled() {
    String id = run("exit 0");
    recorder.await(id, null);
    assertFails(ErrorClass.NOT_FOUND, () -> backend.kill(id, null, Signal.SIGTERM, false));
  }

  @Test
  void unknownIdsAreNotFound() {
    String id = "f".repeat(64);
    assertFails(ErrorClass.NOT_FOUND, () -> backend.start(id));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.state(id, null));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.streams(id, null));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.closeStdin(id, null));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.kill(id, null, Signal.SIGTERM, false));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.resize(id, null, 24, 80));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.pause(id));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.resume(id));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.update(id, Spec.Resources.none()));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.stats(id));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.pids(id));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.exec(new ExecSpec(id, "one", Specs.process(false, "true"), false, false)));
    String known = run("exec sleep 600");
    assertFails(ErrorClass.NOT_FOUND, () -> backend.state(known, "no such exec"));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.streams(known, "no such exec"));
    assertFails(ErrorClass.NOT_FOUND, () -> backend.kill(known, "no such exec", Signal.SIGTERM, false));
  }

  // --- streams

  @Test
  void outputAndErrorsAreSeparate() throws IOException {
    String id = create("echo out; echo err >&2");
    try (ProcessStreams streams = streams(id, null)) {
      assertThat(streams.isTerminal()).isFalse();
      backend.start(id);
      assertThat(streams.stdoutToEnd()).isEqualTo("out\n");
      assertThat(streams.stderrToEnd()).isEqualTo("err\n");
    }
    recorder.await(id, null);
  }

  @Test
  void inputIsHalfClosed() throws IOException {
    String id = create(Specs.of(root, "sh", "-c", "cat; echo and out"), true);
    try (ProcessStreams streams = streams(id, null)) {
      backend.start(id);
      streams.write("in\n");
      streams.stdoutUntil("in\n");
      streams.closeStdin();
      backend.closeStdin(id, null);
      assertThat(streams.stdoutToEnd()).isEqualTo("and out\n");
    }
    assertThat(recorder.await(id, null).exitCode()).isZero();
  }

  @Test
  void withoutInputItReadsAsEmpty() throws IOException {
    String id = create(Specs.of(root, "cat"), false);
    try (ProcessStreams streams = streams(id, null)) {
      assertThat(streams.hasStdin()).isFalse();
      backend.start(id);
      assertThat(streams.stdoutToEnd()).isEmpty();
    }
    assertThat(recorder.await(id, null).exitCode()).isZero();
  }

  @Test
  void moreThanAPipeHoldsComesThrough() throws IOException {
    String id = create("yes 0123456789abcdef | head -n 200000");
    try (ProcessStreams streams = streams(id, null)) {
      backend.start(id);
      assertThat(streams.stdoutToEnd()).hasSize(200_000 * 17);
    }
    assertThat(recorder.await(id, null).exitCode()).isZero();
  }

  @Test
  void outputCanBeReadAfterTheEnd() throws IOException {
    String id = run("echo late");
    recorder.await(id, null);
    // acknowledged, but not deleted: what a pipe still holds may be asked for, or be gone with NOT_FOUND
    try (ProcessStreams streams = streams(id, null)) {
      assertThat(streams.stdoutToEnd()).isEqualTo("late\n");
    } catch (ProaException e) {
      assertThat(e.errorClass()).isEqualTo(ErrorClass.NOT_FOUND);
    }
  }

  @Test
  void terminalIsATerminalAndHasASize() throws IOException {
    String id = create(Specs.withTerminal(root, "sh", "-c", "test -t 0 && test -t 1 && test -t 2 && stty size; read line; stty size"), true);
    try (ProcessStreams streams = streams(id, null)) {
      assertThat(streams.isTerminal()).isTrue();
      assertThat(streams.hasStderr()).isFalse();
      backend.start(id);
      streams.stdoutUntil("24 80");
      backend.resize(id, null, 33, 101);
      streams.write("\n");
      streams.stdoutUntil("33 101");
    }
    assertThat(recorder.await(id, null).exitCode()).isZero();
  }

  @Test
  void withoutATerminalThereIsNothingToResize() {
    String id = run("exec sleep 600");
    assertFails(ErrorClass.FAILED_PRECONDITION, () -> backend.resize(id, null, 24, 80));
  }

  // --- exec

  @Test
  void execRunsInTheTask() throws IOException {
    String id = run("echo mine > /tmp/seen; exec sleep 600");
    recorder.hold(); // until its streams are there
    backend.exec(new ExecSpec(id, "look", Specs.process(false, "sh", "-c", "while ! cat /tmp/seen; do :; done 2>/dev/null; hostname; exit 9"), false, false));
    try (ProcessStreams streams = streams(id, "look")) {
      recorder.release();
      assertThat(streams.stdoutToEnd()).isEqualTo("mine\nconformance\n");
    }
    assertThat(recorder.await(id, "look").exitCode()).isEqualTo(9);
    assertThat(backend.state(id, null).status()).isEqualTo(Status.RUNNING);
  }

  @Test
  void execHasItsOwnInputAndSignals() throws IOException {
    String id = run("exec sleep 600");
    backend.exec(new ExecSpec(id, "one", Specs.process(false, "sh", "-c", "cat; echo done"), true, false));
    backend.exec(new ExecSpec(id, "two", Specs.process(false, "sleep", "600"), false, false));
    try (ProcessStreams streams = streams(id, "one")) {
      streams.write("line\n");
      streams.stdoutUntil("line\n");
      streams.closeStdin();
      backend.closeStdin(id, "one");
      streams.stdoutUntil("done");
    }
    backend.kill(id, "two", Signal.SIGTERM, false);
    assertThat(recorder.await(id, "one").exitCode()).isZero();
    assertThat(recorder.await(id, "two").exitCode()).isEqualTo(128 + Signal.SIGTERM);
    assertThat(backend.state(id, null).status()).isEqualTo(Status.RUNNING);
  }

  @Test
  void execOfWhatIsNotThereLeavesTheTaskAlone() {
    String id = run("exec sleep 600");
    assertThatThrownBy(() -> backend.exec(new ExecSpec(id, "one", Specs.process(false, "no-such-program"), false, false)))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.NOT_FOUND))
        .hasMessageContaining("executable file not found");
    assertThat(backend.state(id, null).status()).isEqualTo(Status.RUNNING);
  }

  @Test
  void endOfTheTaskEndsItsExecs() {
    String id = run("exec sleep 600");
    backend.exec(new ExecSpec(id, "one", Specs.process(false, "sleep", "600"), false, false));
    backend.kill(id, null, Signal.SIGKILL, false);
    assertThat(recorder.await(id, null).exitCode()).isEqualTo(137);
    assertThat(recorder.await(id, "one").exitCode()).isEqualTo(137);
  }

  // --- what the process sees

  @Test
  void taskHasItsOwnNamespaces() throws IOException {
    assertThat(output("echo $$; hostname; cat /etc/passwd | head -n 1")).isEqualTo("1\nconformance\nroot:x:0:0:root:/root:/bin/sh\n");
  }

  @Test
  void processHasTheEnvironmentAndFolderItWasGiven() throws IOException {
    Spec spec = Specs.of(root, "sh", "-c", "pwd; env | grep ^PATH=; id -u; id -g; umask");
    Spec.Process p = spec.process();
    Spec.Process other =
        new Spec.Process(
            p.terminal(), p.consoleSize(), new Spec.User(65534, 65534, 027, List.of()), List.of("sh", "-c", "pwd; echo $GREETING; id -u; id -g; umask"),
            List.of("PATH=/bin", "GREETING=hello there"), "/tmp", p.capabilities(), p.rlimits(), true, null, null);
    assertThat(output(spec.withProcess(other))).isEqualTo("/tmp\nhello there\n65534\n65534\n0027\n");
  }

  @Test
  void argumentsArriveAsTheyAre() throws IOException {
    assertThat(output(Specs.of(root, "echo", "a b", "", "'\"$x\\", "ü"))).isEqualTo("a b  '\"$x\\ ü\n");
  }

  @Test
  void readOnlyRootCannotBeWritten() throws IOException {
    Spec spec = Specs.of(root, "sh", "-c", "touch /new 2>/dev/null && echo wrote || echo refused");
    Spec readOnly =
        new Spec(
            spec.ociVersion(), spec.process(), new Spec.Root(root.toString(), true), spec.hostname(), null, spec.mounts(), null, spec.linux(),
            spec.annotations());
    assertThat(output(readOnly)).isEqualTo("refused\n");
  }

  // --- pause, limits, numbers

  @Test
  void pausedTaskDoesNothingUntilItIsResumed() throws IOException {
    String id = create("trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done");
    try (ProcessStreams streams = streams(id, null)) {
      backend.start(id);
      streams.stdoutUntil("ready");
    }
    backend.pause(id);
    backend.kill(id, null, Signal.SIGTERM, false);
    assertThat(recorder.await(id, null, A_MOMENT)).as("an end while paused").isNull();
    backend.resume(id);
    assertThat(recorder.await(id, null).exitCode()).isEqualTo(3);
  }

  @Test
  void pausedTaskCanBeDeleted() {
    String id = run("exec sleep 600");
    backend.pause(id);
    backend.delete(id);
    assertThat(backend.walk()).doesNotContain(id);
  }

  @Test
  void pidsAreThoseOfAllProcesses() throws IOException {
    String id = create("sleep 600 & echo ready; wait");
    try (ProcessStreams streams = streams(id, null)) {
      backend.start(id);
      streams.stdoutUntil("ready");
    }
    assertThat(backend.pids(id)).hasSize(hostProcesses(2)).contains(backend.state(id, null).pid()).doesNotContain(Processes.getpid());
  }

  @Test
  void statisticsAreTheKernels() throws IOException {
    String id = create("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo ready; exec sleep 600");
    try (ProcessStreams streams = streams(id, null)) {
      backend.start(id);
      streams.stdoutUntil("ready");
    }
    TaskStats stats = backend.stats(id);
    assertThat(stats.cpuTotalNs()).isPositive();
    assertThat(stats.memoryUsageBytes()).isPositive();
    assertThat(stats.memoryLimitBytes()).isPositive();
    if (backend.features().has(BackendFeatures.Limit.PIDS)) {
      assertThat(stats.pids()).isEqualTo(1);
    }
  }

  @Test
  void limitsCanBeChangedWhileRunning() {
    assumeTrue(backend.features().has(BackendFeatures.Limit.PIDS) && backend.features().has(BackendFeatures.Limit.MEMORY), "this host has no limits of pids and memory");
    String id = run("exec sleep 600");
    backend.update(
        id,
        new Spec.Resources(
            List.of(), new Spec.Memory(64L << 20, null, null, null, null, null), null, 17L, null, List.of(), java.util.Map.of()));
    assertThat(backend.stats(id).pidsLimit()).isEqualTo(17);
    assertThat(backend.stats(id).memoryLimitBytes()).isEqualTo(64L << 20);
    backend.update(id, Spec.Resources.none());
    assertThat(backend.stats(id).pidsLimit()).as("null changes nothing").isEqualTo(17);
  }

  // --- a second instance

  @Test
  void secondInstanceAdoptsWhatRuns() throws Exception {
    String running = create(Specs.of(root, "sh", "-c", "echo before; read line; echo after $line; exit 8"), true);
    String created = create("exit 2");
    try (ProcessStreams streams = streams(running, null)) {
      backend.start(running);
      streams.stdoutUntil("before");
    }
    backend.close();
    TaskRecorder ear = new TaskRecorder();
    IsolationBackend second = newBackend();
    second.open(context, ear);
    backend = second;
    assertThat(second.walk()).contains(running, created);
    assertThat(second.adopt(List.of(running, created)))
        .extracting(TaskState::id, TaskState::status)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple(running, Status.RUNNING), org.assertj.core.groups.Tuple.tuple(created, Status.CREATED));
    try (ProcessStreams streams = streams(running, null)) {
      streams.write("restart\n");
      streams.stdoutUntil("after restart");
    }
    assertThat(ear.await(running, null).exitCode()).isEqualTo(8);
    second.start(created);
    assertThat(ear.await(created, null).exitCode()).isEqualTo(2);
  }

  @Test
  void endWhileNobodyListenedIsToldAtAdoption() throws Exception {
    String id = create(Specs.of(root, "sh", "-c", "read line; exit 11"), true);
    backend.start(id);
    try (ProcessStreams streams = streams(id, null)) {
      int pid = backend.state(id, null).pid();
      backend.close();
      streams.write("go\n");
      awaitDeath(pid);
    }
    TaskRecorder ear = new TaskRecorder();
    IsolationBackend second = newBackend();
    second.open(context, ear);
    backend = second;
    second.adopt(List.of(id));
    TaskExit exit = ear.await(id, null);
    assertThat(exit.known()).isTrue();
    assertThat(exit.exitCode()).isEqualTo(11);
  }

  @Test
  void execIsAdoptedWithItsTask() throws Exception {
    String id = run("exec sleep 600");
    backend.exec(new ExecSpec(id, "one", Specs.process(false, "sh", "-c", "read line; echo got $line; exit 12"), true, false));
    backend.close();
    TaskRecorder ear = new TaskRecorder();
    IsolationBackend second = newBackend();
    second.open(context, ear);
    backend = second;
    second.adopt(List.of(id));
    try (ProcessStreams streams = streams(id, "one")) {
      streams.write("it\n");
      streams.stdoutUntil("got it");
    }
    assertThat(ear.await(id, "one").exitCode()).isEqualTo(12);
  }

  @Test
  void newVersionTakesOverWhileTheOldOneIsStillOpen() throws IOException {
    String id = create("trap 'exit 13' TERM; echo ready; while :; do sleep 0.05; done");
    try (ProcessStreams streams = streams(id, null)) {
      backend.start(id);
      streams.stdoutUntil("ready");
    }
    IsolationBackend old = backend;
    TaskRecorder ear = new TaskRecorder();
    IsolationBackend next = newBackend();
    next.open(context, ear);
    backend = next;
    assertThat(next.adopt(List.of(id))).extracting(TaskState::status).containsExactly(Status.RUNNING);
    old.close();
    assertThat(next.state(id, null).status()).isEqualTo(Status.RUNNING);
    next.kill(id, null, Signal.SIGTERM, false);
    assertThat(ear.await(id, null).exitCode()).isEqualTo(13);
  }

  @Test
  void taskThatTheOldVersionCreatedIsStartedByTheNewOneWithoutBeingAdoptedFirst() throws Exception {
    IsolationBackend old = backend;
    TaskRecorder ear = new TaskRecorder();
    IsolationBackend next = newBackend();
    next.open(context, ear);
    String id = create("exit 14");
    backend = next;
    try (ProcessStreams streams = streams(id, null)) {
      assertThat(next.state(id, null).status()).isEqualTo(Status.CREATED);
      next.start(id);
      assertThat(streams.stdoutToEnd()).isEmpty();
    }
    assertThat(ear.await(id, null).exitCode()).isEqualTo(14);
    old.close();
  }

  @Test
  void taskAndExecThatTheOldVersionStartedAreKnownToTheNewOneWhenAskedFor() throws Exception {
    IsolationBackend old = backend;
    TaskRecorder ear = new TaskRecorder();
    IsolationBackend next = newBackend();
    next.open(context, ear);
    String id = run("exec sleep 600");
    assertThat(next.state(id, null).status()).isEqualTo(Status.RUNNING);
    old.exec(new ExecSpec(id, "one", Specs.process(false, "sh", "-c", "read line; exit 15"), true, false));
    backend = next;
    try (ProcessStreams streams = streams(id, "one")) {
      old.close();
      streams.write("go\n");
      assertThat(ear.await(id, "one").exitCode()).isEqualTo(15);
    }
    next.kill(id, null, Signal.SIGKILL, false);
    assertThat(ear.await(id, null).exitCode()).isEqualTo(137);
  }

  @Test
  void taskThatIsGoneIsToldAsEndedWithAnUnknownStatus() {
    String id = newId();
    Collection<TaskState> found = backend.adopt(List.of(id));
    assertThat(found).isEmpty();
    TaskExit exit = recorder.await(id, null);
    assertThat(exit.known()).isFalse();
    assertThat(exit.exitCode()).isEqualTo(255);
  }

  private static void awaitDeath(int pid) throws IOException, InterruptedException {
    ProcessHandle process = ProcessHandle.of(pid).orElse(null);
    if (process == null) {
      return;
    }
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (System.nanoTime() < deadline) {
      try {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        if (stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z")) {
          return;
        }
      } catch (IOException e) {
        return; // reaped
      }
      Thread.onSpinWait();
    }
    throw new AssertionError("process " + pid + " did not end");
  }

  /** Whether the host's kernel still has the process. */
  protected static boolean isAlive(int pid) {
    try {
      Processes.kill(pid, 0);
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }
}
