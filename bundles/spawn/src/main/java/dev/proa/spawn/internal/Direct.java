package dev.proa.spawn.internal;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.ExitStatus;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.PidFd;
import dev.proa.linux.Pipe;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Poll;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Wait;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnFailure;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.StatusReader;
import dev.proa.spawn.StatusRecord;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.Streams;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A child of this process that runs a plan; whoever asks reads its status pipe himself. */
public final class Direct implements Spawned {
  private final SpawnRequest request;
  private final Consumer<String> forget;
  private final Planned planned;
  private @Nullable StatusReader status;
  private @Nullable Fd gate;
  private @Nullable Fd stdin;
  private @Nullable Fd stdout;
  private @Nullable Fd stderr;
  private @Nullable PidFd pidfd;
  private int pid;
  private @Nullable CompletableFuture<ProcessExit> exit;

  public Direct(SpawnRequest request, Consumer<String> forget) {
    this.request = request;
    this.forget = forget;
    this.planned = new Planned(request.plan(), request.deadline());
  }

  /** The plan's end of what a shim would make; the other end is kept. */
  public Fd make(String slot, Stdio stdio) throws ErrnoException {
    boolean output = stdio == Stdio.PIPES || stdio == Stdio.OUTPUT;
    return switch (slot) {
      case SpawnPlan.STATUS -> {
        Pipe pipe = Io.pipe2(Fcntl.O_CLOEXEC);
        status = new StatusReader(pipe.readEnd());
        yield pipe.writeEnd();
      }
      case SpawnPlan.GATE -> {
        Pipe pipe = Io.pipe2(Fcntl.O_CLOEXEC);
        gate = pipe.writeEnd();
        yield pipe.readEnd();
      }
      case SpawnPlan.STDIN -> {
        if (stdio != Stdio.PIPES) {
          yield Fs.open("/dev/null", Fcntl.O_RDWR);
        }
        Pipe pipe = Io.pipe2(Fcntl.O_CLOEXEC);
        stdin = pipe.writeEnd();
        yield pipe.readEnd();
      }
      case SpawnPlan.STDOUT, SpawnPlan.STDERR -> {
        if (!output) {
          yield Fs.open("/dev/null", Fcntl.O_RDWR);
        }
        Pipe pipe = Io.pipe2(Fcntl.O_CLOEXEC);
        if (slot.equals(SpawnPlan.STDOUT)) {
          stdout = pipe.readEnd();
        } else {
          stderr = pipe.readEnd();
        }
        yield pipe.writeEnd();
      }
      default -> throw new IllegalArgumentException("nobody gave a descriptor " + slot);
    };
  }

  /** Its status is read from there, and its gates are opened there, instead of pipes of this process's own. */
  public void through(String slot, Fd fifo) throws ErrnoException {
    if (slot.equals(SpawnPlan.STATUS)) {
      // Another open file: only without a writer of this process's own there ever is an end of file.
      status = new StatusReader(Fs.open("/proc/self/fd/" + fifo.raw(), Fcntl.O_RDONLY | Fcntl.O_NONBLOCK));
    } else if (slot.equals(SpawnPlan.GATE)) {
      gate = fifo.duplicate();
    }
  }

  public void started(int firstPid, PidFd process) {
    pid = firstPid;
    pidfd = process;
  }

  private StatusReader reader() {
    return java.util.Objects.requireNonNull(status, "no status pipe");
  }

  /** With a second clone the pid is that of the process that counts, unless the plan waits before that. */
  public void awaitPid() throws IOException {
    if (request.plan().clonesAgain()) {
      next(record -> record.kind() == StatusRecord.Kind.PID || record.kind() == StatusRecord.Kind.WAITING);
    }
  }

  @Override
  public String name() {
    return request.name();
  }

  @Override
  public int pid() {
    return pid;
  }

  @Override
  public PidFd pidfd() {
    return java.util.Objects.requireNonNull(pidfd, "never started");
  }

  @Override
  public int awaitGate() throws IOException {
    StatusReader reader = reader();
    if (reader.waitsAt() < 0) {
      next(record -> record.kind() == StatusRecord.Kind.WAITING);
    }
    return reader.waitsAt();
  }

  @Override
  public void release() throws IOException {
    reader().passed();
    Io.writeFully(java.util.Objects.requireNonNull(gate, "no gate"), new byte[] {1});
  }

  @Override
  public void awaitReady() throws IOException {
    next(record -> false);
  }

  /** Reads until a record is the one, or until end of file, which has to come after READY. */
  private void next(java.util.function.Predicate<StatusRecord> wanted) throws IOException {
    while (true) {
      Optional<StatusRecord> record = reader().next(request.deadline());
      if (record.isEmpty()) {
        if (reader().ready()) {
          return;
        }
        throw failed();
      }
      StatusRecord r = record.get();
      if (r.kind() == StatusRecord.Kind.PID) {
        follow(r.value());
      }
      if (wanted.test(r)) {
        return;
      }
    }
  }

  /** The child of a clone step is a child of this process as well. */
  private void follow(int later) throws ErrnoException {
    PidFd process = PidFd.open(later);
    try (PidFd first = pidfd()) {
      first.waitid(0); // it leaves right after its report
    } finally {
      pidfd = process;
      pid = later;
    }
  }

  private SpawnException failed() throws IOException {
    try {
      if (reader().timedOut()) {
        pidfd().signal(Signal.SIGKILL);
      }
      ExitStatus how = pidfd().waitid(0).orElse(new ExitStatus(0, 0));
      Optional<StatusRecord> said = reader().failure();
      SpawnFailure failure =
          said.isPresent()
              ? planned.words(new Wire.Failure(Wire.FailureKind.STEP, said.get().step(), said.get().value(), said.get().detail(), ""))
              : reader().timedOut() ? new SpawnFailure.DeadlinePassed(request.deadline(), "stuck") : new SpawnFailure.Ended(how);
      return new SpawnException(request.name(), failure);
    } finally {
      forget.accept(request.name());
      close();
    }
  }

  /** Waits on a thread of its own. */
  public synchronized CompletableFuture<ProcessExit> exit() {
    CompletableFuture<ProcessExit> known = exit;
    if (known == null) {
      CompletableFuture<ProcessExit> made = new CompletableFuture<>();
      PidFd process = pidfd();
      Thread.ofPlatform()
          .daemon()
          .name("proa-wait")
          .start(
              () -> {
                try {
                  Io.poll(List.of(new Io.PollFor(process, Poll.EPOLLIN)), -1);
                  // Blocking: who traces it hears of its end first, and until then there is nothing to wait for without.
                  made.complete(new ProcessExit(request.name(), pid, process.waitid(0), Instant.now()));
                } catch (ErrnoException | RuntimeException e) {
                  made.completeExceptionally(e);
                }
              });
      exit = made;
      known = made;
    }
    return known;
  }

  public Streams streams() throws ErrnoException {
    return new Streams(copy(stdin), copy(stdout), copy(stderr), Optional.empty());
  }

  private static Optional<Fd> copy(@Nullable Fd fd) throws ErrnoException {
    return fd == null ? Optional.empty() : Optional.of(fd.duplicate());
  }

  public void closeStdin() {
    if (stdin != null) {
      stdin.close();
    }
  }

  @Override
  public void close() {
    for (Fd fd : new Fd[] {gate, stdin, stdout, stderr}) {
      if (fd != null) {
        fd.close();
      }
    }
    if (status != null) {
      status.close();
    }
    if (pidfd != null && exit == null) {
      pidfd.close();
    }
  }
}
