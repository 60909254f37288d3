package dev.proa.microvm.agent;

import dev.proa.linux.Errno;
import dev.proa.linux.Fd;
import dev.proa.spawn.PlanImage;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The host's side of one guest's agent. Every call makes a connection of its own and closes it, so there is nothing to lose when the daemon ends and
 * nothing to find again when it is back. Thread-safe.
 *
 * <p>Every method throws {@link AgentException} for what the guest refused, and another {@link IOException} when the agent cannot be reached, does not
 * answer in time or breaks its protocol.
 */
public final class Agent {
  /** What an answer may take that waits for nothing. */
  private static final Duration ANSWER_TIME = Duration.ofSeconds(20);

  /** Version of Linux's struct rtattr aside, nothing in the protocol grows with time; one frame of a file is enough for all that is asked. */
  private static final int CHUNK = Frame.MAX - 4096;

  private static final Duration FIRST_PATIENCE = Duration.ofSeconds(2);
  private static final Duration PAUSE = Duration.ofMillis(5);

  private final Path socket;

  /** @param socket where the VMM's vsock listens */
  public Agent(Path socket) {
    this.socket = socket;
  }

  /**
   * Waits until the agent answers for the first time.
   *
   * @param alive whether there is still somebody to wait for
   * @throws IOException when the time is over or nobody is there any more
   */
  public void awaitUp(Duration time, java.util.function.BooleanSupplier alive) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    // Longer from one time to the next: what a guest has missed while it came up it does not answer, and it may be a slow one.
    long patience = FIRST_PATIENCE.toNanos();
    while (true) {
      long attempt = System.nanoTime();
      try (AgentSocket connection = AgentSocket.connect(socket, Duration.ofNanos(Math.clamp(deadline - attempt, 1, patience)))) {
        return;
      } catch (IOException e) {
        if (System.nanoTime() >= deadline) {
          throw new IOException("the guest's agent did not answer within " + time.toSeconds() + " s", e);
        }
        if (!alive.getAsBoolean()) {
          throw new EOFException("the guest ended before its agent answered");
        }
        if (System.nanoTime() - attempt >= patience) {
          patience *= 2;
        }
      }
      Thread.sleep(PAUSE);
    }
  }

  /**
   * Starts a process and returns its connection, over which its streams and its end come: for {@code proa-agent relay}.
   *
   * @return owned by the caller
   */
  public Fd run(GuestRun run) throws IOException {
    return run(run.encode(), PlanImage.of(run.plan()).bytes());
  }

  /** The same of what was kept: {@link GuestRun#encode} and the plan's image. */
  public Fd run(byte[] request, byte[] image) throws IOException {
    try (AgentSocket connection = AgentSocket.connect(socket, ANSWER_TIME)) {
      connection.send(Frame.RUN, request);
      answer("a process", 0, connection.receive());
      for (int at = 0; at < image.length; at += CHUNK) {
        connection.send(Frame.IMAGE, Arrays.copyOfRange(image, at, Math.min(image.length, at + CHUNK)));
      }
      connection.send(Frame.GO, new byte[0]);
      return connection.release();
    }
  }

  /** Waits until a process is in a phase that is none of these. */
  public GuestProcess awaitOther(String name, Set<GuestProcess.Phase> known, Duration time) throws IOException {
    int phases = known.stream().mapToInt(phase -> 1 << phase.code()).sum();
    long deadline = System.nanoTime() + time.toNanos();
    while (true) {
      try {
        return GuestProcess.decode(
            ask("process \"" + name + "\"", Frame.AWAIT, new Payload().text(name).u8(phases), Duration.ofNanos(Math.max(1, deadline - System.nanoTime()))));
      } catch (AgentException e) {
        // RUN came over another connection, and may still be on its way.
        if (e.errno() != Errno.ENOENT || System.nanoTime() >= deadline) {
          throw e;
        }
        pause();
      }
    }
  }

  /** Lets a process go on from its gate. */
  public void release(String name) throws IOException {
    ask("release of \"" + name + "\"", Frame.RELEASE, new Payload().text(name), ANSWER_TIME);
  }

  /** @param all to everything in the process's control group */
  public void signal(String name, int signal, boolean all) throws IOException {
    ask("signal " + signal, Frame.SIGNAL, new Payload().text(name).u32(signal).u8(all ? 1 : 0), ANSWER_TIME);
  }

  public void resize(String name, int rows, int columns) throws IOException {
    ask("size of the terminal", Frame.RESIZE, new Payload().text(name).u16(rows).u16(columns), ANSWER_TIME);
  }

  /** The processes that were started by {@link #run} and are not forgotten yet. */
  public Map<String, GuestProcess> list() throws IOException {
    ByteBuffer data = ask("processes", Frame.LIST, new Payload(), ANSWER_TIME);
    Map<String, GuestProcess> processes = new LinkedHashMap<>();
    while (data.remaining() >= 2) {
      String name = text(data);
      if (data.remaining() < GuestProcess.SIZE) {
        throw new EOFException("the agent's list of processes ends in the middle");
      }
      processes.put(name, GuestProcess.decode(data));
    }
    return processes;
  }

  /** A process of the guest as its /proc describes it. */
  public record ProcEntry(int pid, String stat, String status, String commandLine) {}

  /** Every process of the guest but its first one and the kernel's. */
  public List<ProcEntry> procEntries() throws IOException {
    List<ProcEntry> entries = new ArrayList<>();
    for (int from = 0; ; from = entries.getLast().pid() + 1) {
      ByteBuffer data = ask("processes", Frame.PROCESSES, new Payload().u32(from), ANSWER_TIME);
      if (data.remaining() < 4) {
        return entries;
      }
      while (data.remaining() >= 4) {
        int pid = data.getInt();
        entries.add(new ProcEntry(pid, text(data), text(data), text(data).replace('\0', ' ').strip()));
      }
    }
  }

  private static String text(ByteBuffer data) throws IOException {
    int length = data.remaining() < 2 ? -1 : Short.toUnsignedInt(data.getShort());
    if (length < 0 || length > data.remaining()) {
      throw new EOFException("the agent's answer ends in the middle");
    }
    byte[] bytes = new byte[length];
    data.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Writes a file of the guest; folders above it are made. */
  public void writeFile(String path, byte[] content, int mode) throws IOException {
    int at = 0;
    do {
      byte[] part = Arrays.copyOfRange(content, at, Math.min(content.length, at + CHUNK));
      ask("write " + path, Frame.WRITE_FILE, new Payload().u8(at == 0 ? 0 : 1).u32(mode).text(path).raw(part), ANSWER_TIME);
      at += CHUNK;
    } while (at < content.length);
  }

  /** The first 64 KiB, almost, of a file: enough for those of /proc and of control groups. */
  public byte[] readFile(String path) throws IOException {
    ByteBuffer data = ask("read " + path, Frame.READ_FILE, new Payload().u64(0).text(path), ANSWER_TIME);
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    return bytes;
  }

  /** mount(2); the target and the folders above it are made. */
  public void mount(String source, String target, String type, long flags, String options) throws IOException {
    ask("mount " + target, Frame.MOUNT, new Payload().text(source).text(target).text(type).u64(flags).text(options), ANSWER_TIME);
  }

  public void makeFolder(String path) throws IOException {
    ask("make " + path, Frame.MAKE_FOLDER, new Payload().text(path), ANSWER_TIME);
  }

  /** Messages to the guest's rtnetlink, one after the other, and all that it answers. */
  public byte[] netlink(byte[] messages) throws IOException {
    ByteBuffer data = ask("netlink", Frame.NETLINK, new Payload().raw(messages), ANSWER_TIME);
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    return bytes;
  }

  /** Sets the clock and stirs the random generator: after a restore, before anything of the user's runs. */
  public void refresh(Instant time, byte[] entropy) throws IOException {
    long nanos = Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
    ask("refresh", Frame.REFRESH, new Payload().u64(nanos).u16(entropy.length).raw(entropy), ANSWER_TIME);
  }

  /** Leads questions for names, at 127.0.0.11 in the guest, to port 53 of the host's vsock; loopback must be up. */
  public void serveNames() throws IOException {
    ask("name service", Frame.RESOLVER, new Payload(), ANSWER_TIME);
  }

  public void powerOff() throws IOException {
    ask("power off", Frame.POWER_OFF, new Payload(), ANSWER_TIME);
  }

  private ByteBuffer ask(String what, int type, Payload arguments, Duration time) throws IOException {
    try (AgentSocket connection = AgentSocket.connect(socket, time)) {
      connection.send(type, new Payload().u32(1).raw(arguments.bytes()).bytes());
      return answer(what, 1, connection.receive());
    }
  }

  private static ByteBuffer answer(String what, int id, AgentSocket.Received reply) throws IOException {
    if (reply.type() != Frame.REPLY || reply.payload().remaining() < 8 || reply.payload().getInt() != id) {
      throw new IOException(what + ": the agent answers with a frame of type " + reply.type());
    }
    int result = reply.payload().getInt();
    if (result < 0) {
      throw new AgentException(what, -result);
    }
    return reply.payload();
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
