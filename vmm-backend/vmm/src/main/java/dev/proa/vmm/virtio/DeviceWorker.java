package dev.proa.vmm.virtio;

import dev.proa.linux.Epoll;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.EventFd;
import dev.proa.linux.abi.Poll;
import dev.proa.vmm.memory.GuestFault;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** The thread of one active device: it waits for notifications of the queues and for what the device watches. */
public final class DeviceWorker implements AutoCloseable {
  private static final long WAKE = Long.MAX_VALUE;
  private static final long QUEUE = 1L << 62;

  private final DeviceHandler handler;
  private final Consumer<String> broken;
  private final List<EventFd> notifiers;
  private final Epoll epoll;
  private final EventFd wake = EventFd.create();
  private final Thread thread;
  private final Object lock = new Object();
  // Under the lock
  private boolean paused;
  private boolean ended;

  /**
   * @param notifiers one a queue; they stay their owner's
   * @param broken told once when the handler can go on no more
   */
  public DeviceWorker(String name, Epoll epoll, List<EventFd> notifiers, DeviceHandler handler, boolean paused, Consumer<String> broken) throws ErrnoException {
    this.handler = handler;
    this.broken = broken;
    this.notifiers = notifiers;
    this.epoll = epoll;
    this.paused = paused;
    epoll.add(wake, Poll.EPOLLIN, WAKE);
    for (int i = 0; i < notifiers.size(); i++) {
      epoll.add(notifiers.get(i), Poll.EPOLLIN, QUEUE + i);
    }
    thread = Thread.ofPlatform().daemon().name(name).start(this::work);
  }

  /** Returns when the handler is not at work. */
  public void pause() {
    synchronized (lock) {
      paused = true;
    }
  }

  public void resume() {
    synchronized (lock) {
      paused = false;
      lock.notifyAll();
    }
  }

  /** Legal while paused. */
  public byte[] save() throws IOException {
    synchronized (lock) {
      return handler.save();
    }
  }

  /** Ends the thread and closes the handler. Not to be called by the handler. */
  @Override
  public void close() {
    synchronized (lock) {
      ended = true;
      lock.notifyAll();
    }
    try {
      wake.signal();
      thread.join();
    } catch (ErrnoException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    handler.close();
    epoll.close();
    wake.close();
  }

  private void work() {
    String why;
    try {
      while (true) {
        Epoll.Event[] events = epoll.await(-1);
        synchronized (lock) {
          while (paused && !ended) {
            lock.wait();
          }
          if (ended) {
            return;
          }
          for (Epoll.Event event : events) {
            happened(event);
          }
        }
      }
    } catch (GuestFault | IOException e) {
      why = String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      return;
    } catch (RuntimeException | Error e) {
      why = "an error of the device itself: " + e;
      e.printStackTrace();
    }
    broken.accept(why);
  }

  private void happened(Epoll.Event event) throws GuestFault, IOException {
    long token = event.token();
    if (token == WAKE) {
      wake.drain();
    } else if (token >= QUEUE) {
      int queue = (int) (token - QUEUE);
      notifiers.get(queue).drain();
      handler.queueNotified(queue);
    } else {
      handler.ready(token, event.events());
    }
  }
}
