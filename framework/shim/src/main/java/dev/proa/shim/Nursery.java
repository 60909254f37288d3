package dev.proa.shim;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.PidFd;
import dev.proa.linux.Pipe;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Socket;
import dev.proa.spawn.ShimProcess.Phase;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.internal.Stub;
import dev.proa.spawn.internal.Wire;
import dev.proa.spawn.internal.Wire.Failure;
import dev.proa.spawn.internal.Wire.FailureKind;
import dev.proa.spawn.internal.Wire.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All processes of the shim, by name, and how new ones are made. Used on the loop's thread only. */
final class Nursery {
  private static final long STRAY_RETRY_NANOS = 50_000_000;
  private static final int MAX_CLONERS = 128;

  private final Loop loop;
  private final ShimLog log;
  private final Stub stub;
  private final boolean neverKilledForMemory;
  // Only for clones that something may hold up; that many at a time are frozen groups, not work.
  private final ThreadPoolExecutor cloners =
      new ThreadPoolExecutor(0, MAX_CLONERS, 60, TimeUnit.SECONDS, new SynchronousQueue<>(), Thread.ofPlatform().daemon().name("cloner-", 0).factory());
  private final Map<String, Child> children = new LinkedHashMap<>();
  private final Map<Child, Outcome> awaited = new HashMap<>();
  // Not by name: those that are forgotten but not yet reaped are here too.
  private final Set<Child> unreaped = new HashSet<>();
  private @Nullable Observer observer;
  private int clonesUnderWay;

  /** Who is told of every change. */
  interface Observer {
    void changed(Wire.Snapshot snapshot);
  }

  /** What became of an order; one of the two, once. */
  interface Outcome {
    void spawned(Child child);

    void failed(Failure failure);
  }

  /** @param neverKilledForMemory whether this process has oom_score_adj -1000 */
  Nursery(Loop loop, ShimLog log, Stub stub, boolean neverKilledForMemory) {
    this.neverKilledForMemory = neverKilledForMemory;
    this.loop = loop;
    this.log = log;
    this.stub = stub;
  }

  void observe(Observer newObserver) {
    observer = newObserver;
  }

  @Nullable Child find(String name) {
    return children.get(name);
  }

  Collection<Child> children() {
    return children.values();
  }

  boolean isEmpty() {
    return children.isEmpty() && unreaped.isEmpty() && clonesUnderWay == 0;
  }

  /** Whether no clone is under way: only then is everything known that a successor must know. */
  boolean isQuiet() {
    return clonesUnderWay == 0;
  }

  /** Everything that is not reaped or not acknowledged. */
  List<ChildState> states() {
    Set<Child> all = new LinkedHashSet<>(children.values());
    all.addAll(unreaped);
    return all.stream().map(Child::state).toList();
  }

  /** Takes up what the program before this one in the same process knew; before anything else. */
  void restore(List<ChildState> states) throws ErrnoException {
    for (ChildState state : states) {
      Child child = Child.restored(loop, log, new Watcher(), state);
      unreaped.add(child);
      if (!child.isForgotten()) {
        children.put(child.name(), child);
      }
    }
  }

  /** @param pid of the process that is meant, 0 for whichever has the name */
  Status acknowledge(String name, int pid) {
    Child child = children.get(name);
    if (child == null || pid != 0 && child.pid() != pid) {
      return Status.UNKNOWN_NAME;
    }
    if (child.phase() != Phase.EXITED && child.phase() != Phase.FAILED) {
      return Status.CONFLICT;
    }
    children.remove(name);
    child.forget();
    if (child.hasEnded()) {
      unreaped.remove(child);
    }
    return Status.OK;
  }

  /** @param knownPid 0 when whoever asks does not say; a process that is reaped already has none any more */
  void adopt(String name, int knownPid, Fd received) throws IOException {
    int now = ProcStatus.pid(received);
    int pid = knownPid != 0 ? knownPid : now;
    PidFd pidfd = PidFd.owning(Descriptors.high(Fd.owning(received.release())).release());
    Child child = new Child(loop, log, new Watcher(), name, Stdio.NONE, Long.MAX_VALUE);
    child.adopted(pid, pidfd);
    children.put(name, child);
    unreaped.add(child);
    if (observer != null) {
      observer.changed(child.snapshot());
    }
  }

  /** Spawns; takes the order over. The outcome may come before this returns or later, always on the loop's thread. */
  void spawn(Order order, Outcome outcome) {
    Child child = new Child(loop, log, new Watcher(), order.name(), order.stdio(), order.deadlineNanos());
    List<Fd> theirs = new ArrayList<>();
    List<Stub.Slot> slots = new ArrayList<>();
    try {
      for (int i = 0; i < order.places().size(); i++) {
        Order.Place place = order.places().get(i);
        Fd received = place.received();
        Fd source = received != null ? received : make(place.name(), child, order.stdio());
        if (received == null) {
          theirs.add(source);
        }
        slots.add(new Stub.Slot(source, SpawnPlan.FIRST_SLOT + i));
      }
    } catch (ErrnoException | IllegalArgumentException e) {
      Fd.closeAll(theirs);
      order.close();
      child.neverStarted();
      outcome.failed(
          e instanceof ErrnoException errno
              ? new Failure(FailureKind.CLONE, 0, errno.number(), 0, errno.call())
              : new Failure(FailureKind.CLONE, 0, Errno.EINVAL.number(), 0, String.valueOf(e.getMessage())));
      return;
    }
    boolean shared = maySharePages(order.cgroup());
    // Nothing can stop the child before its exec as long as it is in the shim's cgroup, where nobody knows its pid; one that shares no memory is not
    // waited for.
    boolean mayHang = order.cgroup() != null && shared;
    Stub.Call call = stub.prepare(!mayHang, order.cloneFlags(), order.image(), slots, order.cgroup(), shared);
    children.put(order.name(), child);
    clonesUnderWay++;
    Runnable finish =
        () -> {
          call.close();
          Fd.closeAll(theirs);
          order.close();
          clonesUnderWay--;
        };
    if (!mayHang) {
      try {
        cloned(child, order, call.run(), outcome);
      } catch (Stub.Failure e) {
        notCloned(child, e, outcome);
      } finally {
        finish.run();
      }
    } else {
      spawnInto(child, order, call, finish, outcome);
    }
  }

  /**
   * Whether a child may share this process's memory until its exec. With memory.oom.group an out-of-memory kill in its cgroup takes all members
   * along, and whoever shares their memory; only those with oom_score_adj -1000 are spared (mm/oom_kill.c, oom_kill_memcg_member), and the child
   * has ours.
   */
  private boolean maySharePages(@Nullable Fd cgroup) {
    if (cgroup == null || neverKilledForMemory) {
      return true;
    }
    try {
      Fs.faccessat(cgroup, "memory.oom.group", 0, 0);
      return false;
    } catch (ErrnoException e) {
      return e.errno() == Errno.ENOENT; // no memory controller there: its out-of-memory kills are those of our own group
    }
  }

  /** A cgroup may be frozen, and then the child never gets as far as its exec: another thread waits for that, and the deadline kills. */
  private void spawnInto(Child child, Order order, Stub.Call call, Runnable finish, Outcome outcome) {
    Loop.Timer deadline =
        loop.after(
            order.deadlineNanos(),
            () -> {
              try {
                call.kill();
              } catch (ErrnoException e) {
                log.error("cannot kill " + order.name() + " before its exec", e);
              }
            });
    Runnable clone =
        () -> {
          Runnable conclusion;
          try {
            Stub.Cloned cloned = call.run();
            conclusion = () -> cloned(child, order, cloned, outcome);
          } catch (Stub.Failure e) {
            conclusion = () -> notCloned(child, e, outcome);
          }
          Runnable then = conclusion;
          loop.submit(
              () -> {
                loop.cancel(deadline);
                try {
                  then.run();
                } finally {
                  finish.run();
                }
              });
        };
    try {
      cloners.execute(clone);
    } catch (RejectedExecutionException e) {
      loop.cancel(deadline);
      finish.run();
      notCloned(child, new Stub.Failure("clone3", Errno.EAGAIN.number()), outcome);
    }
  }

  private void cloned(Child child, Order order, Stub.Cloned cloned, Outcome outcome) {
    FaultPoints.reach("shim.cloned");
    unreaped.add(child);
    if (order.clonesAgain()) {
      awaited.put(child, outcome);
    }
    try {
      child.started(cloned.pid(), cloned.pidfd(), order.clonesAgain());
    } catch (ErrnoException e) {
      log.error("cannot watch " + order.name() + "; it is killed", e);
      awaited.remove(child);
      children.remove(order.name());
      killAndReap(cloned.pidfd());
      unreaped.remove(child);
      child.neverStarted();
      outcome.failed(new Failure(FailureKind.CLONE, 0, e.number(), 0, e.call()));
      return;
    }
    if (!order.clonesAgain()) {
      outcome.spawned(child);
    }
  }

  private void notCloned(Child child, Stub.Failure e, Outcome outcome) {
    children.remove(child.name());
    child.neverStarted();
    outcome.failed(new Failure(FailureKind.CLONE, 0, e.errno(), 0, e.call()));
  }

  private void killAndReap(PidFd pidfd) {
    try (pidfd) {
      pidfd.signal(Signal.SIGKILL);
      pidfd.waitid(0);
    } catch (ErrnoException e) {
      log.error("cannot kill a process", e);
    }
  }

  /** Without waiting for a process that something may hold up. */
  private void killAndReapLater(PidFd pidfd) throws ErrnoException {
    Reaper.reap(loop, log, pidfd, _ -> pidfd.close());
    pidfd.signal(Signal.SIGKILL);
  }

  /** What the shim puts into a slot; its own end goes to the child. */
  private static Fd make(String slot, Child child, Stdio stdio) throws ErrnoException {
    return switch (slot) {
      case SpawnPlan.STATUS -> {
        Sockets.SocketPair pair = Descriptors.statusChannel();
        child.keep(Kept.Slot.STATUS, pair.first());
        yield pair.second();
      }
      case SpawnPlan.GATE -> keepWriting(child, Kept.Slot.GATE, Descriptors.pipe(false));
      case SpawnPlan.STDIN -> stdio == Stdio.PIPES ? keepWriting(child, Kept.Slot.STDIN, Descriptors.pipe(true)) : Descriptors.devNull();
      case SpawnPlan.STDOUT -> hasOutput(stdio) ? keepReading(child, Kept.Slot.STDOUT, Descriptors.pipe(true)) : Descriptors.devNull();
      case SpawnPlan.STDERR -> hasOutput(stdio) ? keepReading(child, Kept.Slot.STDERR, Descriptors.pipe(true)) : Descriptors.devNull();
      case SpawnPlan.PTY -> {
        Sockets.SocketPair pair = Sockets.socketpair(Socket.SOCK_SEQPACKET);
        child.keep(Kept.Slot.PTY, pair.first());
        yield Descriptors.high(pair.second());
      }
      default -> throw new IllegalArgumentException("nobody gave a descriptor " + slot);
    };
  }

  private static boolean hasOutput(Stdio stdio) {
    return stdio == Stdio.PIPES || stdio == Stdio.OUTPUT;
  }

  private static Fd keepReading(Child child, Kept.Slot slot, Pipe pipe) {
    child.keep(slot, pipe.readEnd());
    return pipe.writeEnd();
  }

  private static Fd keepWriting(Child child, Kept.Slot slot, Pipe pipe) {
    child.keep(slot, pipe.writeEnd());
    return pipe.readEnd();
  }

  /** Passes on what children say. */
  private final class Watcher implements Child.Listener {
    @Override
    public void spawned(Child child) {
      Outcome outcome = awaited.remove(child);
      if (outcome != null) {
        outcome.spawned(child);
      } else if (observer != null) { // whoever asked for it was told by the program before this one that it is gone
        observer.changed(child.snapshot());
      }
    }

    @Override
    public void changed(Child child) {
      if (child.isForgotten()) {
        return;
      }
      Failure failure = child.failure();
      Outcome outcome = child.phase() == Phase.FAILED ? awaited.remove(child) : null;
      boolean untold = outcome == null && child.phase() == Phase.FAILED && !child.pidKnown();
      if (untold) {
        children.remove(child.name());
        child.forget();
      } else if (outcome != null && failure != null) {
        // Nobody knows it yet: the answer to the request says all, and nothing is left to acknowledge.
        children.remove(child.name());
        child.forget();
        outcome.failed(failure);
      } else if (child.pidKnown() && observer != null) {
        observer.changed(child.snapshot());
      }
    }

    @Override
    public void reaped(Child child) {
      if (child.isForgotten()) {
        unreaped.remove(child);
      }
    }

    @Override
    public void lostTrack(Child child) {
      log.info("the plan of " + child.name() + " died while it cloned");
      killStrays();
    }
  }

  /** Kills children of this process that no {@link Child} stands for. */
  private void killStrays() {
    // One that is being cloned right now looks the same, and so does one that was cloned and whose pid is not read yet.
    if (clonesUnderWay > 0 || unreaped.stream().anyMatch(Child::awaitsPid)) {
      loop.after(STRAY_RETRY_NANOS, this::killStrays);
      return;
    }
    Set<Integer> known = new HashSet<>();
    unreaped.forEach(child -> known.addAll(child.pids()));
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      for (Path thread : threads.toList()) {
        for (String pid : Files.readString(thread.resolve("children")).split(" ")) {
          if (!pid.isBlank() && !known.contains(Integer.valueOf(pid.strip()))) {
            log.info("killing the stray process " + pid.strip());
            killAndReapLater(PidFd.open(Integer.parseInt(pid.strip())));
          }
        }
      }
    } catch (IOException e) {
      log.error("cannot look for stray processes", e);
    }
  }
}
