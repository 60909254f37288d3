package dev.proa.microvm;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Socket;
import dev.proa.microvm.agent.RelayPlan;
import dev.proa.spawn.Shim;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Stdio;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The host's ends of guests' processes: each a child of the shim's that has its streams and ends as it ends. */
final class Relays {
  /** What the relay of a task's first process writes about its end, in the task's folder. */
  static final String NOTE = "end";

  private static final Duration DEATH_TIME = Duration.ofSeconds(10);

  private final Shim shim;
  private final Path binary;
  private final long noFileHard;

  /** @param binary of the agent, on the host */
  Relays(Shim shim, Path binary, long noFileHard) {
    this.shim = shim;
    this.binary = binary;
    this.noFileHard = noFileHard;
  }

  /** A relay that waits for its connection, and the end over which that is brought. */
  record Waiting(Spawned process, Fd bringer) implements AutoCloseable {
    @Override
    public void close() {
      bringer.close();
    }
  }

  /**
   * Starts a relay.
   *
   * @param stdin whether it pumps standard input
   * @param note the file for what is said about the end, null for none
   */
  Waiting spawn(String name, boolean stdin, @Nullable Path note) throws IOException, SpawnException, InterruptedException {
    Sockets.SocketPair pair = Sockets.socketpair(Socket.SOCK_SEQPACKET);
    Map<String, Fd> given = new LinkedHashMap<>();
    given.put(RelayPlan.BRINGER, pair.second());
    boolean kept = false;
    try {
      given.put(RelayPlan.BINARY, Fs.open(binary.toString(), Fcntl.O_PATH));
      if (note != null) {
        given.put(RelayPlan.NOTE, Fs.openat(Fd.cwd(), note.toString(), Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC, 0600));
      }
      SpawnPlan plan = RelayPlan.of(stdin, note != null, noFileHard);
      Spawned process = shim.spawn(new SpawnRequest(name, plan, given, stdin ? Stdio.PIPES : Stdio.OUTPUT, null, SpawnRequest.DEFAULT_DEADLINE));
      process.awaitReady();
      kept = true;
      return new Waiting(process, pair.first());
    } finally {
      Fd.closeAll(given.values());
      if (!kept) {
        pair.first().close();
      }
    }
  }

  static void bring(Fd bringer, Fd connection) throws ErrnoException {
    Sockets.sendmsg(bringer, new byte[] {1}, List.of(connection), Socket.MSG_NOSIGNAL);
  }

  /** Ends a relay and has the shim forget it. */
  void discard(String name) {
    try (Spawned process = shim.find(name)) {
      try {
        process.pidfd().signal(Signal.SIGKILL);
      } catch (ErrnoException gone) {
        // It has ended.
      }
      shim.exit(name).get(DEATH_TIME.toMillis(), TimeUnit.MILLISECONDS);
      shim.acknowledge(name);
    } catch (NoSuchFileException forgotten) {
      // All the better.
    } catch (IOException | ExecutionException | TimeoutException e) {
      org.slf4j.LoggerFactory.getLogger(Relays.class).warn("{} could not be discarded: {}", name, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many processes of the container the guest's kernel has killed for want of memory. */
  static int oomKills(Path folder) {
    try {
      byte[] note = Files.readAllBytes(folder.resolve(NOTE));
      return note.length < RelayPlan.NOTE_SIZE ? 0 : ByteBuffer.wrap(note).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
    } catch (IOException e) {
      return 0;
    }
  }

  /** Whether the agent has told an end; otherwise the guest went away with the process. */
  static boolean isTold(Path folder) {
    try {
      return Files.size(folder.resolve(NOTE)) >= RelayPlan.NOTE_SIZE;
    } catch (IOException e) {
      return false;
    }
  }
}
