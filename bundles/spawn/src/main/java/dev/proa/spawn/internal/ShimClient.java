package dev.proa.spawn.internal;

import dev.proa.linux.Credentials;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.PidFd;
import dev.proa.linux.Processes;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Socket;
import dev.proa.spawn.PlanImage;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.Streams;
import dev.proa.spawn.internal.ShimConnection.Answer;
import dev.proa.spawn.internal.Wire.Out;
import dev.proa.spawn.internal.Wire.Snapshot;
import dev.proa.spawn.internal.Wire.Source;
import dev.proa.spawn.internal.Wire.Status;
import dev.proa.spawn.internal.Wire.Type;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Shim} over the socket. It keeps the latest snapshot of every process; one thread reads, one
 * tells the listeners. Callers wait on futures, so virtual threads cost nothing.
 */
public final class ShimClient implements Shim {
  private static final Logger LOG = LoggerFactory.getLogger(ShimClient.class);
  private static final Duration END_TIME = Duration.ofSeconds(5);

  private static final Set<String> MADE_BY_SHIM =
      Set.of(SpawnPlan.STATUS, SpawnPlan.GATE, SpawnPlan.STDIN, SpawnPlan.STDOUT, SpawnPlan.STDERR, SpawnPlan.PTY);

  private final ShimConnection connection;
  private final Path imageDirectory;
  private final Map<String, Tracked> processes = new ConcurrentHashMap<>();
  private final Map<String, Planned> plans = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<Consumer<ProcessExit>> listeners = new CopyOnWriteArrayList<>();
  private final LinkedBlockingQueue<Runnable> tellings = new LinkedBlockingQueue<>();
  private String build = "";

  private ShimClient(Fd socket, Credentials peer, Path imageDirectory) {
    this.connection = new ShimConnection(socket, peer, this::update, gone -> processes.values().forEach(tracked -> tracked.fail(gone)));
    this.imageDirectory = imageDirectory;
  }

  /**
   * Connects and takes the lease.
   *
   * @param socketPath the shim's socket
   * @param imageDirectory where images go when memfds may not be executed
   * @throws ErrnoException when nobody listens there (ENOENT, ECONNREFUSED)
   * @throws IOException when another daemon has the lease, or the peer is not the shim of this user
   */
  public static ShimClient connect(Path socketPath, Path imageDirectory) throws IOException, InterruptedException {
    Fd socket = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_SEQPACKET, 0);
    try {
      UnixPath.connect(socket, socketPath);
      Credentials peer = Sockets.peerCredentials(socket);
      if (peer.uid() != Processes.geteuid()) {
        throw new IOException(socketPath + " belongs to uid " + peer.uid() + ", not to " + Processes.geteuid());
      }
      ShimClient client = new ShimClient(socket, peer, imageDirectory);
      client.start();
      try {
        client.hello();
        return client;
      } catch (IOException | InterruptedException | RuntimeException e) {
        client.close();
        throw e;
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private void start() {
    connection.start();
    Thread.ofPlatform().daemon().name("shim-exits").start(this::tell);
  }

  private void hello() throws IOException, InterruptedException {
    Answer answer = connection.ask(new Out(Type.HELLO, connection.nextId()).i32(Processes.getpid()), List.of());
    Status status = answer.in().status();
    if (status == Status.BUSY) {
      throw new IOException("the shim (pid " + connection.pid() + ") is in use by the daemon with pid " + answer.in().i32());
    }
    ShimConnection.check(status, answer, "hello");
    build = answer.in().hasMore() ? answer.in().string() : "";
    for (Snapshot snapshot : list0()) {
      String name = snapshot.process().name();
      Tracked tracked = processes.computeIfAbsent(name, _ -> new Tracked(snapshot, Planned.UNKNOWN));
      if (snapshot.process().exit().isEmpty()) {
        tracked.keep(pidfd(name));
      }
    }
  }

  @Override
  public Spawned spawn(SpawnRequest request) throws SpawnException, IOException, InterruptedException {
    SpawnPlan plan = request.plan();
    int id = connection.nextId();
    Out out = new Out(Type.SPAWN, id).string(request.name()).i64(plan.cloneFlags()).u8(plan.clonesAgain() ? 1 : 0);
    out.u8(request.stdio().ordinal()).i64(request.deadline().toNanos()).u8(request.cgroup() == null ? 0 : 1);
    List<Fd> descriptors = new ArrayList<>();
    out.u16(plan.descriptors().size());
    for (String name : plan.descriptors()) {
      Fd received = request.descriptors().get(name);
      if (received == null && !MADE_BY_SHIM.contains(name)) {
        throw new IllegalArgumentException("the plan for " + request.name() + " needs a descriptor " + name + ", and the request has none");
      }
      out.string(name).u8((received == null ? Source.SHIM : Source.RECEIVED).ordinal());
      if (received != null) {
        descriptors.add(received);
      }
    }
    // Whoever spawns asks for the streams next. A shim of an earlier build does not read this.
    out.u8(request.stdio() == Stdio.OUTPUT || request.stdio() == Stdio.PIPES ? 1 : 0);
    Planned planned = new Planned(plan, request.deadline());
    boolean first = plans.putIfAbsent(request.name(), planned) == null;
    boolean spawned = false;
    try (Fd image = PlanImage.of(plan).seal(imageDirectory)) {
      descriptors.addFirst(image);
      if (request.cgroup() != null) {
        descriptors.add(1, request.cgroup());
      }
      Duration time = request.deadline().plus(ShimConnection.ANSWER_TIME);
      Answer answer = connection.askForParts(out, descriptors, time, answers -> discard(request.name(), answers)).getFirst();
      Status status = answer.in().status();
      if (status == Status.SPAWN_FAILED) {
        throw new SpawnException(request.name(), planned.words(answer.in().failure()));
      }
      ShimConnection.check(status, answer, request.name());
      int mask = answer.in().hasMore() ? answer.in().u8() : 0;
      if (answer.descriptors().size() != 1 + Integer.bitCount(mask)) {
        answer.descriptors().forEach(Fd::close);
        throw new IOException("the shim sent " + answer.descriptors().size() + " descriptors for " + request.name());
      }
      Tracked tracked = tracked(request.name());
      spawned = true;
      PidFd pidfd = PidFd.owning(answer.descriptors().getFirst().release());
      tracked.keep(pidfd.duplicate());
      if (mask != 0) {
        tracked.keep(streams(mask, answer.descriptors().subList(1, answer.descriptors().size())));
      }
      return new ShimHandle(this, request.name(), tracked, tracked.latest().process().pid(), pidfd);
    } finally {
      if (first && !spawned) {
        plans.remove(request.name(), planned);
      }
    }
  }

  /** A process that came after its caller had given up (an interrupt, a shim that took too long): nobody else knows of it. */
  private void discard(String name, List<Answer> answers) {
    boolean there = answers.stream().anyMatch(answer -> !answer.descriptors().isEmpty());
    if (!there) {
      return;
    }
    Thread.ofVirtual()
        .name("shim-discard")
        .start(
            () -> {
              List<Fd> descriptors = answers.getFirst().descriptors();
              descriptors.subList(1, descriptors.size()).forEach(Fd::close);
              try (PidFd process = PidFd.owning(descriptors.getFirst().release())) {
                CompletableFuture<ProcessExit> exit = exit(name);
                kill(process);
                exit.handle((_, _) -> true).get();
                acknowledge(name);
              } catch (IOException | ExecutionException e) {
                lostReason().orElseThrow(() -> new IllegalStateException("cannot discard " + name, e));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private static void kill(PidFd process) throws ErrnoException {
    try {
      process.signal(Signal.SIGKILL);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ESRCH) {
        throw e;
      }
    }
  }

  @Override
  public Spawned find(String name) throws IOException, InterruptedException {
    Tracked tracked = tracked(name);
    return new ShimHandle(this, name, tracked, tracked.latest().process().pid(), pidfd(name));
  }

  @Override
  public List<ShimProcess> list() throws IOException, InterruptedException {
    return list0().stream().map(Snapshot::process).toList();
  }

  private List<Snapshot> list0() throws IOException, InterruptedException {
    List<Snapshot> all = new ArrayList<>();
    for (Answer part : connection.askForParts(new Out(Type.LIST, connection.nextId()), List.of(), ShimConnection.ANSWER_TIME)) {
      ShimConnection.check(part.in().status(), part, "list");
      while (part.in().hasMore()) {
        all.add(part.in().snapshot());
      }
    }
    return all;
  }

  @Override
  public Streams streams(String name) throws IOException, InterruptedException {
    Streams brought = tracked(name).takeStreams();
    if (brought != null) {
      return brought;
    }
    Answer answer = connection.askAbout(Type.STREAMS, name);
    int mask = answer.in().u8();
    if (Integer.bitCount(mask) != answer.descriptors().size()) {
      answer.descriptors().forEach(Fd::close);
      throw new IOException("the shim sent " + answer.descriptors().size() + " streams of " + name + " instead of " + Integer.bitCount(mask));
    }
    return streams(mask, answer.descriptors());
  }

  private static Streams streams(int mask, List<Fd> descriptors) {
    var fds = descriptors.iterator();
    List<Optional<Fd>> streams = new ArrayList<>();
    for (int bit = 0; bit < 4; bit++) {
      streams.add((mask & 1 << bit) == 0 ? Optional.empty() : Optional.of(fds.next()));
    }
    return new Streams(streams.get(0), streams.get(1), streams.get(2), streams.get(3));
  }

  /** Lets a plan pass its gate. */
  void release(String name) throws IOException, InterruptedException {
    connection.askAbout(Type.RELEASE, name);
  }

  @Override
  public void closeStdin(String name) throws IOException, InterruptedException {
    tracked(name).closeStdin();
    connection.askAbout(Type.CLOSE_STDIN, name);
  }

  @Override
  public PidFd pidfd(String name) throws IOException, InterruptedException {
    Answer answer = connection.askAbout(Type.PIDFD, name);
    if (answer.descriptors().size() != 1) {
      throw new IOException("the shim sent no pidfd of " + name);
    }
    return PidFd.owning(answer.descriptors().getFirst().release());
  }

  @Override
  public void acknowledge(String name, int pid) throws IOException, InterruptedException {
    Answer answer = connection.ask(new Out(Type.ACKNOWLEDGE, connection.nextId()).string(name).i32(pid), List.of());
    ShimConnection.check(answer.in().status(), answer, name);
    Tracked tracked = processes.remove(name);
    if (tracked != null) {
      tracked.close();
    }
    plans.remove(name);
  }

  @Override
  public CompletableFuture<ProcessExit> exit(String name) throws IOException {
    return tracked(name).exit();
  }

  @Override
  public void onExit(Consumer<ProcessExit> listener) {
    tellings.add(
        () -> {
          listeners.add(listener);
          processes.values().stream()
              .map(Tracked::latest)
              .flatMap(snapshot -> exitOf(snapshot).stream())
              .sorted(Comparator.comparing(ProcessExit::time))
              .forEach(listener);
        });
  }

  @Override
  public void adopt(String name, int pid, PidFd pidfd) throws IOException, InterruptedException {
    Answer answer = connection.ask(new Out(Type.ADOPT, connection.nextId()).string(name).i32(pid), List.of(pidfd));
    ShimConnection.check(answer.in().status(), answer, name);
    tracked(name).keep(pidfd.duplicate()); // this shim may be lost as well
  }

  @Override
  public void park(String name, List<? extends Fd> descriptors) throws IOException, InterruptedException {
    if (descriptors.isEmpty() || descriptors.size() > Wire.MAX_PARKED) {
      throw new IllegalArgumentException("1 to " + Wire.MAX_PARKED + " descriptors can be parked, not " + descriptors.size());
    }
    Answer answer = connection.ask(new Out(Type.PARK, connection.nextId()).string(name), descriptors);
    ShimConnection.check(answer.in().status(), answer, name);
  }

  @Override
  public List<Fd> fetch(String name) throws IOException, InterruptedException {
    Answer answer = connection.ask(new Out(Type.FETCH, connection.nextId()).string(name), List.of());
    Status status = answer.in().status();
    if (status == Status.UNKNOWN_NAME) {
      return List.of();
    }
    ShimConnection.check(status, answer, name);
    return answer.descriptors();
  }

  @Override
  public List<String> parked() throws IOException, InterruptedException {
    List<String> names = new ArrayList<>();
    for (Answer part : connection.askForParts(new Out(Type.PARKED, connection.nextId()), List.of(), ShimConnection.ANSWER_TIME)) {
      ShimConnection.check(part.in().status(), part, "parked");
      while (part.in().hasMore()) {
        names.add(part.in().string());
      }
    }
    return names;
  }

  @Override
  public void unpark(String name) throws IOException, InterruptedException {
    connection.askAbout(Type.UNPARK, name);
  }

  @Override
  public boolean shutdown() throws IOException, InterruptedException {
    try (PidFd process = PidFd.open(connection.pid())) {
      Answer answer = connection.ask(new Out(Type.SHUTDOWN, connection.nextId()), List.of());
      Status status = answer.in().status();
      if (status == Status.CONFLICT) {
        return false;
      }
      ShimConnection.check(status, answer, "shutdown");
      if (process.awaitEnd(END_TIME.toMillis())) {
        ShimGroup.remove(connection.pid(), LOG::debug);
      } else {
        LOG.warn("the shim (pid {}) does not end", connection.pid());
      }
      return true;
    }
  }

  /** Which build the shim is; empty for one that does not know. */
  public String build() {
    return build;
  }

  /**
   * Has the shim become another program in the same process, which keeps all it holds. The connection is gone then, and the same socket answers.
   *
   * @param command the program and its arguments; one more is added
   * @throws IOException when it refuses, and goes on as it was
   */
  public void upgrade(List<String> command) throws IOException, InterruptedException {
    Out out = new Out(Type.UPGRADE, connection.nextId());
    command.forEach(out::string);
    try {
      Answer answer = connection.ask(out, List.of());
      Status status = answer.in().status();
      throw new IOException(
          "the shim (pid " + connection.pid() + ") does not become a newer one: " + (status == Status.INVALID ? answer.in().string() : status.toString()));
    } catch (IOException e) {
      if (!connection.isLost()) {
        throw e;
      }
    }
  }

  @Override
  public int pid() {
    return connection.pid();
  }

  @Override
  public CompletableFuture<String> lost() {
    return connection.lost().copy();
  }

  @Override
  public void close() {
    connection.lose("closed by this daemon");
    processes.values().forEach(Tracked::close);
  }

  /** A process whose program ran when the shim was lost. */
  record Survivor(int pid, PidFd pidfd) {}

  /** After a loss: the survivors by name. The caller closes their descriptors. */
  Map<String, Survivor> survivors() {
    Map<String, Survivor> survivors = new TreeMap<>();
    processes.forEach(
        (name, tracked) -> {
          PidFd kept = tracked.takeKept();
          if (kept != null && tracked.latest().process().phase() == ShimProcess.Phase.RUNNING) {
            survivors.put(name, new Survivor(tracked.latest().process().pid(), kept));
          } else if (kept != null) {
            kept.close();
          }
        });
    return survivors;
  }

  /** After a loss: exits that were told and not acknowledged. */
  List<ProcessExit> unacknowledged() {
    return processes.values().stream().map(Tracked::latest).flatMap(snapshot -> exitOf(snapshot).stream()).toList();
  }

  private static Optional<ProcessExit> exitOf(Snapshot snapshot) {
    return snapshot.process().phase() == ShimProcess.Phase.EXITED ? snapshot.process().exit() : Optional.empty();
  }

  private Tracked tracked(String name) throws IOException {
    Tracked tracked = processes.get(name);
    if (connection.isLost()) {
      throw connection.gone();
    }
    if (tracked == null) {
      throw new NoSuchFileException(name, null, "the shim knows no such process");
    }
    return tracked;
  }

  private void update(Snapshot snapshot) {
    String name = snapshot.process().name();
    Tracked tracked = processes.get(name);
    if (tracked == null) {
      processes.put(name, new Tracked(snapshot, plans.getOrDefault(name, Planned.UNKNOWN)));
    } else {
      tracked.update(snapshot);
    }
    if (!listeners.isEmpty()) { // one that comes later is told of all that is known then
      exitOf(snapshot).ifPresent(exit -> tellings.add(() -> listeners.forEach(listener -> listener.accept(exit))));
    }
  }

  private void tell() {
    Thread me = Thread.currentThread();
    connection.lost().thenRun(me::interrupt);
    while (!connection.isLost()) {
      try {
        tellings.take().run();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        me.getThreadGroup().uncaughtException(me, e); // a listener's own failure must not cost the others their exits
      }
    }
  }
}
