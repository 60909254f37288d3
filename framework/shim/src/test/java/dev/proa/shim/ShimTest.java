package dev.proa.shim;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.none;
import static dev.proa.spawn.Arg.number;
import static dev.proa.spawn.Arg.string;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.PidFd;
import dev.proa.linux.Pipe;
import dev.proa.linux.Processes;
import dev.proa.linux.Sockets;
import dev.proa.linux.Terminals;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Mount;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Socket;
import dev.proa.linux.abi.Syscall;
import dev.proa.linux.abi.Tty;
import dev.proa.spawn.Arg;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnFailure;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.StatusRecord;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.Streams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Plans that run for real, as root, through a real shim. */
@Timeout(60)
class ShimTest {
  private static ShimUnderTest test;

  @BeforeAll
  static void start() throws Exception {
    assumeThat(Processes.geteuid()).as("needs root").isZero();
    test = new ShimUnderTest();
  }

  @AfterAll
  static void stop() throws Exception {
    if (test != null) {
      test.close();
    }
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    assertThat(test.shim.list()).isEmpty();
    assertThat(test.shim.parked()).isEmpty();
  }

  @Test
  void aCommandRunsAndItsOutputAndExitCodeComeBack() throws Exception {
    SpawnRequest request = SpawnRequest.of("hello", ShimUnderTest.shell("hello", "echo out; echo err >&2; exit 7")).stdio(Stdio.OUTPUT);
    try (Spawned spawned = test.shim.spawn(request)) {
      spawned.awaitReady();
      try (Streams streams = test.shim.streams("hello")) {
        assertThat(ShimUnderTest.readAll(streams.stdout().orElseThrow())).isEqualTo("out\n");
        assertThat(ShimUnderTest.readAll(streams.stderr().orElseThrow())).isEqualTo("err\n");
      }
      ProcessExit exit = ended("hello");
      assertThat(exit.pid()).isEqualTo(spawned.pid());
      assertThat(exit.status().orElseThrow().exitCode()).isEqualTo(7);
    }
  }

  @Test
  void standardInputEndsAlsoForOneWhoNeverAskedForTheStreams() throws Exception {
    SpawnRequest request = SpawnRequest.of("deaf", ShimUnderTest.shell("deaf", "cat; exit 3")).stdio(Stdio.PIPES);
    try (Spawned spawned = test.shim.spawn(request)) {
      spawned.awaitReady();
      test.shim.closeStdin("deaf");
      assertThat(ended("deaf").status().orElseThrow().exitCode()).isEqualTo(3);
    }
  }

  @Test
  void standardInputEndsWhenBothEndsAreClosed() throws Exception {
    SpawnRequest request = SpawnRequest.of("cat", ShimUnderTest.shell("cat", "cat; echo done")).stdio(Stdio.PIPES);
    try (Spawned spawned = test.shim.spawn(request)) {
      spawned.awaitReady();
      try (Streams streams = test.shim.streams("cat")) {
        Io.writeFully(streams.stdin().orElseThrow(), "line\n".getBytes(StandardCharsets.UTF_8));
        streams.stdin().orElseThrow().close();
        test.shim.closeStdin("cat");
        assertThat(ShimUnderTest.readAll(streams.stdout().orElseThrow())).isEqualTo("line\ndone\n");
      }
      assertThat(ended("cat").status().orElseThrow().exitCode()).isZero();
    }
  }

  @Test
  void pipesHoldOneMebibyteWhileNobodyReads() throws Exception {
    SpawnPlan plan = ShimUnderTest.shell("big", "head -c 1048576 /dev/zero");
    try (Spawned spawned = test.shim.spawn(SpawnRequest.of("big", plan).stdio(Stdio.OUTPUT))) {
      assertThat(ended("big", false).status().orElseThrow().exitCode()).isZero();
      try (Streams streams = test.shim.streams("big")) {
        assertThat(ShimUnderTest.readAll(streams.stdout().orElseThrow())).hasSize(1 << 20);
      }
      test.shim.acknowledge("big");
      assertThat(spawned.pid()).isPositive();
    }
  }

  @Test
  void aFailedStepIsNamedWithItsCallItsArgumentsAndItsErrno() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("broken");
    ShimUnderTest.start(plan);
    int step = plan.call("mount nonsense", Syscall.FSOPEN, string("nonsensefs"), flags("FSOPEN_CLOEXEC", Mount.FSOPEN_CLOEXEC)).index();
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    SpawnException e = failureOf("broken", plan.build());
    assertThat(e)
        .hasMessage("cannot start broken: step " + step + " \"mount nonsense\": fsopen(\"nonsensefs\", FSOPEN_CLOEXEC) ENODEV: no such device");
    assertThat(e.failure()).isInstanceOf(SpawnFailure.StepFailed.class);
  }

  @Test
  void toleratedErrnosSkipWhatTheyShouldAndNothingElse() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("tolerant");
    ShimUnderTest.start(plan);
    SpawnPlan.Label absent = plan.label();
    Arg opened =
        plan.call(
                "open what is not there",
                Syscall.OPENAT,
                flags("AT_FDCWD", Fcntl.AT_FDCWD),
                string("/nonexistent"),
                flags("O_RDONLY", Fcntl.O_RDONLY))
            .tolerating(Errno.EACCES, Errno.ENOENT)
            .otherwise(absent)
            .result();
    plan.call("never reached", Syscall.DUP3, opened, number(1), number(0));
    plan.mark(absent);
    plan.check("the errno is there as a negative number", opened, 0xffffffffL, 0xfffffffeL, Errno.EPROTO);
    plan.exec("run", List.of("/bin/echo"), List.of("echo", "here"), List.of());
    assertThat(outputOf("tolerant", plan.build())).isEqualTo("here\n");

    SpawnPlan.Builder strict = SpawnPlan.builder("strict");
    ShimUnderTest.start(strict);
    strict.call("chdir", Syscall.CHDIR, string("/nonexistent")).tolerating(Errno.EACCES);
    strict.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    assertThat(failureOf("strict", strict.build())).hasMessageContaining("\"chdir\": chdir(\"/nonexistent\") ENOENT");
  }

  @Test
  void aCheckThatDoesNotHoldIsAFailure() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("checked");
    ShimUnderTest.start(plan);
    Arg.Buffer statfs = plan.buffer("statfs", 120);
    plan.call("what is /", Syscall.STATFS, string("/"), statfs);
    plan.check("/ is procfs", statfs.load(0), -1L, 0x9fa0, Errno.ELOOP);
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    assertThat(failureOf("checked", plan.build())).hasMessageContaining("\"/ is procfs\": check(statfs[0] & 0xffffffffffffffff == 0x9fa0, else ELOOP) ELOOP");
  }

  @Test
  void anUnknownCommandIs127AndOneThatMayNotRunIs126() throws Exception {
    assertThat(execFailure("nonsense-command", "/usr/bin:/bin")).returns(127, SpawnFailure.ExecFailed::exitCode).hasToString("exec \"nonsense-command\": ENOENT: no such file or directory");
    assertThat(execFailure("/no/such/thing", "")).returns(127, SpawnFailure.ExecFailed::exitCode);
    assertThat(execFailure("/etc/passwd", "")).returns(126, SpawnFailure.ExecFailed::exitCode).hasToString("exec \"/etc/passwd\": EACCES: permission denied");
    assertThat(execFailure("/etc", "")).returns(126, SpawnFailure.ExecFailed::exitCode);
    assertThat(execFailure("passwd", "/nowhere:/etc:/sbin/nowhere")).returns("/etc/passwd", SpawnFailure.ExecFailed::path).returns(Errno.EACCES, SpawnFailure.ExecFailed::errno);
    assertThat(execFailure("/etc/passwd/x", "")).returns(Errno.ENOTDIR, SpawnFailure.ExecFailed::errno);
  }

  @Test
  void aCommandIsFoundAlongThePath() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("path");
    ShimUnderTest.start(plan);
    plan.execAlongPath("run", List.of("echo", "found"), List.of(), "/nowhere:/etc/passwd:/usr/bin:/bin");
    assertThat(outputOf("path", plan.build())).isEqualTo("found\n");
  }

  @Test
  void nothingOfTheJvmIsLeftInTheProgram() throws Exception {
    String script =
        """
        ls /proc/self/fd | tr '\\n' ' '; echo
        cat /proc/self/status | grep -E '^(SigBlk|SigIgn|SigCgt|CapInh|CapAmb|Umask)' | tr -d ':' | tr '\\t\\n' '= '; echo
        cat /proc/self/oom_score_adj
        ulimit -Sn
        env | sort | tr '\\n' ' '; echo
        awk '{print ($5 == $6) " " $7 " " $19}' /proc/$$/stat
        """;
    // ls opens the directory itself, as 3; sh sets PWD, OLDPWD or _ in the environment.
    assertThat(outputOf("clean", ShimUnderTest.shell("clean", script)).lines().toList())
        .containsExactly(
            "0 1 2 3 ",
            "Umask=0022 SigBlk=0000000000000000 SigIgn=0000000000000000 SigCgt=0000000000000000 CapInh=0000000000000000 CapAmb=0000000000000000 ",
            "0",
            "1024",
            "PATH=/usr/bin:/bin PWD=/ ",
            "1 0 0");
  }

  @Test
  void keysOfOneProcessAreNotFoundByTheNext() throws Exception {
    int session = -3; // KEY_SPEC_SESSION_KEYRING of linux/keyctl.h
    int search = 10; // KEYCTL_SEARCH
    SpawnPlan.Builder first = SpawnPlan.builder("keeper");
    ShimUnderTest.start(first);
    first.call("add a key", Syscall.ADD_KEY, string("user"), string("proa-test"), string("secret"), number(6), number(session));
    first.call("find it", Syscall.KEYCTL, number(search), number(session), string("user"), string("proa-test"), number(0));
    first.exec("run", List.of("/bin/sh"), List.of("sh", "-c", "read x"), List.of());
    SpawnPlan.Builder second = SpawnPlan.builder("seeker");
    ShimUnderTest.start(second);
    second.call("find it", Syscall.KEYCTL, number(search), number(session), string("user"), string("proa-test"), number(0));
    second.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    try (Spawned keeper = test.shim.spawn(SpawnRequest.of("keeper", first.build()).stdio(Stdio.PIPES))) {
      keeper.awaitReady();
      try (Spawned seeker = test.shim.spawn(SpawnRequest.of("seeker", second.build()))) {
        assertThatThrownBy(seeker::awaitReady).isInstanceOf(SpawnException.class).hasMessageContaining("\"find it\"").hasMessageContaining("ENOKEY");
      }
      keeper.pidfd().signal(9);
    }
    test.shim.exit("keeper").get(10, TimeUnit.SECONDS);
    test.shim.acknowledge("keeper");
  }

  @Test
  void aPlanWaitsAtItsGateUntilItIsReleased() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("gated");
    ShimUnderTest.start(plan);
    plan.gate("mappings");
    plan.gate("start");
    plan.exec("run", List.of("/bin/echo"), List.of("echo", "started"), List.of());
    try (Spawned spawned = test.shim.spawn(SpawnRequest.of("gated", plan.build()).stdio(Stdio.OUTPUT))) {
      int first = spawned.awaitGate();
      assertThat(test.shim.list()).singleElement().returns(ShimProcess.Phase.WAITING, ShimProcess::phase).returns(first, ShimProcess::gate);
      spawned.release();
      spawned.release(); // ahead of the second gate is fine too
      spawned.awaitReady();
      try (Streams streams = test.shim.streams("gated")) {
        assertThat(ShimUnderTest.readAll(streams.stdout().orElseThrow())).isEqualTo("started\n");
      }
      assertThat(ended("gated").status().orElseThrow().exitCode()).isZero();
    }
  }

  @Test
  void aPlanKilledAtItsGateSaysSo() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("victim");
    ShimUnderTest.start(plan);
    plan.gate("start");
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    try (Spawned spawned = test.shim.spawn(SpawnRequest.of("victim", plan.build()))) {
      spawned.awaitGate();
      spawned.pidfd().signal(Signal.SIGKILL);
      assertThatThrownBy(spawned::awaitReady).isInstanceOf(SpawnException.class).hasMessage("cannot start victim: the process killed by signal 9 before its program ran");
    }
  }

  @Test
  void aPlanThatStopsItselfIsKilledAtItsDeadline() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("stopped");
    ShimUnderTest.start(plan);
    Arg pid = plan.call("who am I", Syscall.GETPID).result();
    plan.call("stop", Syscall.KILL, pid, flags("SIGSTOP", Signal.SIGSTOP));
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    long start = System.nanoTime();
    try (Spawned spawned = test.shim.spawn(SpawnRequest.of("stopped", plan.build()).deadline(Duration.ofMillis(200)))) {
      assertThatThrownBy(spawned::awaitReady)
          .isInstanceOf(SpawnException.class)
          .hasMessage("cannot start stopped: not done after 200 ms, in state T (stopped); killed");
      assertThat(spawned.pidfd().awaitEnd(5000)).isTrue();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(200), Duration.ofSeconds(5));
  }

  @Test
  void timeAtAGateDoesNotCountAgainstTheDeadline() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("patient");
    ShimUnderTest.start(plan);
    plan.gate("start");
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    try (Spawned spawned = test.shim.spawn(SpawnRequest.of("patient", plan.build()).deadline(Duration.ofMillis(300)))) {
      spawned.awaitGate();
      assertThat(spawned.pidfd().awaitEnd(600)).isFalse();
      spawned.release();
      spawned.awaitReady();
      assertThat(ended("patient").status().orElseThrow().exitCode()).isZero();
    }
  }

  @Test
  void aProcessIsPidOneOfItsNewNamespacesAndSeesItsOwnProc() throws Exception {
    SpawnPlan.Builder plan = container("c1");
    ShimUnderTest.start(plan);
    isolate(plan);
    plan.exec("run", List.of("/bin/sh"), List.of("sh", "-c", "echo $$ $(hostname) $(ls /proc | grep -c '^[0-9]')"), List.of("PATH=/bin:/usr/bin"));
    // sh, its subshell, ls and grep
    assertThat(outputOf("c1", plan.build())).matches("1 c1 [2-4]\n");
  }

  @Test
  void anExecJoinsAContainerAndIsTheShimsChildAllTheSame() throws Exception {
    assumeNoChroot();
    SpawnPlan.Builder plan = container("c2");
    ShimUnderTest.start(plan);
    isolate(plan);
    plan.exec("run", List.of("/bin/sleep"), List.of("sleep", "100"), List.of());
    try (Spawned container = test.shim.spawn(SpawnRequest.of("c2", plan.build()))) {
      container.awaitReady();
      SpawnPlan.Builder exec = SpawnPlan.builder("exec");
      ShimUnderTest.start(exec);
      exec.call(
          "join",
          Syscall.SETNS,
          exec.descriptor("container"),
          flags("all", Sched.CLONE_NEWNS | Sched.CLONE_NEWUTS | Sched.CLONE_NEWPID | Sched.CLONE_NEWIPC));
      exec.cloneVisible("clone", 0);
      exec.call("own session", Syscall.SETSID);
      exec.exec("run", List.of("/bin/sh"), List.of("sh", "-c", "hostname; ls -d /proc/[0-9]* | wc -l; cat /proc/1/comm; kill -9 $$"), List.of("PATH=/bin:/usr/bin"));
      SpawnRequest request = SpawnRequest.of("c2/exec", exec.build()).descriptor("container", container.pidfd()).stdio(Stdio.OUTPUT);
      try (Spawned spawned = test.shim.spawn(request)) {
        spawned.awaitReady();
        try (Streams streams = test.shim.streams("c2/exec")) {
          assertThat(ShimUnderTest.readAll(streams.stdout().orElseThrow())).matches("c2\n[34]\nsleep\n"); // init, sh, ls and perhaps wc already
        }
        ProcessExit exit = ended("c2/exec");
        assertThat(exit.pid()).isEqualTo(spawned.pid());
        assertThat(exit.status().orElseThrow()).hasToString("killed by signal 9");
      }
      container.pidfd().signal(Signal.SIGKILL);
      assertThat(ended("c2").status().orElseThrow().exitCode()).isEqualTo(137);
    }
  }

  @Test
  void aFailureAfterTheSecondCloneIsToldAsOneBeforeIt() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("late");
    ShimUnderTest.start(plan);
    plan.cloneVisible("clone", 0);
    plan.call("chdir", Syscall.CHDIR, string("/nonexistent"));
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    assertThat(failureOf("late", plan.build())).hasMessageContaining("\"chdir\": chdir(\"/nonexistent\") ENOENT");

    SpawnPlan.Builder early = SpawnPlan.builder("early");
    ShimUnderTest.start(early);
    early.call("chdir", Syscall.CHDIR, string("/nonexistent"));
    early.cloneVisible("clone", 0);
    early.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    assertThat(failureOf("early", early.build())).hasMessageContaining("\"chdir\": chdir(\"/nonexistent\") ENOENT");
  }

  /** As somebody in a container does who gets hold of the descriptor (pidfd_getfd). */
  @Test
  void aForgedReportIsNotBelieved() throws Exception {
    try (Spawned victim = test.shim.spawn(SpawnRequest.of("victim", ShimUnderTest.shell("victim", "exec sleep 1000")))) {
      victim.awaitReady();
      SpawnPlan.Builder plan = SpawnPlan.builder("forger");
      ShimUnderTest.start(plan);
      plan.cloneVisible("clone", 0);
      for (byte[] forged : List.of(new StatusRecord(StatusRecord.Kind.PID, 0, victim.pid(), 0).encode(), new byte[7], new byte[0], new byte[4000])) {
        plan.call("forge", Syscall.WRITE, plan.descriptor(SpawnPlan.STATUS), plan.buffer("forged", forged), number(forged.length));
      }
      plan.exec("run", List.of("/bin/sh"), List.of("sh", "-c", "exit 7"), List.of());
      try (Spawned forger = test.shim.spawn(SpawnRequest.of("forger", plan.build()))) {
        forger.awaitReady();
        assertThat(forger.pid()).isNotEqualTo(victim.pid());
        assertThat(ended("forger").status().orElseThrow()).hasToString("exited with code 7");
      }
      assertThat(victim.pidfd().awaitEnd(0)).isFalse();
      victim.pidfd().signal(Signal.SIGKILL);
      assertThat(ended("victim").status().orElseThrow()).hasToString("killed by signal 9");
    }
  }

  @Test
  void aCloneThatIsNeverReportedIsKilled() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("mute");
    ShimUnderTest.start(plan);
    plan.call("nobody will hear of it", Syscall.CLOSE, plan.descriptor(SpawnPlan.STATUS));
    plan.cloneVisible("clone", 0);
    plan.call("ready is not heard either", Syscall.DUP3, number(1), plan.descriptor(SpawnPlan.STATUS), number(0));
    plan.exec("run", List.of("/bin/sleep"), List.of("sleep", "1000"), List.of());
    assertThat(failureOf("mute", plan.build())).hasMessage("cannot start mute: the process exited with code 125 before its program ran");
    ProcessHandle shim = ProcessHandle.of(test.shim.pid()).orElseThrow();
    for (long deadline = System.nanoTime() + 10_000_000_000L; shim.children().findAny().isPresent(); ) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  @Test
  void theShimOutlivesWhatIsMeantForTheDaemon() throws Exception {
    try (PidFd shim = PidFd.open(test.shim.pid())) {
      for (int signal : List.of(Signal.SIGHUP, Signal.SIGINT, Signal.SIGTERM)) {
        shim.signal(signal);
      }
      assertThat(shim.awaitEnd(200)).isFalse();
    }
    assertThat(Files.readString(Path.of("/proc/" + test.shim.pid() + "/stat")).replaceAll(".*\\) ", "").split(" ")[3]).isEqualTo(Integer.toString(test.shim.pid()));
    assertThat(outputOf("fine", ShimUnderTest.shell("fine", "cat /proc/self/status | grep SigIgn"))).isEqualTo("SigIgn:\t0000000000000000\n");
  }

  @Test
  void aSpawnWhoseCallerIsInterruptedLeavesNothing() throws Exception {
    SpawnPlan plan = ShimUnderTest.shell("unwanted", "exec sleep 1000");
    AtomicInteger interrupted = new AtomicInteger();
    for (int i = 0; i < 20; i++) {
      String name = "unwanted-" + i;
      Thread caller =
          Thread.ofVirtual()
              .start(
                  () -> {
                    Thread.currentThread().interrupt();
                    try (Spawned quick = test.shim.spawn(SpawnRequest.of(name, plan))) { // the answer may come before anybody waits for it
                      Thread.interrupted();
                      quick.pidfd().signal(Signal.SIGKILL);
                      ended(name);
                    } catch (InterruptedException expected) {
                      interrupted.incrementAndGet();
                    } catch (Exception e) {
                      throw new AssertionError(e);
                    }
                  });
      caller.join();
    }
    for (long deadline = System.nanoTime() + 20_000_000_000L; !test.shim.list().isEmpty(); ) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
    assertThat(interrupted).hasPositiveValue();
  }

  @Test
  void aTerminalIsOpenedByThePlanAndItsMasterComesBack() throws Exception {
    SpawnPlan plan = ShimUnderTest.terminal("tty", "read line; echo \"got $line\"; stty size; tty | cut -c1-9; read more");
    try (Spawned spawned = test.shim.spawn(SpawnRequest.of("tty", plan).stdio(Stdio.PTY))) {
      spawned.awaitReady();
      try (Streams streams = test.shim.streams("tty")) {
        Fd terminal = streams.terminal().orElseThrow();
        Terminals.resize(terminal, 33, 111);
        Io.writeFully(terminal, "hello\n".getBytes(StandardCharsets.UTF_8));
        StringBuilder seen = new StringBuilder();
        byte[] buffer = new byte[256];
        while (!seen.toString().endsWith("/dev/pts/\r\n")) {
          seen.append(new String(buffer, 0, Io.read(terminal, buffer, 0, buffer.length), StandardCharsets.UTF_8));
        }
        assertThat(seen.toString()).isEqualTo("hello\r\ngot hello\r\n33 111\r\n/dev/pts/\r\n");
        Io.writeFully(terminal, new byte[] {3}); // Ctrl-C
      }
      assertThat(ended("tty").status().orElseThrow().exitCode()).isEqualTo(130);
    }
  }

  @Test
  void aUserNamespaceGetsItsMappingsAtAGate() throws Exception {
    assumeThat(Path.of("/proc/self/ns/user")).exists();
    assumeNoChroot();
    SpawnPlan.Builder plan = SpawnPlan.builder("user");
    ShimUnderTest.start(plan);
    plan.call("user namespace", Syscall.UNSHARE, flags("CLONE_NEWUSER", Sched.CLONE_NEWUSER));
    plan.gate("uid_map");
    plan.call("uid", Syscall.SETRESUID, number(0), number(0), number(0));
    plan.cloneVisible("clone", Sched.CLONE_NEWPID);
    plan.exec("run", List.of("/bin/sh"), List.of("sh", "-c", "id -u; echo $$; read x"), List.of("PATH=/bin:/usr/bin"));
    try (Spawned spawned = test.shim.spawn(SpawnRequest.of("user", plan.build()).stdio(Stdio.PIPES))) {
      spawned.awaitGate();
      int unmapped = spawned.pid();
      Files.writeString(Path.of("/proc/" + unmapped + "/uid_map"), "0 100000 65536\n");
      spawned.release();
      spawned.awaitReady();
      assertThat(spawned.pid()).isNotEqualTo(unmapped);
      try (Streams streams = test.shim.streams("user")) {
        spawned.pidfd().signal(0);
        test.shim.closeStdin("user");
        streams.stdin().orElseThrow().close();
        assertThat(ShimUnderTest.readAll(streams.stdout().orElseThrow())).isEqualTo("0\n1\n");
      }
      ended("user");
    }
  }

  @Test
  void aProcessStartsInsideItsCgroupAndAFrozenOneDoesNotHangTheShim() throws Exception {
    Path root = Stream.of("/sys/fs/cgroup", "/sys/fs/cgroup/unified").map(Path::of).filter(p -> Files.exists(p.resolve("cgroup.procs"))).findFirst().orElse(null);
    Path mounted = root;
    if (mounted == null) {
      mounted = test.execRoot.resolve("cgroup2");
      Files.createDirectory(mounted);
      dev.proa.linux.Mounts.mount("cgroup2", mounted.toString(), "cgroup2", 0, null);
    }
    Path cgroup = mounted.resolve("proa-test-" + ProcessHandle.current().pid());
    try {
      Files.createDirectory(cgroup);
      try (Fd directory = Fs.open(cgroup.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
        SpawnRequest request = SpawnRequest.of("grouped", ShimUnderTest.shell("grouped", "grep ^0:: /proc/self/cgroup")).stdio(Stdio.OUTPUT).intoCgroup(directory);
        try (Spawned spawned = test.shim.spawn(request); Streams streams = test.shim.streams("grouped")) {
          spawned.awaitReady();
          assertThat(ShimUnderTest.readAll(streams.stdout().orElseThrow())).endsWith("/" + cgroup.getFileName() + "\n");
          ended("grouped");
        }
        Files.writeString(cgroup.resolve("cgroup.freeze"), "1");
        SpawnPlan frozen = ShimUnderTest.shell("frozen", "true");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
          Future<Spawned> hanging = threads.submit(() -> test.shim.spawn(SpawnRequest.of("frozen", frozen).intoCgroup(directory).deadline(Duration.ofMillis(500))));
          assertThat(outputOf("meanwhile", ShimUnderTest.shell("meanwhile", "echo alive"))).isEqualTo("alive\n");
          assertThatThrownBy(
                  () -> {
                    try (Spawned spawned = hanging.get(10, TimeUnit.SECONDS)) {
                      spawned.awaitReady();
                    }
                  })
              .hasStackTraceContaining("cannot start frozen");
        }
      }
    } finally {
      for (int i = 0; Files.exists(cgroup); i++) {
        try {
          Files.delete(cgroup);
        } catch (IOException e) {
          if (i > 100000) {
            throw e;
          }
          Thread.onSpinWait();
        }
      }
      if (root == null) {
        dev.proa.linux.Mounts.umount2(mounted.toString(), Mount.MNT_DETACH);
        Files.delete(mounted);
      }
    }
  }

  @Test
  @Timeout(300)
  void aKillOfAWholeGroupForWantOfMemoryDoesNotReachTheShim() throws Exception {
    Path root = Path.of("/sys/fs/cgroup");
    Path controllers = root.resolve("cgroup.controllers");
    assumeTrue(
        Files.exists(controllers) && Files.readString(controllers).contains("memory"),
        "this host has no memory controller in control groups v2");
    Files.writeString(root.resolve("cgroup.subtree_control"), "+memory");
    Path cgroup = Files.createDirectory(root.resolve("proa-oom-" + ProcessHandle.current().pid()));
    Files.writeString(cgroup.resolve("memory.max"), "16M");
    Files.writeString(cgroup.resolve("memory.oom.group"), "1");
    SpawnPlan hog = ShimUnderTest.shell("hog", "tail /dev/zero");
    SpawnPlan quick = ShimUnderTest.shell("quick", "true");
    int pid = test.shim.pid();
    try (Fd directory = Fs.open(cgroup.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
      for (int i = 0; i < 20; i++) {
        try (Spawned eater = test.shim.spawn(SpawnRequest.of("hog", hog).intoCgroup(directory))) {
          for (int j = 0; j < 100 && !eater.pidfd().awaitEnd(0); j++) {
            try (Spawned spawned = test.shim.spawn(SpawnRequest.of("quick", quick).intoCgroup(directory))) {
              spawned.awaitReady();
              ended("quick");
            } catch (SpawnException killed) {
              assertThat(killed.failure()).isNotInstanceOf(SpawnFailure.StepFailed.class);
            }
          }
          eater.pidfd().awaitEnd(10_000);
          eater.awaitReady();
          assertThat(ended("hog").status().orElseThrow().exitCode()).isEqualTo(137);
        } catch (SpawnException killed) {
          assertThat(killed.failure()).isInstanceOf(SpawnFailure.Ended.class);
        }
      }
      assertThat(Files.readString(cgroup.resolve("memory.events"))).doesNotContain("oom_group_kill 0");
    } finally {
      for (long deadline = System.nanoTime() + 10_000_000_000L; Files.exists(cgroup) && System.nanoTime() < deadline; ) {
        cgroup.toFile().delete();
      }
    }
    assertThat(cgroup).doesNotExist();
    assertThat(test.shim.pid()).isEqualTo(pid);
    assertThat(outputOf("alive", ShimUnderTest.shell("alive", "echo alive"))).isEqualTo("alive\n");
  }

  @Test
  void aNewDaemonFindsEverythingAgain() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("survivor");
    ShimUnderTest.start(plan);
    plan.gate("start");
    plan.exec("run", List.of("/bin/sh"), List.of("sh", "-c", "echo before; read x; echo $x; exit 3"), List.of());
    int pid;
    try (Spawned spawned = test.shim.spawn(SpawnRequest.of("survivor", plan.build()).stdio(Stdio.PIPES))) {
      pid = spawned.pid();
      spawned.awaitGate();
    }
    try (Pipe pipe = Io.pipe2(Fcntl.O_CLOEXEC)) {
      test.shim.park("socket", List.of(pipe.readEnd(), pipe.writeEnd()));
    }
    reconnect();
    try (Spawned spawned = test.shim.find("survivor")) {
      assertThat(spawned.pid()).isEqualTo(pid);
      spawned.awaitGate();
      spawned.release();
      spawned.awaitReady();
    }
    reconnect();
    try (Streams streams = test.shim.streams("survivor")) {
      Io.writeFully(streams.stdin().orElseThrow(), "after\n".getBytes(StandardCharsets.UTF_8));
      assertThat(ShimUnderTest.readAll(streams.stdout().orElseThrow())).isEqualTo("before\nafter\n");
    }
    test.shim.exit("survivor").get(10, TimeUnit.SECONDS);
    reconnect(); // the exit was not acknowledged
    BlockingQueue<ProcessExit> exits = new LinkedBlockingQueue<>();
    test.shim.onExit(exits::add);
    ProcessExit exit = exits.poll(10, TimeUnit.SECONDS);
    assertThat(exit).isNotNull();
    assertThat(exit.name()).isEqualTo("survivor");
    assertThat(exit.status().orElseThrow().exitCode()).isEqualTo(3);
    test.shim.acknowledge("survivor");
    List<Fd> parked = test.shim.fetch("socket");
    assertThat(parked).hasSize(2);
    Io.writeFully(parked.get(1), new byte[] {42});
    byte[] one = new byte[1];
    assertThat(Io.read(parked.get(0), one, 0, 1)).isOne();
    Fd.closeAll(parked);
    test.shim.unpark("socket");
    assertThat(test.shim.fetch("socket")).isEmpty();
  }

  @Test
  void onlyOneDaemonHasTheLease() {
    assertThatThrownBy(() -> test.launcher.connect().close())
        .isInstanceOf(IOException.class)
        .hasMessage("the shim (pid " + test.shim.pid() + ") is in use by the daemon with pid " + ProcessHandle.current().pid());
  }

  @Test
  void namesAreUniqueAndUnknownOnesAreRefused() throws Exception {
    try (Spawned spawned = test.shim.spawn(SpawnRequest.of("twin", ShimUnderTest.shell("twin", "read x")).stdio(Stdio.PIPES))) {
      spawned.awaitReady();
      assertThatThrownBy(() -> test.shim.spawn(SpawnRequest.of("twin", ShimUnderTest.shell("twin", "true"))).close()).isInstanceOf(FileAlreadyExistsException.class);
      assertThatThrownBy(() -> test.shim.acknowledge("twin")).isInstanceOf(IllegalStateException.class);
      spawned.pidfd().signal(Signal.SIGKILL);
      ended("twin");
    }
    assertThatThrownBy(() -> test.shim.streams("nobody")).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> test.shim.acknowledge("nobody")).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void rubbishOnTheSocketEndsThatConnectionOnly() throws Exception {
    for (byte[] rubbish : List.of(new byte[] {1}, new byte[] {9, 9, 9, 9, 9, 9, 9, 9}, new byte[4096], new byte[] {1, 0, 2, 0, 1, 0, 0, 0})) {
      try (Fd socket = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_SEQPACKET, 0)) {
        Sockets.connect(socket, test.launcher.socket().toString());
        Sockets.sendmsg(socket, rubbish, List.of(), 0);
        assertThat(Sockets.recvmsg(socket, 100, 0).bytes()).isEmpty();
      }
    }
    assertThat(outputOf("fine", ShimUnderTest.shell("fine", "echo fine"))).isEqualTo("fine\n");
  }

  @Test
  void whatMakesNoSenseIsRefusedAndLeaksNothing() throws Exception {
    long before = openDescriptors(test.shim.pid());
    SpawnPlan.Builder plan = SpawnPlan.builder("lacking");
    ShimUnderTest.start(plan);
    plan.call("use it", Syscall.FCHDIR, plan.descriptor("directory"));
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    assertThatThrownBy(() -> test.shim.spawn(SpawnRequest.of("lacking", plan.build())).close())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the plan for lacking needs a descriptor directory, and the request has none");
    try (Fd file = Fs.open("/dev/null", Fcntl.O_RDONLY);
        PidFd noPidfd = PidFd.owning(file.duplicate().release())) {
      assertThatThrownBy(() -> test.shim.adopt("nothing", 1, noPidfd)).hasMessage("the shim refuses nothing: not a pidfd");
      assertThatThrownBy(() -> test.shim.spawn(SpawnRequest.of("fails", plan.build()).descriptor("directory", file)).awaitReady())
          .hasMessageContaining("\"use it\": fchdir(<directory>) ENOTDIR");
    }
    assertThat(outputOf("barrier", ShimUnderTest.shell("barrier", "echo"))).isEqualTo("\n");
    assertThat(openDescriptors(test.shim.pid())).isEqualTo(before);
  }

  @Test
  void aSurvivorOfAnotherParentIsAdopted() throws Exception {
    Process sleeper = new ProcessBuilder("/bin/sh", "-c", "read x; exit 5").start();
    try (PidFd pidfd = PidFd.open((int) sleeper.pid())) {
      test.shim.adopt("adopted", (int) sleeper.pid(), pidfd);
      assertThat(test.shim.list()).singleElement().returns((int) sleeper.pid(), ShimProcess::pid);
      sleeper.getOutputStream().close();
      assertThat(sleeper.waitFor()).isEqualTo(5);
      // By PIDFD_GET_INFO since Linux 6.15; before that nobody knows.
      ended("adopted").status().ifPresent(status -> assertThat(status.exitCode()).isEqualTo(5));
    }
  }

  @Test
  @Timeout(300)
  void aThousandSpawnsLeaveNoDescriptorAndNoZombie() throws Exception {
    SpawnPlan.Builder builder = SpawnPlan.builder("many");
    ShimUnderTest.start(builder);
    builder.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    SpawnPlan plan = builder.build();
    for (int i = 0; i < 100; i++) {
      trueOnce("warm-" + i, plan);
    }
    long before = openDescriptors(test.shim.pid());
    long ours = openDescriptors((int) ProcessHandle.current().pid());
    List<Long> nanos = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int batch = 0; batch < 250; batch++) {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          String name = "many-" + batch + "-" + i;
          running.add(
              threads.submit(
                  () -> {
                    trueOnce(name, plan);
                    return null;
                  }));
        }
        long start = System.nanoTime();
        trueOnce("timed-" + batch, plan);
        nanos.add(System.nanoTime() - start);
        for (Future<?> each : running) {
          each.get();
        }
      }
    }
    List<Long> alone = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      long start = System.nanoTime();
      trueOnce("alone-" + i, plan);
      alone.add(System.nanoTime() - start);
    }
    alone.sort(null);
    nanos.sort(null);
    System.out.printf(
        "spawn of /bin/true to acknowledged exit: alone p50 %d us, p90 %d us; four at a time p50 %d us%n",
        alone.get(100) / 1000, alone.get(180) / 1000, nanos.get(125) / 1000);
    assertThat(openDescriptors(test.shim.pid())).isEqualTo(before);
    assertThat(openDescriptors((int) ProcessHandle.current().pid())).isLessThanOrEqualTo(ours + 8);
    try (Stream<ProcessHandle> children = ProcessHandle.of(test.shim.pid()).orElseThrow().children()) {
      assertThat(children).isEmpty();
    }
  }

  private static void trueOnce(String name, SpawnPlan plan) throws Exception {
    try (Spawned spawned = test.shim.spawn(SpawnRequest.of(name, plan).stdio(Stdio.OUTPUT))) {
      spawned.awaitReady();
      assertThat(ended(name).status().orElseThrow().exitCode()).isZero();
    }
  }

  private static long openDescriptors(int pid) throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return fds.count();
    }
  }

  private static ProcessExit ended(String name) throws Exception {
    return ended(name, true);
  }

  private static ProcessExit ended(String name, boolean acknowledge) throws Exception {
    ProcessExit exit = test.shim.exit(name).get(10, TimeUnit.SECONDS);
    if (acknowledge) {
      test.shim.acknowledge(name);
    }
    return exit;
  }

  private static String outputOf(String name, SpawnPlan plan) throws Exception {
    try (Spawned spawned = test.shim.spawn(SpawnRequest.of(name, plan).stdio(Stdio.OUTPUT))) {
      spawned.awaitReady();
      try (Streams streams = test.shim.streams(name)) {
        String output = ShimUnderTest.readAll(streams.stdout().orElseThrow());
        ended(name);
        return output;
      }
    }
  }

  private static SpawnException failureOf(String name, SpawnPlan plan) {
    return catchThrowableOfType(
        SpawnException.class,
        () -> {
          try (Spawned spawned = test.shim.spawn(SpawnRequest.of(name, plan))) {
            spawned.awaitReady();
          }
        });
  }

  private static SpawnFailure.ExecFailed execFailure(String program, String path) throws IOException {
    SpawnPlan.Builder plan = SpawnPlan.builder("exec");
    ShimUnderTest.start(plan);
    plan.execAlongPath("run", List.of(program), List.of(), path);
    return (SpawnFailure.ExecFailed) failureOf("exec", plan.build()).failure();
  }

  /** A process in a chroot may make no user namespace, and one that joins a mount namespace leaves it. */
  private static void assumeNoChroot() throws IOException {
    long initsRoot;
    try {
      initsRoot = Fs.statx(Fd.cwd(), "/proc/1/root/", 0).ino();
    } catch (ErrnoException e) {
      return; // nobody may look at that init: a host where root is the root
    }
    assumeThat(Fs.statx(Fd.cwd(), "/", 0).ino()).as("this is no chroot").isEqualTo(initsRoot);
  }

  private static SpawnPlan.Builder container(String name) {
    return SpawnPlan.builder(name).cloneFlags(Sched.CLONE_NEWNS | Sched.CLONE_NEWPID | Sched.CLONE_NEWUTS | Sched.CLONE_NEWIPC);
  }

  private static void isolate(SpawnPlan.Builder plan) {
    plan.call("mounts are private", Syscall.MOUNT, none(), string("/"), none(), flags("MS_REC|MS_PRIVATE", Mount.MS_REC | Mount.MS_PRIVATE), none());
    Arg context = plan.call("proc", Syscall.FSOPEN, string("proc"), flags("FSOPEN_CLOEXEC", Mount.FSOPEN_CLOEXEC)).result();
    plan.call("proc", Syscall.FSCONFIG, context, flags("FSCONFIG_CMD_CREATE", Mount.FSCONFIG_CMD_CREATE), none(), none(), number(0));
    Arg mount = plan.call("proc", Syscall.FSMOUNT, context, flags("FSMOUNT_CLOEXEC", Mount.FSMOUNT_CLOEXEC), number(0)).result();
    plan.call("proc", Syscall.MOVE_MOUNT, mount, string(""), flags("AT_FDCWD", Fcntl.AT_FDCWD), string("/proc"), flags("MOVE_MOUNT_F_EMPTY_PATH", Mount.MOVE_MOUNT_F_EMPTY_PATH));
    plan.call("hostname", Syscall.SETHOSTNAME, string("c1".equals(plan.comm()) ? "c1" : "c2"), number(2));
  }

  private static void reconnect() throws Exception {
    Shim before = test.shim;
    before.close();
    for (int i = 0; ; i++) {
      try {
        test.shim = test.launcher.connect();
        return;
      } catch (IOException e) {
        // The shim may not have seen yet that the connection is gone.
        if (i == 1000 || !String.valueOf(e.getMessage()).contains("in use")) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }
}
