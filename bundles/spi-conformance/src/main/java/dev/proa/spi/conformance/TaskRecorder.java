package dev.proa.spi.conformance;

import static org.assertj.core.api.Assertions.fail;

import dev.proa.spi.isolation.TaskExit;
import dev.proa.spi.isolation.TaskListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A listener that remembers, and that a test can wait on. */
public final class TaskRecorder implements TaskListener {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition told = lock.newCondition();
  private final List<TaskExit> exits = new ArrayList<>();
  private final List<String> outOfMemory = new ArrayList<>();
  private boolean held;

  @Override
  public void exited(TaskExit exit) {
    lock.lock();
    try {
      while (held) {
        told.awaitUninterruptibly();
      }
      exits.add(exit);
      told.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void outOfMemory(String id) {
    lock.lock();
    try {
      outOfMemory.add(id);
      told.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** From now on no end is taken, so that what has ended can still be asked for its streams. */
  public void hold() {
    held(true);
  }

  public void release() {
    held(false);
  }

  private void held(boolean now) {
    lock.lock();
    try {
      held = now;
      told.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the end of the process is told. */
  public TaskExit await(String id, @Nullable String execId) {
    TaskExit exit = await(id, execId, PATIENCE);
    return exit != null ? exit : fail("the end of task %s, exec %s was not told within %s; told were %s", id, execId, PATIENCE, exits);
  }

  /** Waits until the end of the process is told; null if it is not in time. */
  public @Nullable TaskExit await(String id, @Nullable String execId, Duration patience) {
    lock.lock();
    try {
      long nanos = patience.toNanos();
      while (true) {
        for (TaskExit exit : exits) {
          if (exit.id().equals(id) && Objects.equals(exit.execId(), execId)) {
            return exit;
          }
        }
        if (nanos <= 0) {
          return null;
        }
        nanos = told.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for the end of " + id, e);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the task is told to be out of memory. */
  public boolean awaitOutOfMemory(String id) {
    lock.lock();
    try {
      long nanos = TimeUnit.SECONDS.toNanos(30);
      while (!outOfMemory.contains(id)) {
        if (nanos <= 0) {
          return false;
        }
        nanos = told.awaitNanos(nanos);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + id, e);
    } finally {
      lock.unlock();
    }
  }
}
