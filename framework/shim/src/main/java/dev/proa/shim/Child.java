package dev.proa.shim;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.ExitStatus;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.PidFd;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Poll;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Socket;
import dev.proa.linux.abi.Wait;
import dev.proa.shim.Kept.Slot;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.ShimProcess.Phase;
import dev.proa.spawn.StatusRecord;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.internal.Wire;
import dev.proa.spawn.internal.Wire.Failure;
import dev.proa.spawn.internal.Wire.FailureKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A process of the shim, from its clone until its exit is acknowledged. What it was comes from two sources that may speak in any order: the status
 * channel (records, then end of file) and the pidfd (ready when it has ended); {@link #evaluate} draws the conclusion.
 */
final class Child {
  private static final int ADOPTED_TRIES = 50;
  private static final long ADOPTED_RETRY_NANOS = 10_000_000;

  private static final int EARLY_RECORDS = 8;

  private final Loop loop;
  private final ShimLog log;
  private final Listener listener;
  private final String name;
  private final Stdio stdio;
  private final long deadlineNanos;
  private final Kept kept = new Kept();

  private record Early(int sender, StatusRecord record) {}

  private final List<Early> early = new ArrayList<>();

  private int pid;
  private int intermediatePid;
  private @Nullable PidFd pidfd;
  private @Nullable PidFd intermediate;
  private Loop.@Nullable Watch statusWatch;

  private Phase phase = Phase.STARTING;
  private boolean adopted;
  private boolean awaitsPid;
  private boolean ready;
  private boolean statusEnded;
  private boolean ended;
  private boolean forgotten;
  private int waitsAt = -1;
  private int releases;
  private @Nullable Failure failure;
  private @Nullable ProcessExit exit;
  private Loop.@Nullable Timer deadline;

  /** Who is told of what happens to a process. */
  interface Listener {
    /** Its pid is known now. */
    void spawned(Child child);

    /** The process that was to clone the one that counts died and may have cloned it all the same, without saying so. */
    void lostTrack(Child child);

    /** It has ended and is reaped. */
    void reaped(Child child);

    /** It is in another phase. */
    void changed(Child child);
  }

  Child(Loop loop, ShimLog log, Listener listener, String name, Stdio stdio, long deadlineNanos) {
    this.loop = loop;
    this.log = log;
    this.listener = listener;
    this.name = name;
    this.stdio = stdio;
    this.deadlineNanos = deadlineNanos;
  }

  String name() {
    return name;
  }

  Phase phase() {
    return phase;
  }

  int pid() {
    return pid;
  }

  @Nullable PidFd pidfd() {
    return pidfd;
  }

  @Nullable Failure failure() {
    return failure;
  }

  /** Whether a pid can be told: that of the process that counts, or, at a gate before it is cloned, of the one that will clone it. */
  boolean pidKnown() {
    return pid != 0;
  }

  /** Whether it is not known yet which process counts. */
  boolean awaitsPid() {
    return awaitsPid && !ended;
  }

  /** Whether nothing is left to reap. */
  boolean hasEnded() {
    return ended;
  }

  /** The processes behind it that are not reaped yet. */
  List<Integer> pids() {
    return List.of(pid, intermediatePid);
  }

  /** The clone failed: closes what was kept for it. */
  void neverStarted() {
    ended = true;
    forget();
  }

  /** Keeps the shim's end of a slot that the shim made; it closes with the child. */
  void keep(Slot slot, Fd fd) {
    kept.put(slot, fd);
  }

  /** The plan runs. With {@code clonesAgain} this is not yet the process that counts. */
  void started(int firstPid, PidFd first, boolean clonesAgain) throws ErrnoException {
    awaitsPid = clonesAgain;
    if (clonesAgain) {
      intermediatePid = firstPid;
      watchIntermediate(first);
    } else {
      pid = firstPid;
      watchEnd(first);
    }
    Fd pipe = kept.get(Slot.STATUS);
    if (pipe == null) {
      throw new IllegalStateException(name + " has no status pipe");
    }
    statusWatch = loop.watch(pipe, Poll.EPOLLIN, _ -> readStatus());
    startDeadline(deadlineNanos);
  }

  ChildState state() {
    return new ChildState(
        name,
        stdio,
        deadlineNanos,
        pid,
        intermediatePid,
        numberOf(pidfd),
        numberOf(intermediate),
        kept.numbers(),
        phase,
        new ChildState.Flags(adopted, awaitsPid, ready, statusEnded, ended, forgotten),
        waitsAt,
        releases,
        failure,
        exit,
        deadline == null ? -1 : deadline.remainingNanos());
  }

  private static int numberOf(@Nullable PidFd fd) {
    return fd == null || !fd.isOpen() ? -1 : fd.raw();
  }

  /** What the program before this one in the same process left. */
  static Child restored(Loop loop, ShimLog log, Listener listener, ChildState state) throws ErrnoException {
    Child child = new Child(loop, log, listener, state.name(), state.stdio(), state.deadlineNanos());
    state.ends().forEach((slot, number) -> child.kept.put(slot, Fd.owning(number)));
    child.pid = state.pid();
    child.intermediatePid = state.intermediatePid();
    child.phase = state.phase();
    child.adopted = state.flags().adopted();
    child.awaitsPid = state.flags().awaitsPid();
    child.ready = state.flags().ready();
    child.statusEnded = state.flags().statusEnded();
    child.ended = state.flags().ended();
    child.forgotten = state.flags().forgotten();
    child.waitsAt = state.waitsAt();
    child.releases = state.releases();
    child.failure = state.failure();
    child.exit = state.exit();
    if (state.intermediate() >= 0) {
      child.watchIntermediate(PidFd.owning(state.intermediate()));
    }
    if (state.pidfd() >= 0 && state.pidfd() != state.intermediate()) {
      PidFd process = PidFd.owning(state.pidfd());
      child.pidfd = process;
      if (!child.ended) {
        child.watchEnd(process);
      }
    }
    Fd pipe = child.kept.get(Slot.STATUS);
    if (pipe != null && !child.statusEnded) {
      child.statusWatch = loop.watch(pipe, Poll.EPOLLIN, _ -> child.readStatus());
    }
    if (state.deadlineLeftNanos() >= 0) {
      child.startDeadline(state.deadlineLeftNanos());
    }
    return child;
  }

  /** A process that is not ours to wait for. */
  void adopted(int adoptedPid, PidFd process) throws ErrnoException {
    adopted = true;
    pid = adoptedPid;
    ready = true;
    statusEnded = true;
    phase = Phase.RUNNING;
    watchEnd(process);
  }

  private void watchEnd(PidFd process) throws ErrnoException {
    pidfd = process;
    if (!adopted) {
      Reaper.reap(loop, log, process, how -> end(Optional.of(how)));
      return;
    }
    Loop.Watch[] watch = new Loop.Watch[1];
    watch[0] =
        loop.watch(
            process,
            Poll.EPOLLIN,
            _ -> {
              watch[0].close();
              askParent(process, ADOPTED_TRIES);
            });
  }

  private void end(Optional<ExitStatus> how) throws ErrnoException {
    FaultPoints.reach("shim.reaped");
    ended = true;
    exit = new ProcessExit(name, pid, how, Instant.now());
    readStatus();
    evaluate();
    if (forgotten) {
      closeAll();
    }
    listener.reaped(this);
  }

  /** Somebody else reaps an adopted process, a moment from now; only then does the kernel tell others how it ended. */
  private void askParent(PidFd process, int tries) throws ErrnoException {
    Optional<ExitStatus> how = process.exitInfo();
    if (how.isPresent() || tries == 0) {
      end(how.isPresent() ? how : ProcStatus.zombie(process)); // its parent may not care for it at all
      return;
    }
    loop.after(
        ADOPTED_RETRY_NANOS,
        () -> {
          try {
            askParent(process, tries - 1);
          } catch (ErrnoException e) {
            log.error("cannot learn how " + name + " ended", e);
          }
        });
  }

  private void watchIntermediate(PidFd process) throws ErrnoException {
    pidfd = process;
    intermediate = process;
    Reaper.reap(
        loop,
        log,
        process,
        how -> {
          readStatus();
          if (awaitsPid) { // it ended without having cloned the process that counts
            ended = true;
            exit = new ProcessExit(name, pid, Optional.of(how), Instant.now());
            listener.lostTrack(this);
            evaluate();
            if (forgotten) {
              closeAll();
            }
            listener.reaped(this);
          }
          intermediatePid = 0;
          intermediate = null;
          process.close();
        });
  }

  /** Reads what there is on the status pipe. */
  private void readStatus() throws ErrnoException {
    Fd pipe = kept.get(Slot.STATUS);
    Loop.Watch watch = statusWatch;
    if (pipe == null || watch == null || statusEnded) {
      return;
    }
    kept.takeTerminal(name, log);
    while (true) {
      Optional<Sockets.Sent> message;
      try {
        message = Sockets.recvmsgFromAnybody(pipe, StatusRecord.SIZE, Socket.MSG_DONTWAIT);
      } catch (ErrnoException e) {
        if (e.errno() == Errno.EAGAIN) {
          return;
        }
        throw e;
      }
      if (message.isEmpty()) {
        statusEnded = true;
        watch.close();
        kept.close(Slot.STATUS);
        kept.takeTerminal(name, log);
        evaluate();
        return;
      }
      if (message.get().bytes().length == StatusRecord.SIZE) {
        Optional<StatusRecord> decoded = StatusRecord.decode(message.get().bytes(), 0);
        if (decoded.isPresent()) {
          hear(message.get().pid(), decoded.get());
        }
      }
    }
  }

  /**
   * Who lives in the namespace that was joined may have got hold of the channel (pidfd_getfd(2)). Nobody but the plan's own processes is believed, and only
   * the first of them, which nobody there can see, says which process it has cloned.
   */
  private void hear(int sender, StatusRecord r) throws ErrnoException {
    boolean known = sender != 0 && (sender == intermediatePid || sender == pid);
    switch (r.kind()) {
      case FAILED -> take(r); // of a helper, too
      case PID -> {
        if (known && sender == intermediatePid) {
          take(r);
        }
      }
      case READY, WAITING -> {
        if (known) {
          take(r);
        } else if (awaitsPid && early.size() < EARLY_RECORDS) {
          early.add(new Early(sender, r)); // it may run before it is announced
        }
      }
    }
  }

  private void take(StatusRecord r) throws ErrnoException {
    switch (r.kind()) {
      case READY -> ready = true;
      case FAILED -> {
        if (failure == null) {
          failure = new Failure(FailureKind.STEP, r.step(), r.value(), r.detail(), "");
        }
      }
      case WAITING -> {
        if (releases > 0) {
          releases--;
        } else if (phase == Phase.STARTING) {
          phase = Phase.WAITING;
          waitsAt = r.step();
          stopDeadline();
          if (awaitsPid && pid == 0) { // whoever is to open the gate must know where it stands: in the process that clones later
            pid = intermediatePid;
            listener.spawned(this);
          }
          listener.changed(this);
        }
      }
      case PID -> {
        if (awaitsPid) {
          takePid(r.value());
        }
      }
    }
  }

  /** The clone step's child: ours by CLONE_PARENT, so its pid cannot be reused before we reap it. */
  private void takePid(int reported) throws ErrnoException {
    PidFd process = PidFd.open(reported);
    try {
      process.waitid(Wait.WNOHANG | Wait.WNOWAIT); // ECHILD if it is no child of ours: whoever wrote that record lies
    } catch (ErrnoException e) {
      process.close();
      throw e;
    }
    boolean told = pid != 0;
    pid = reported;
    awaitsPid = false;
    watchEnd(process);
    if (told) {
      listener.changed(this);
    } else {
      listener.spawned(this);
    }
    for (Early record : early) {
      hear(record.sender, record.record);
    }
    early.clear();
  }

  private void evaluate() throws ErrnoException {
    if (phase == Phase.EXITED || phase == Phase.FAILED) {
      return;
    }
    if (phase != Phase.RUNNING && statusEnded && ready && failure == null && !awaitsPid) {
      phase = Phase.RUNNING;
      stopDeadline();
      if (!ended) {
        listener.changed(this);
      }
    }
    if (phase == Phase.RUNNING && ended) {
      phase = Phase.EXITED;
      listener.changed(this);
    } else if (phase != Phase.RUNNING && ended && statusEnded) {
      ExitStatus how = exit == null ? new ExitStatus(0, 0) : exit.status().orElse(new ExitStatus(0, 0));
      fail(failure != null ? failure : new Failure(FailureKind.ENDED, 0, how.code(), how.status(), ""));
    } else if (phase != Phase.RUNNING && !ended && statusEnded && failure == null && !awaitsPid) {
      kill(); // it closed its status pipe without a word
    }
  }

  private void fail(Failure why) {
    failure = why;
    phase = Phase.FAILED;
    stopDeadline();
    listener.changed(this);
  }

  /** Lets the plan pass a gate. */
  void release() throws ErrnoException {
    Fd gate = kept.get(Slot.GATE);
    if (gate == null || ended) {
      return;
    }
    FaultPoints.reach("shim.release-asked");
    if (!Kept.open(gate)) {
      return;
    }
    if (phase == Phase.WAITING) {
      phase = Phase.STARTING;
      waitsAt = -1;
      startDeadline(deadlineNanos);
      listener.changed(this); // or whoever waits for the next gate would take this one for it
    } else {
      releases++;
    }
  }

  void closeStdin() {
    kept.close(Slot.STDIN);
  }

  /** Standard input, output, error and terminal, null where there is none. */
  List<@Nullable Fd> streams() {
    kept.takeTerminal(name, log);
    return kept.streams();
  }

  Wire.Snapshot snapshot() {
    Optional<ProcessExit> shown = phase == Phase.EXITED || phase == Phase.FAILED ? Optional.ofNullable(exit) : Optional.empty();
    ShimProcess process = new ShimProcess(name, pid, phase, phase == Phase.WAITING ? waitsAt : -1, stdio, shown);
    return new Wire.Snapshot(process, phase == Phase.FAILED ? Optional.ofNullable(failure) : Optional.empty());
  }

  /** Nobody asks for it any more: closes everything, once there is nothing left to reap. */
  void forget() {
    forgotten = true;
    if (ended) {
      closeAll();
    }
  }

  boolean isForgotten() {
    return forgotten;
  }

  private void closeAll() {
    Loop.Watch watch = statusWatch;
    if (watch != null && !statusEnded) {
      watch.close();
    }
    kept.close();
    // Not one that is still watched: the process that counts may end, and be forgotten, before the one that cloned it.
    if (pidfd != null && pidfd != intermediate) {
      pidfd.close();
    }
  }

  private void startDeadline(long nanos) {
    stopDeadline();
    deadline = loop.after(nanos, this::deadlinePassed);
  }

  private void stopDeadline() {
    if (deadline != null) {
      loop.cancel(deadline);
      deadline = null;
    }
  }

  /** Told at once: a process that a container has frozen may take its SIGKILL much later. It is reaped whenever it dies. */
  private void deadlinePassed() {
    PidFd process = pidfd;
    String state = process == null || !process.isOpen() ? "gone" : ProcStatus.state(process);
    try {
      kill();
    } catch (ErrnoException e) {
      log.error("cannot kill " + name + " after its deadline", e);
    }
    if (phase != Phase.RUNNING && phase != Phase.EXITED && phase != Phase.FAILED) {
      fail(new Failure(FailureKind.DEADLINE, 0, 0, 0, state));
    }
  }

  private void kill() throws ErrnoException {
    PidFd process = pidfd;
    if (process != null && process.isOpen()) {
      try {
        process.signal(Signal.SIGKILL);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ESRCH) {
          throw e;
        }
      }
    }
  }
}
