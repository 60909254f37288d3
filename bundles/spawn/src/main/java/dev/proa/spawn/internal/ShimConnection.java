package dev.proa.spawn.internal;

import dev.proa.linux.Credentials;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Message;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Socket;
import dev.proa.spawn.internal.Wire.Out;
import dev.proa.spawn.internal.Wire.Snapshot;
import dev.proa.spawn.internal.Wire.Status;
import dev.proa.spawn.internal.Wire.Type;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The socket to a shim: requests of many threads, their answers, and what the shim tells by itself. One platform thread reads. */
final class ShimConnection {
  /** What a request other than a spawn may take: the shim answers from memory. */
  static final Duration ANSWER_TIME = Duration.ofSeconds(30);

  private static final Duration OVERDUE_CHECK = Duration.ofSeconds(5);

  private final Fd socket;
  private final Credentials peer;
  private final Consumer<Snapshot> processes;
  private final Consumer<IOException> lostListener;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, Pending> pending = new ConcurrentHashMap<>();
  private final CompletableFuture<String> lost = new CompletableFuture<>();
  private final Object sending = new Object();
  private final AtomicBoolean overdueChecked = new AtomicBoolean();

  /** Packets of an answer that is not complete yet. */
  private static final class Pending {
    /** The answer, however late. */
    final CompletableFuture<List<Answer>> done = new CompletableFuture<>();

    /** The answer, for as long as somebody waits for it. */
    final CompletableFuture<List<Answer>> waited = new CompletableFuture<>();

    final List<Answer> parts = new ArrayList<>();
    final long since = System.nanoTime();
    final Duration time;

    Pending(Duration time) {
      this.time = time;
      done.whenComplete((answers, failure) -> settle(answers, failure));
    }

    private void settle(@Nullable List<Answer> answers, @Nullable Throwable failure) {
      if (answers != null) {
        waited.complete(answers);
      } else {
        waited.completeExceptionally(failure);
      }
    }

    void giveUpIfOverdue(int shim) {
      if (System.nanoTime() - since > time.toNanos()) {
        waited.completeExceptionally(new TimeoutException("the shim (pid " + shim + ") did not answer for " + time.toSeconds() + " s"));
      }
    }
  }

  /** One packet of an answer; whoever takes it owns its descriptors. */
  record Answer(Wire.In in, List<Fd> descriptors) {}

  /**
   * @param processes told of every change of a process, on the reader's thread
   * @param lostListener told once, when nothing will be heard any more
   */
  ShimConnection(Fd socket, Credentials peer, Consumer<Snapshot> processes, Consumer<IOException> lostListener) {
    this.socket = socket;
    this.peer = peer;
    this.processes = processes;
    this.lostListener = lostListener;
  }

  void start() {
    Thread.ofPlatform().daemon().name("shim-reader").start(this::read);
  }

  int pid() {
    return peer.pid();
  }

  boolean isLost() {
    return lost.isDone();
  }

  /** Complete, with the reason, once nothing will be heard any more. */
  CompletableFuture<String> lost() {
    return lost;
  }

  int nextId() {
    return ids.updateAndGet(id -> id == Integer.MAX_VALUE ? 1 : id + 1);
  }

  Answer askAbout(Type type, String name) throws IOException, InterruptedException {
    Answer answer = ask(new Out(type, nextId()).string(name), List.of());
    check(answer.in().status(), answer, name);
    return answer;
  }

  Answer ask(Out out, List<? extends Fd> descriptors) throws IOException, InterruptedException {
    return ask(out, descriptors, ANSWER_TIME);
  }

  Answer ask(Out out, List<? extends Fd> descriptors, Duration time) throws IOException, InterruptedException {
    return askForParts(out, descriptors, time).getFirst();
  }

  List<Answer> askForParts(Out out, List<? extends Fd> descriptors, Duration time) throws IOException, InterruptedException {
    return askForParts(out, descriptors, time, answers -> answers.forEach(answer -> Fd.closeAll(answer.descriptors())));
  }

  /** @param abandoned takes an answer that comes, or came, after this has thrown; it must not leak its descriptors */
  List<Answer> askForParts(Out out, List<? extends Fd> descriptors, Duration time, Consumer<List<Answer>> abandoned)
      throws IOException, InterruptedException {
    byte[] packet = out.bytes();
    int id = new Wire.In(packet).id();
    Pending waiting = new Pending(time);
    pending.put(id, waiting);
    checkOverdue();
    boolean taken = false;
    try {
      if (lost.isDone()) {
        throw gone();
      }
      synchronized (sending) {
        Sockets.sendmsg(socket, packet, descriptors, 0);
      }
      List<Answer> answers = waiting.waited.get();
      taken = true;
      return answers;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
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

  /** Gives up what is not answered in time. One look for all now and then: a timer for each would cost each two switches of threads. */
  private void checkOverdue() {
    if (overdueChecked.compareAndSet(false, true)) {
      CompletableFuture.delayedExecutor(OVERDUE_CHECK.toMillis(), TimeUnit.MILLISECONDS)
          .execute(
              () -> {
                pending.values().forEach(waiting -> waiting.giveUpIfOverdue(peer.pid()));
                overdueChecked.set(false);
                if (!pending.isEmpty()) {
                  checkOverdue();
                }
              });
    }
  }

  static void check(Status status, Answer answer, String name) throws IOException {
    switch (status) {
      case OK -> {}
      case UNKNOWN_NAME -> throw new NoSuchFileException(name, null, "the shim knows no such process");
      case NAME_IN_USE -> throw new FileAlreadyExistsException(name, null, "the shim has a process of that name");
      case CONFLICT -> throw new IllegalStateException(name + " has not ended");
      case INVALID -> throw new IOException("the shim refuses " + name + ": " + answer.in().string());
      case BUSY, SPAWN_FAILED -> throw new IOException("unexpected answer " + status + " about " + name);
    }
  }

  IOException gone() {
    return new IOException("the shim (pid " + peer.pid() + ") is gone: " + lost.join());
  }

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
        case PROCESS -> processes.accept(in.snapshot());
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

  void lose(String reason) {
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
    lostListener.accept(gone);
  }
}
