package dev.proa.builder.internal;

import dev.proa.builder.BuildOutput;
import dev.proa.images.ProgressMessage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One stream for stages that run side by side: what a stage says is shown when all stages before it have ended, and kept until then. A stage that has said
 * too much waits; none before it ever waits for one behind it.
 */
final class OrderedOutput {
  private static final int MAX_KEPT = 4096;

  private final BuildOutput output;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition turned = lock.newCondition();
  private int turn;
  private boolean over;

  OrderedOutput(BuildOutput output) {
    this.output = output;
  }

  /** The output of a stage; {@code place} counts the stages that are built from 0. */
  Part part(int place) {
    return new Part(place);
  }

  /** Nothing waits any more. */
  void end() {
    lock.lock();
    try {
      over = true;
      turned.signalAll();
    } finally {
      lock.unlock();
    }
  }

  final class Part implements BuildOutput {
    private final int place;
    private final Deque<ProgressMessage> kept = new ArrayDeque<>();

    private Part(int place) {
      this.place = place;
    }

    @Override
    public void send(ProgressMessage message) {
      lock.lock();
      try {
        while (turn < place && kept.size() >= MAX_KEPT && !over) {
          turned.awaitUninterruptibly();
        }
        if (turn < place) {
          if (!over) {
            kept.addLast(message);
          }
          return;
        }
        flush();
        output.send(message);
      } finally {
        lock.unlock();
      }
    }

    /** Shows what is kept, out of turn: the stage has failed. */
    void failed() {
      lock.lock();
      try {
        flush();
      } finally {
        lock.unlock();
      }
    }

    /** The stage has ended; waits for its turn first. */
    void done() {
      lock.lock();
      try {
        while (turn < place && !over) {
          turned.awaitUninterruptibly();
        }
        flush();
        turn = Math.max(turn, place + 1);
        turned.signalAll();
      } finally {
        lock.unlock();
      }
    }

    private void flush() {
      while (!kept.isEmpty()) {
        output.send(kept.removeFirst());
      }
    }
  }
}
