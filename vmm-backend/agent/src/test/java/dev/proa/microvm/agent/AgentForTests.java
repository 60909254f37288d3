package dev.proa.microvm.agent;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Processes;
import dev.proa.linux.Fs;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Resource;
import dev.proa.linux.abi.Socket;
import dev.proa.spawn.DirectSpawner;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.Streams;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An agent as the first process of a pid namespace, on a Unix socket in place of vsock, and relays beside it. */
final class AgentForTests implements AutoCloseable {
  final Path binary;
  final Path socket;
  final Process process;
  final Agent agent;
  private final DirectSpawner spawner;

  AgentForTests(Path folder) throws IOException, InterruptedException {
    binary = folder.resolve("proa-agent");
    socket = folder.resolve("agent.sock");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.write(binary, AgentBinary.bytes());
    Files.setPosixFilePermissions(binary, PosixFilePermissions.fromString("rwxr-xr-x"));
    process =
        new ProcessBuilder("unshare", "--pid", "--mount", "--mount-proc", "--fork", "--kill-child", binary.toString(), "agent", socket.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    agent = new Agent(socket);
    agent.awaitUp(Duration.ofSeconds(20), process::isAlive);
    spawner = new DirectSpawner(folder, (name, slot) -> null);
  }

  /** Host's end of one process. */
  record Relay(Spawned process, Streams streams, DirectSpawner spawner) implements AutoCloseable {
    String output() throws IOException {
      try (FileInputStream in = new FileInputStream("/proc/self/fd/" + streams.stdout().orElseThrow().raw())) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    }

    String errors() throws IOException {
      try (FileInputStream in = new FileInputStream("/proc/self/fd/" + streams.stderr().orElseThrow().raw())) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    }

    void input(String text) throws IOException, InterruptedException {
      try (FileOutputStream out = new FileOutputStream("/proc/self/fd/" + streams.stdin().orElseThrow().raw())) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
    }

    void endInput() throws IOException, InterruptedException {
      spawner.closeStdin(process.name());
      streams.stdin().orElseThrow().close();
    }

    int exitCode() throws Exception {
      return spawner.exit(process.name()).get(30, TimeUnit.SECONDS).status().orElseThrow().exitCode();
    }

    @Override
    public void close() {
      streams.close();
      spawner.acknowledge(process.name(), 0);
    }
  }

  Relay start(GuestRun run) throws Exception {
    try (Sockets.SocketPair pair = Sockets.socketpair(Socket.SOCK_SEQPACKET); Fd file = Fs.open(binary.toString(), Fcntl.O_PATH)) {
      SpawnPlan plan = RelayPlan.of(run.stdin(), false, noFileHard());
      String name = "relay " + run.name();
      Spawned relay = spawner.spawn(SpawnRequest.of(name, plan).stdio(Stdio.PIPES).descriptor(RelayPlan.BRINGER, pair.second()).descriptor(RelayPlan.BINARY, file));
      relay.awaitReady();
      try (Fd connection = agent.run(run)) {
        Sockets.sendmsg(pair.first(), new byte[] {1}, List.of(connection), 0);
      }
      return new Relay(relay, spawner.streams(name), spawner);
    }
  }

  static long noFileHard() throws ErrnoException {
    return Processes.prlimit(0, Resource.RLIMIT_NOFILE, null).hard();
  }

  @Override
  public void close() throws Exception {
    spawner.close();
    process.destroyForcibly().waitFor();
  }
}
