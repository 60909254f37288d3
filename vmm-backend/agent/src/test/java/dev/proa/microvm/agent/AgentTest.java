package dev.proa.microvm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.Errno;
import dev.proa.linux.Fd;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Socket;
import dev.proa.linux.abi.Syscall;
import dev.proa.linux.abi.Tty;
import dev.proa.microvm.agent.GuestProcess.Phase;
import dev.proa.spawn.Arg;
import dev.proa.spawn.Prologue;
import dev.proa.spawn.SpawnPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process of this host's: everything but what takes a machine of its own. */
@Timeout(120)
final class AgentTest {
  private static final Duration TIME = Duration.ofSeconds(30);

  @TempDir private Path folder;
  private AgentForTests guest;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(dev.proa.linux.Processes.geteuid() == 0, "pid namespaces need root");
    assumeTrue(AgentBinary.isThere(), "there was no C compiler");
    guest = new AgentForTests(folder);
  }

  @AfterEach
  void stop() throws Exception {
    if (guest != null) {
      guest.close();
    }
  }

  /** A shell with pipes, or with a terminal of its own when there is a slot for it. */
  private static SpawnPlan shell(String script, boolean gate) throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("test");
    Prologue.usual(AgentForTests.noFileHard()).appendTo(plan);
    int number = 0;
    for (String stream : List.of(SpawnPlan.STDIN, SpawnPlan.STDOUT, SpawnPlan.STDERR)) {
      plan.call(stream, Syscall.DUP3, plan.descriptor(stream), Arg.number(number++), Arg.number(0));
    }
    if (gate) {
      plan.gate("wait");
    }
    plan.execAlongPath("exec", List.of("sh", "-c", script), List.of("PATH=/bin:/usr/bin"), "/bin:/usr/bin");
    return plan.build();
  }

  private static SpawnPlan shellWithTerminal(String script) throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("test");
    Prologue.usual(AgentForTests.noFileHard()).appendTo(plan);
    Arg flags = Arg.flags("O_RDWR|O_NOCTTY|O_CLOEXEC", Fcntl.O_RDWR | Fcntl.O_NOCTTY | Fcntl.O_CLOEXEC);
    Arg master = plan.call("ptmx", Syscall.OPENAT, Arg.number(Fcntl.AT_FDCWD), Arg.string("/dev/ptmx"), flags).result();
    plan.call("unlock", Syscall.IOCTL, master, Arg.number(Tty.TIOCSPTLCK), plan.buffer("0", 4));
    Arg slave = plan.call("slave", Syscall.IOCTL, master, Arg.number(Tty.TIOCGPTPEER), flags).result();
    plan.sendDescriptor("hand it over", plan.descriptor(SpawnPlan.PTY), master);
    for (int number = 0; number < 3; number++) {
      plan.call("stream", Syscall.DUP3, slave, Arg.number(number), Arg.number(0));
    }
    plan.call("controlling terminal", Syscall.IOCTL, Arg.number(0), Arg.number(Tty.TIOCSCTTY), Arg.number(0));
    plan.execAlongPath("exec", List.of("sh", "-c", script), List.of("PATH=/bin:/usr/bin", "TERM=dumb"), "/bin:/usr/bin");
    return plan.build();
  }

  private static GuestRun run(String name, String script) throws Exception {
    return new GuestRun(name, false, false, false, shell(script, false), "", Map.of());
  }

  @Test
  void planOfTheHostRunsInTheGuestWithItsStreamsAndItsExitCode() throws Exception {
    try (AgentForTests.Relay relay = guest.start(run("a", "echo out; echo err >&2; exit 7"))) {
      assertThat(relay.output()).isEqualTo("out\n");
      assertThat(relay.errors()).isEqualTo("err\n");
      assertThat(relay.exitCode()).isEqualTo(7);
    }
  }

  @Test
  void deathBySignalIsTheRelaysExitCodeToo() throws Exception {
    try (AgentForTests.Relay relay = guest.start(run("a", "kill -TERM $$"))) {
      assertThat(relay.exitCode()).isEqualTo(128 + Signal.SIGTERM);
    }
  }

  @Test
  void whatIsWrittenArrivesAndItsEndToo() throws Exception {
    GuestRun cat = new GuestRun("cat", false, false, true, shell("cat; echo end", false), "", Map.of());
    try (AgentForTests.Relay relay = guest.start(cat)) {
      relay.input("hello\n");
      relay.endInput();
      assertThat(relay.output()).isEqualTo("hello\nend\n");
      assertThat(relay.exitCode()).isZero();
    }
  }

  @Test
  void megabytesGoBothWaysAtOnceWithoutADeadlock() throws Exception {
    GuestRun cat = new GuestRun("cat", false, false, true, shell("cat", false), "", Map.of());
    String text = "0123456789abcdef".repeat(512 << 10);
    try (AgentForTests.Relay relay = guest.start(cat)) {
      Thread writer =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      relay.input(text);
                      relay.endInput();
                    } catch (IOException | InterruptedException e) {
                      throw new AssertionError(e);
                    }
                  });
      assertThat(relay.output().equals(text)).as("the same 8 MiB came back").isTrue();
      writer.join();
    }
  }

  @Test
  void allThatWasWrittenBeforeTheEndIsThereThoughNobodyReadItBefore() throws Exception {
    try (AgentForTests.Relay relay = guest.start(run("a", "head -c 3000000 /dev/zero | tr '\\0' x; exit 3"))) {
      TimeUnit.MILLISECONDS.sleep(100);
      assertThat(relay.output()).hasSize(3_000_000);
      assertThat(relay.exitCode()).isEqualTo(3);
    }
  }

  @Test
  void planWaitsAtItsGateUntilItIsReleased() throws Exception {
    // It stays until its input ends, so that it can be asked for.
    GuestRun run = new GuestRun("", false, false, true, shell("echo ran; cat", true), "", Map.of());
    try (AgentForTests.Relay relay = guest.start(run)) {
      GuestProcess waiting = guest.agent.awaitOther("", Set.of(Phase.STARTING), TIME);
      assertThat(waiting.phase()).isEqualTo(Phase.WAITING);
      assertThat(run.plan().line(waiting.step())).contains("wait");
      guest.agent.release("");
      assertThat(guest.agent.awaitOther("", Set.of(Phase.STARTING, Phase.WAITING), TIME).phase()).isEqualTo(Phase.RUNNING);
      relay.endInput();
      assertThat(relay.output()).isEqualTo("ran\n");
    }
  }

  @Test
  void programThatIsNotThereIsAFailureOfThePlansLastStep() throws Exception {
    SpawnPlan.Builder plan = SpawnPlan.builder("test");
    Prologue.usual(AgentForTests.noFileHard()).appendTo(plan);
    plan.exec("exec nothing", List.of("/no/such/program"), List.of("x"), List.of());
    SpawnPlan built = plan.build();
    // Without a relay, whose end would have the agent forget it.
    try (Fd connection = guest.agent.run(new GuestRun("x", false, false, false, built, "", Map.of()))) {
      GuestProcess failed = guest.agent.awaitOther("x", Set.of(Phase.STARTING), TIME);
      assertThat(failed.phase()).isEqualTo(Phase.FAILED);
      assertThat(failed.step()).isEqualTo(built.steps().size() - 1);
      assertThat(Errno.of(failed.number())).isEqualTo(Errno.ENOENT);
    }
  }

  @Test
  void signalReachesTheProcessAndItsEndIsListed() throws Exception {
    try (AgentForTests.Relay relay = guest.start(run("a", "trap 'echo got; exit 9' USR1; echo ready; while :; do sleep 0.05; done"))) {
      guest.agent.awaitOther("a", Set.of(Phase.STARTING), TIME);
      byte[] ready = new byte[6];
      assertThat(dev.proa.linux.Io.read(relay.streams().stdout().orElseThrow(), ready, 0, 6)).isEqualTo(6);
      guest.agent.signal("a", Signal.SIGUSR1, false);
      assertThat(relay.output()).isEqualTo("got\n");
      assertThat(relay.exitCode()).isEqualTo(9);
      assertThatThrownBy(() -> guest.agent.signal("a", Signal.SIGTERM, false)).isInstanceOf(AgentException.class);
    }
  }

  @Test
  void terminalIsTheGuestsAndCanBeResized() throws Exception {
    GuestRun run = new GuestRun("t", false, true, true, shellWithTerminal("read x; stty size; test -t 0 && test -t 1 && echo tty"), "", Map.of());
    try (AgentForTests.Relay relay = guest.start(run)) {
      guest.agent.awaitOther("t", Set.of(Phase.STARTING), TIME);
      resizeOnceItIsThere(33, 77);
      relay.input("go\n");
      assertThat(relay.output().replace("\r", "")).isEqualTo("go\n33 77\ntty\n");
      assertThat(relay.exitCode()).isZero();
    }
  }

  /** The terminal's descriptor may still be on its way to the agent when the program runs already. */
  private void resizeOnceItIsThere(int rows, int columns) throws IOException {
    for (int i = 0; ; i++) {
      try {
        guest.agent.resize("t", rows, columns);
        return;
      } catch (AgentException e) {
        assertThat(i).as("tries").isLessThan(1000);
      }
    }
  }

  @Test
  void orphansAreReaped() throws Exception {
    try (AgentForTests.Relay relay = guest.start(run("a", "(sleep 0.2 & ) ; exit 0"))) {
      assertThat(relay.exitCode()).isZero();
    }
    // Once the orphan has ended nothing is left in the namespace but the agent: no zombie.
    Path children = Path.of("/proc/" + agentPid() + "/task/" + agentPid() + "/children");
    for (int i = 0; i < 500 && !Files.readString(children).isBlank(); i++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertThat(Files.readString(children)).isBlank();
  }

  private long agentPid() {
    return guest.process.children().findFirst().orElseThrow().pid();
  }

  @Test
  void processWhoseConnectionBreaksIsKilled() throws Exception {
    try (Fd connection = guest.agent.run(run("a", "exec sleep 600"))) {
      assertThat(guest.agent.awaitOther("a", Set.of(Phase.STARTING), TIME).phase()).isEqualTo(Phase.RUNNING);
    }
    for (int i = 0; i < 500 && !guest.agent.list().isEmpty(); i++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertThat(guest.agent.list()).isEmpty();
  }

  @Test
  void agentEndsWithTheMainProcess() throws Exception {
    GuestRun main = new GuestRun("", true, false, false, shell("exit 5", false), "", Map.of());
    try (AgentForTests.Relay relay = guest.start(main)) {
      assertThat(relay.exitCode()).isEqualTo(5);
    }
    assertThat(guest.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void sixtyProcessesRunAtOnceAndTheNextConnectionWaits() throws Exception {
    List<AgentForTests.Relay> relays = new java.util.ArrayList<>();
    for (int i = 0; i < 60; i++) {
      relays.add(guest.start(new GuestRun("p" + i, false, false, true, shell("cat; exit 4", false), "", Map.of())));
    }
    assertThat(guest.agent.list()).hasSize(60);
    for (AgentForTests.Relay relay : relays) {
      relay.endInput();
      assertThat(relay.exitCode()).isEqualTo(4);
      relay.close();
    }
  }

  @Test
  void nameInUseIsRefused() throws Exception {
    try (AgentForTests.Relay first = guest.start(run("a", "sleep 600"))) {
      assertThatThrownBy(() -> guest.agent.run(run("a", "echo second")))
          .isInstanceOfSatisfying(AgentException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
      guest.agent.signal("a", Signal.SIGKILL, false);
      assertThat(first.exitCode()).isEqualTo(137);
    }
  }

  @Test
  void filesAreWrittenAndRead() throws Exception {
    Path file = folder.resolve("a/b/c");
    byte[] content = new byte[200_000];
    new Random(1).nextBytes(content);
    guest.agent.writeFile(file.toString(), content, 0640);
    assertThat(Files.readAllBytes(file)).isEqualTo(content);
    assertThat(new String(guest.agent.readFile("/proc/self/comm"), StandardCharsets.UTF_8)).isEqualTo("proa-agent\n");
    assertThatThrownBy(() -> guest.agent.readFile("/no/such/file"))
        .isInstanceOfSatisfying(AgentException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
  }

  /** Such a file gives a page at a time, and the list of mounts is longer than that on many a host. */
  @Test
  void filesOfProcAreReadBeyondTheirFirstPage() throws Exception {
    assertThat(guest.agent.readFile("/proc/kallsyms")).hasSizeGreaterThan(60_000);
  }

  @Test
  void fileSystemsAreMountedInTheGuestAlone() throws Exception {
    guest.agent.mount("tmpfs", folder.resolve("mnt/deep").toString(), "tmpfs", 0, "size=1m");
    assertThat(new String(guest.agent.readFile("/proc/self/mounts"), StandardCharsets.UTF_8)).contains("mnt/deep tmpfs");
    assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain("mnt/deep");
  }

  @Test
  void processesOfTheGuestAreListed() throws Exception {
    // Whatever the shell executes, its own command line has this.
    try (AgentForTests.Relay relay = guest.start(run("a", "while :; do sleep 0.05; done; : 4711"))) {
      assertThat(guest.agent.awaitOther("a", Set.of(Phase.STARTING), TIME).phase()).isEqualTo(Phase.RUNNING);
      assertThat(guest.agent.procEntries()).anySatisfy(entry -> {
        assertThat(entry.commandLine().contains(": 4711")).isTrue();
        assertThat(entry.stat()).contains("(sh)");
        assertThat(entry.status()).contains("Uid:");
      });
      guest.agent.signal("a", Signal.SIGKILL, true);
      assertThat(relay.exitCode()).isEqualTo(137);
    }
  }

  @Test
  void netlinkAnswersAreBroughtBack() throws Exception {
    // RTM_GETLINK of lo: struct nlmsghdr, struct ifinfomsg (linux/rtnetlink.h).
    byte[] request = java.nio.ByteBuffer.allocate(32).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(32).putShort((short) 18).putShort((short) 1).putInt(9)
        .putInt(0).put((byte) 0).put((byte) 0).putShort((short) 0).putInt(1).array();
    byte[] answer = guest.agent.netlink(request);
    assertThat(new String(answer, StandardCharsets.ISO_8859_1)).contains("lo\0");
  }

  @Test
  void bytesThatAreNoProtocolEndTheConnectionAndNothingElse() throws Exception {
    Random random = new Random(42);
    for (int round = 0; round < 300; round++) {
      Fd socket = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_STREAM, 0);
      try (socket) {
        Sockets.connect(socket, guest.socket.toString());
        send(socket, round % 10 == 0 ? new byte[] {'G', 'E', 'T', ' ', '/', 'x', 'x', 'x', '\n'} : "CONNECT 1024\n".getBytes(StandardCharsets.US_ASCII));
        byte[] noise = new byte[random.nextInt(400)];
        random.nextBytes(noise);
        if (noise.length > 8 && round % 2 == 0) { // a plausible header, so that what is behind it is looked at
          noise[0] = (byte) random.nextInt(200);
          noise[1] = noise[2] = noise[3] = noise[5] = 0;
          // Everything but POWER_OFF, MOUNT, WRITE_FILE and REFRESH, which the host may ask for and which would do what it says.
          noise[4] = (byte) List.of(1, 2, 3, 4, 5, 32, 33, 34, 35, 36, 37, 39, 41, 60, 64, 200).get(random.nextInt(16)).intValue();
        }
        send(socket, noise);
      }
    }
    try (AgentForTests.Relay relay = guest.start(run("after", "echo well"))) {
      assertThat(relay.output()).isEqualTo("well\n");
    }
    assertThat(guest.agent.list().keySet()).isSubsetOf("after");
  }

  private static void send(Fd socket, byte[] bytes) {
    try {
      Sockets.sendmsg(socket, bytes, List.of(), Socket.MSG_NOSIGNAL);
    } catch (IOException closedAlready) {
      // as it may be
    }
  }

  @Test
  void agentIsSmall() throws Exception {
    assertThat(Files.size(guest.binary)).isLessThan(100 << 10);
  }
}
