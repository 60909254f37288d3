package dev.proa.vmm.control;

import dev.proa.linux.EventFd;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.Message;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Poll;
import dev.proa.linux.abi.Socket;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The backend's end of the control socket: commands with their answers, and what the VMM says unasked ({@link Event.Ready}, {@link Event.Booted},
 * {@link Event.Exited}) to a listener, in order, on one thread of this object.
 */
public final class VmmClient implements AutoCloseable {
  private final Fd socket;
  private final Consumer<Event> listener;
  private final AtomicInteger sequence = new AtomicInteger();
  private final Map<Integer, CompletableFuture<Event>> waiting = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Thread reader;
  private final EventFd wake;
  private volatile boolean gone;

  /**
   * Takes ownership of the socket, a SOCK_SEQPACKET one.
   *
   * @param listener must not wait for answers of this client
   */
  public VmmClient(Fd socket, Consumer<Event> listener) throws IOException {
    this.wake = EventFd.create();
    this.socket = socket;
    this.listener = listener;
    this.reader = Thread.ofPlatform().daemon().name("vmm-control").start(this::read);
  }

  /**
   * Sends a command and waits for its answer.
   *
   * @return {@link Event.Done}, or {@link Event.Stats} for GetStats
   * @throws IOException with the VMM's sentence when it failed, or when the VMM is gone or did not answer in time
   */
  public Event call(Command command, long timeoutMillis) throws IOException {
    int number = sequence.incrementAndGet();
    CompletableFuture<Event> answer = new CompletableFuture<>();
    waiting.put(number, answer);
    try {
      Packet packet = ControlCodec.encode(number, command);
      Sockets.sendmsg(socket, packet.written(), packet.descriptors(), 0);
      // One that answers and ends at once has answered all the same.
      if (gone && !answer.isDone()) {
        throw new IOException("the VMM is gone");
      }
      Event event = answer.get(timeoutMillis, TimeUnit.MILLISECONDS);
      if (event instanceof Event.Failed failed) {
        throw new IOException(failed.message());
      }
      return event;
    } catch (TimeoutException e) {
      throw new IOException("the VMM did not answer " + command.getClass().getSimpleName() + " within " + timeoutMillis + " ms", e);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the VMM", e);
    } finally {
      waiting.remove(number);
    }
  }

  /** Completes when the VMM's end is closed: all events were given to the listener then. */
  public CompletableFuture<Void> ended() {
    return ended.copy();
  }

  /** Closes the socket, which ends the VMM if it still runs. Idempotent. */
  @Override
  public synchronized void close() {
    if (!socket.isOpen()) {
      return;
    }
    try {
      Sockets.shutdown(socket, Socket.SHUT_RDWR);
    } catch (IOException e) {
      // it is closed already at the other end
    }
    detach();
  }

  /** Closes this end alone: the VMM goes on if somebody else has a duplicate of it. */
  public void detach() {
    try {
      wake.signal();
    } catch (IOException e) {
      throw new IllegalStateException("an event counter cannot be written", e);
    }
    try {
      if (Thread.currentThread() != reader) {
        reader.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    socket.close();
    wake.close();
  }

  private void read() {
    IOException why = new IOException("the VMM is gone");
    try {
      List<Io.PollFor> both = List.of(new Io.PollFor(socket, Poll.EPOLLIN), new Io.PollFor(wake, Poll.EPOLLIN));
      while (true) {
        if (Io.poll(both, -1)[0] == 0) {
          break; // woken, and nothing is left to be read
        }
        Message message = Sockets.recvmsg(socket, Packet.MAX_SIZE, 0);
        message.close(); // a VMM sends no descriptors; what comes all the same is closed
        if (message.bytes().length == 0) {
          break;
        }
        Event event = ControlCodec.event(new Packet(message.bytes(), message.descriptors()));
        switch (event) {
          case Event.Done e -> answer(e.sequence(), e);
          case Event.Failed e -> answer(e.sequence(), e);
          case Event.Stats e -> answer(e.sequence(), e);
          case Event.Ready e -> listener.accept(e);
          case Event.Booted e -> listener.accept(e);
          case Event.Exited e -> listener.accept(e);
        }
      }
    } catch (IOException e) {
      why = e;
    } finally {
      gone = true;
      for (CompletableFuture<Event> answer : waiting.values()) {
        answer.completeExceptionally(why);
      }
      ended.complete(null);
    }
  }

  private void answer(int number, Event event) {
    CompletableFuture<Event> answer = waiting.get(number);
    if (answer != null) {
      answer.complete(event);
    }
  }
}
