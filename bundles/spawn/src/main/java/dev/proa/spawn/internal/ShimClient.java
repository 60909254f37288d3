package dev.proa.spawn.internal;

import dev.proa.linux.Credentials;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Message;
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
import dev.proa.spawn.Streams;
import dev.proa.spawn.internal.Wire.Out;
import dev.proa.spawn.internal.Wire.Snapshot;
import dev.proa.spawn.internal.Wire.Source;
import dev.proa.spawn.internal.Wire.Status;
import dev.proa.spawn.internal.Wire.Type;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Shim} over the socket. One platform thread reads packets, completes what waits and keeps the latest snapshot of every process; one
 * tells the listeners. Callers wait on futures, so virtual threads cost nothing.
 */
public final class ShimClient implements Shim {
  private static final Logger LOG = LoggerFactory.getLogger(ShimClient.class);
  private static final Duration END_TIME = Duration.ofSeconds(5);

  /** What a request other than a spawn may take: the shim answers from memory. */
  private static final Duration ANSWER_TIME = Duration.ofSeconds(30);

  private static final Set<String> MADE_BY_SHIM =
      Set.of(SpawnPlan.STATUS, SpawnPlan.GATE, SpawnPlan.STDIN, SpawnPlan.STDOUT, SpawnPlan.STDERR, SpawnPlan.PTY);

  private final Fd socket;
  private final Credentials peer;
  private final Path imageDirectory;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, Pending> pending = new ConcurrentHashMap<>();
  private final Map<String, Tracked> processes = new ConcurrentHashMap<>();
  private final Map<String, Planned> plans = new ConcurrentHashMap<>();
  private final CompletableFuture<String> lost = new CompletableFuture<>();
  private final CopyOnWriteArrayList<Consumer<ProcessExit>> listeners = new CopyOnWriteArrayList<>();
  private final LinkedBlockingQueue<Runnable> tellings = new LinkedBlockingQueue<>();
  private final Object sending = new Object();
  private String build = "";

  /** Packets of an answer that is not complete yet. */
  private static final class Pending {
    final CompletableFuture<List<Answer>> done = new CompletableFuture<>();
    final List<Answer> parts = new ArrayList<>();
  }

  /** One packet of an answer; whoever takes it owns its descriptors. */
  private record Answer(Wire.In in, List<Fd> descriptors) {}

  private ShimClient(Fd socket, Credentials peer, Path imageDirectory) {
    this.socket = socket;
    this.peer = peer;
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
    Thread.ofPlatform().daemon().name("shim-reader").start(this::read);
    Thread.ofPlatform().daemon().name("shim-exits").start(this::tell);
  }

  private void hello() throws IOException, InterruptedException {
    Answer answer = ask(new Out(Type.HELLO, nextId()).i32(Processes.getpid()), List.of());
    Status status = answer.in().status();
    if (status == Status.BUSY) {
      throw new IOException("the shim (pid " + peer.pid() + ") is in use by the daemon with pid " + answer.in().i32());
    }
    check(status, answer, "hello");
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
    int id = nextId();
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
    Planned planned = new Planned(plan, request.deadline());
    boolean first = plans.putIfAbsent(request.name(), planned) == null;
    boolean spawned = false;
    try (Fd image = PlanImage.of(plan).seal(imageDirectory)) {
      descriptors.addFirst(image);
      if (request.cgroup() != null) {
        descriptors.add(1, request.cgroup());
      }
      Duration time = request.deadline().plus(ANSWER_TIME);
      Answer answer = askForParts(out, descriptors, time, answers -> discard(request.name(), answers)).getFirst();
      Status status = answer.in().status();
      if (status == Status.SPAWN_FAILED) {
        throw new SpawnException(request.name(), planned.words(answer.in().failure()));
      }
      check(status, answer, request.name());
      if (answer.descriptors().size() != 1) {
        answer.descriptors().forEach(Fd::close);
        throw new IOException("the shim sent " + answer.descriptors().size() + " pidfds for " + request.name());
      }
      Tracked tracked = tracked(request.name());
      spawned = true;
      PidFd pidfd = PidFd.owning(answer.descriptors().getFirst().release());
      tracked.keep(pidfd.duplicate());
      return new Handle(request.name(), tracked, tracked.latest().process().pid(), pidfd);
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
              try (PidFd process = PidFd.owning(answers.getFirst().descriptors().getFirst().release())) {
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
    return new Handle(name, tracked, tracked.latest().process().pid(), pidfd(name));
  }

  @Override
  public List<ShimProcess> list() throws IOException, InterruptedException {
    return list0().stream().map(Snapshot::process).toList();
  }

  private List<Snapshot> list0() throws IOException, InterruptedException {
    List<Snapshot> all = new ArrayList<>();
    for (Answer part : askForParts(new Out(Type.LIST, nextId()), List.of(), ANSWER_TIME)) {
      check(part.in().status(), part, "list");
      while (part.in().hasMore()) {
        all.add(part.in().snapshot());
      }
    }
    return all;
  }

  @Override
  public Streams streams(String name) throws IOException, InterruptedException {
    Answer answer = askAbout(Type.STREAMS, name);
    int mask = answer.in().u8();
    if (Integer.bitCount(mask) != answer.descriptors().size()) {
      answer.descriptors().forEach(Fd::close);
      throw new IOException("the shim sent " + answer.descriptors().size() + " streams of " + name + " instead of " + Integer.bitCount(mask));
    }
    var fds = answer.descriptors().iterator();
    List<Optional<Fd>> streams = new ArrayList<>();
    for (int bit = 0; bit < 4; bit++) {
      streams.add((mask & 1 << bit) == 0 ? Optional.empty() : Optional.of(fds.next()));
    }
    return new Streams(streams.get(0), streams.get(1), streams.get(2), streams.get(3));
  }

  @Override
  public void closeStdin(String name) throws IOException, InterruptedException {
    askAbout(Type.CLOSE_STDIN, name);
  }

  @Override
  public PidFd pidfd(String name) throws IOException, InterruptedException {
    Answer answer = askAbout(Type.PIDFD, name);
    if (answer.descriptors().size() != 1) {
      throw new IOException("the shim sent no pidfd of " + name);
    }
    return PidFd.owning(answer.descriptors().getFirst().release());
  }

  @Override
  public void acknowledge(String name) throws IOException, InterruptedException {
    askAbout(Type.ACKNOWLEDGE, name);
    Tracked tracked = processes.remove(name);
    if (tracked != null) {
      tracked.keep(null);
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
    Answer answer = ask(new Out(Type.ADOPT, nextId()).string(name).i32(pid), List.of(pidfd));
    check(answer.in().status(), answer, name);
    tracked(name).keep(pidfd.duplicate()); // this shim may be lost as well
  }

  @Override
  public void park(String name, List<? extends Fd> descriptors) throws IOException, InterruptedException {
    if (descriptors.isEmpty() || descriptors.size() > Wire.MAX_PARKED) {
      throw new IllegalArgumentException("1 to " + Wire.MAX_PARKED + " descriptors can be parked, not " + descriptors.size());
    }
    Answer answer = ask(new Out(Type.PARK, nextId()).string(name), descriptors);
    check(answer.in().status(), answer, name);
  }

  @Override
  public List<Fd> fetch(String name) throws IOException, InterruptedException {
    Answer answer = ask(new Out(Type.FETCH, nextId()).string(name), List.of());
    Status status = answer.in().status();
    if (status == Status.UNKNOWN_NAME) {
      return List.of();
    }
    check(status, answer, name);
    return answer.descriptors();
  }

  @Override
  public List<String> parked() throws IOException, InterruptedException {
    List<String> names = new ArrayList<>();
    for (Answer part : askForParts(new Out(Type.PARKED, nextId()), List.of(), ANSWER_TIME)) {
      check(part.in().status(), part, "parked");
      while (part.in().hasMore()) {
        names.add(part.in().string());
      }
    }
    return names;
  }

  @Override
  public void unpark(String name) throws IOException, InterruptedException {
    askAbout(Type.UNPARK, name);
  }

  @Override
  public boolean shutdown() throws IOException, InterruptedException {
    try (PidFd process = PidFd.open(peer.pid())) {
      Answer answer = ask(new Out(Type.SHUTDOWN, nextId()), List.of());
      Status status = answer.in().status();
      if (status == Status.CONFLICT) {
        return false;
      }
      check(status, answer, "shutdown");
      if (process.awaitEnd(END_TIME.toMillis())) {
        ShimGroup.remove(peer.pid(), LOG::debug);
      } else {
        LOG.warn("the shim (pid {}) does not end", peer.pid());
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
    Out out = new Out(Type.UPGRADE, nextId());
    command.forEach(out::string);
    try {
      Answer answer = ask(out, List.of());
      Status status = answer.in().status();
      throw new IOException(
          "the shim (pid " + peer.pid() + ") does not become a newer one: " + (status == Status.INVALID ? answer.in().string() : status.toString()));
    } catch (IOException e) {
      if (!lost.isDone()) {
        throw e;
      }
    }
  }

  @Override
  public int pid() {
    return peer.pid();
  }

  @Override
  public CompletableFuture<String> lost() {
    return lost.copy();
  }

  @Override
  public void close() {
    lose("closed by this daemon");
    processes.values().forEach(tracked -> tracked.keep(null));
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

  // Requests and answers.

  private int nextId() {
    return ids.updateAndGet(id -> id == Integer.MAX_VALUE ? 1 : id + 1);
  }

  private Answer askAbout(Type type, String name) throws IOException, InterruptedException {
    Answer answer = ask(new Out(type, nextId()).string(name), List.of());
    check(answer.in().status(), answer, name);
    return answer;
  }

  private Answer ask(Out out, List<? extends Fd> descriptors) throws IOException, InterruptedException {
    return ask(out, descriptors, ANSWER_TIME);
  }

  private Answer ask(Out out, List<? extends Fd> descriptors, Duration time) throws IOException, InterruptedException {
    return askForParts(out, descriptors, time).getFirst();
  }

  private List<Answer> askForParts(Out out, List<? extends Fd> descriptors, Duration time) throws IOException, InterruptedException {
    return askForParts(out, descriptors, time, answers -> answers.forEach(answer -> Fd.closeAll(answer.descriptors())));
  }

  /** @param abandoned takes an answer that comes, or came, after this has thrown; it must not leak its descriptors */
  private List<Answer> askForParts(Out out, List<? extends Fd> descriptors, Duration time, Consumer<List<Answer>> abandoned)
      throws IOException, InterruptedException {
    byte[] packet = out.bytes();
    int id = new Wire.In(packet).id();
    Pending waiting = new Pending();
    pending.put(id, waiting);
    boolean taken = false;
    try {
      if (lost.isDone()) {
        throw gone();
      }
      synchronized (sending) {
        Sockets.sendmsg(socket, packet, descriptors, 0);
      }
      List<Answer> answers = waiting.done.get(time.toMillis(), TimeUnit.MILLISECONDS);
      taken = true;
      return answers;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("the shim (pid " + peer.pid() + ") did not answer for " + time.toSeconds() + " s", e);
    } catch (IllegalStateException e) { // the descriptor was closed under us
      if (lost.isDone()) {
        throw gone();
      }
      throw e;
    } finally {
      if (!taken) {
        waiting.done.thenAccept(abandoned);
      }
    }
  }

  private static void check(Status status, Answer answer, String name) throws IOException {
    switch (status) {
      case OK -> {}
      case UNKNOWN_NAME -> throw new NoSuchFileException(name, null, "the shim knows no such process");
      case NAME_IN_USE -> throw new FileAlreadyExistsException(name, null, "the shim has a process of that name");
      case CONFLICT -> throw new IllegalStateException(name + " has not ended");
      case INVALID -> throw new IOException("the shim refuses " + name + ": " + answer.in().string());
      case BUSY, SPAWN_FAILED -> throw new IOException("unexpected answer " + status + " about " + name);
    }
  }

  private Tracked tracked(String name) throws IOException {
    Tracked tracked = processes.get(name);
    if (lost.isDone()) {
      throw gone();
    }
    if (tracked == null) {
      throw new NoSuchFileException(name, null, "the shim knows no such process");
    }
    return tracked;
  }

  private IOException gone() {
    return new IOException("the shim (pid " + peer.pid() + ") is gone: " + lost.join());
  }

  // The reader.

  private void read() {
    String reason = "it closed the connection";
    try {
      while (true) {
        Message message = Sockets.recvmsg(socket, Wire.MAX_PACKET, 0);
        if (message.bytes().length == 0) {
          break;
        }
        if (message.truncated()) {
          message.close();
          throw new IOException("a message or its descriptors were cut off; is the limit of open files too low?");
        }
        take(message);
      }
    } catch (IOException | RuntimeException e) {
      reason = String.valueOf(e.getMessage());
    } finally {
      lose(reason);
    }
  }

  private void take(Message message) throws IOException {
    boolean taken = false;
    try {
      Wire.In in = new Wire.In(message.bytes());
      switch (in.type()) {
        case PROCESS -> update(in.snapshot());
        case PART, REPLY -> {
          Pending waiting = pending.get(in.id());
          if (waiting == null) {
            throw new IOException("the shim answered what nobody asked");
          }
          waiting.parts.add(new Answer(in, message.descriptors()));
          taken = true;
          if (in.type() == Type.REPLY) {
            pending.remove(in.id());
            waiting.done.complete(List.copyOf(waiting.parts));
          }
        }
        default -> throw new IOException("the shim sent a request: " + in.type());
      }
    } finally {
      if (!taken) {
        message.close();
      }
    }
  }

  private void update(Snapshot snapshot) {
    String name = snapshot.process().name();
    Tracked tracked = processes.get(name);
    if (tracked == null) {
      processes.put(name, new Tracked(snapshot, plans.getOrDefault(name, Planned.UNKNOWN)));
    } else {
      tracked.update(snapshot);
    }
    exitOf(snapshot).ifPresent(exit -> tellings.add(() -> listeners.forEach(listener -> listener.accept(exit))));
  }

  private void tell() {
    Thread me = Thread.currentThread();
    lost.thenRun(me::interrupt);
    while (!lost.isDone()) {
      try {
        tellings.take().run();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        me.getThreadGroup().uncaughtException(me, e); // a listener's own failure must not cost the others their exits
      }
    }
  }

  private void lose(String reason) {
    if (!lost.complete(reason)) {
      return;
    }
    IOException gone = gone();
    try {
      Sockets.shutdown(socket, Socket.SHUT_RDWR); // wakes the reader
    } catch (ErrnoException | IllegalStateException e) {
      gone.addSuppressed(e);
    }
    synchronized (sending) {
      socket.close();
    }
    pending.values().forEach(waiting -> waiting.done.completeExceptionally(gone));
    pending.clear();
    processes.values().forEach(tracked -> tracked.fail(gone));
  }

  /** A process, as the one who spawned it sees it. */
  private final class Handle implements Spawned {
    private final String name;
    private final Tracked tracked;
    private int pidOfPidfd;
    private PidFd pidfd;
    private boolean closed;

    Handle(String name, Tracked tracked, int pid, PidFd pidfd) {
      this.name = name;
      this.tracked = tracked;
      this.pidOfPidfd = pid;
      this.pidfd = pidfd;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public int pid() {
      return tracked.latest().process().pid();
    }

    @Override
    public synchronized PidFd pidfd() {
      return pidfd;
    }

    /** After a second clone behind a gate another process is the one that counts. */
    private synchronized void follow(int pid) throws IOException, InterruptedException {
      if (pid != pidOfPidfd && !closed) {
        PidFd later = ShimClient.this.pidfd(name);
        pidfd.close();
        pidfd = later;
        pidOfPidfd = pid;
        tracked.keep(later.duplicate());
      }
    }

    @Override
    public int awaitGate() throws SpawnException, IOException, InterruptedException {
      Snapshot snapshot = await(Set.of(ShimProcess.Phase.WAITING, ShimProcess.Phase.RUNNING, ShimProcess.Phase.EXITED));
      if (snapshot.process().phase() != ShimProcess.Phase.WAITING) {
        throw new IllegalStateException(name + " has passed its last gate");
      }
      return snapshot.process().gate();
    }

    @Override
    public void release() throws IOException {
      try {
        askAbout(Type.RELEASE, name);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new java.io.InterruptedIOException("interrupted while releasing " + name);
      }
    }

    @Override
    public void awaitReady() throws SpawnException, IOException, InterruptedException {
      await(Set.of(ShimProcess.Phase.RUNNING, ShimProcess.Phase.EXITED));
    }

    private Snapshot await(Set<ShimProcess.Phase> wanted) throws SpawnException, IOException, InterruptedException {
      try {
        Snapshot snapshot = tracked.latest();
        while (!wanted.contains(snapshot.process().phase())) {
          if (snapshot.process().phase() == ShimProcess.Phase.FAILED) {
            SpawnException failure = tracked.exception();
            acknowledge(name);
            throw failure;
          }
          snapshot = tracked.after(snapshot).get();
        }
        follow(snapshot.process().pid());
        return snapshot;
      } catch (ExecutionException e) {
        throw new IOException(e.getCause().getMessage(), e.getCause());
      }
    }

    @Override
    public synchronized void close() {
      closed = true;
      pidfd.close();
    }
  }
}
