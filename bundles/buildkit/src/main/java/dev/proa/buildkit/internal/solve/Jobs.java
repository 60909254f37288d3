package dev.proa.buildkit.internal.solve;

import dev.proa.spi.ProaException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The builds that run, by the names that their clients gave them. */
public final class Jobs {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int MAX_JOBS = 256;
  private static final int MAX_NAME = 256;

  private final Map<String, Job> running = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();

  public void add(Job job) {
    String name = job.request().getRef();
    if (name.isEmpty() || name.length() > MAX_NAME) {
      throw ProaException.invalid("a build wants a name (ref) of at most " + MAX_NAME + " characters");
    }
    lock.lock();
    try {
      if (running.size() >= MAX_JOBS) {
        throw ProaException.exhausted("more than " + MAX_JOBS + " builds run", null);
      }
      if (running.putIfAbsent(name, job) != null) {
        throw ProaException.conflict("a build of the name " + name + " runs already");
      }
      added.signalAll();
    } finally {
      lock.unlock();
    }
  }

  public void remove(Job job) {
    lock.lock();
    try {
      running.remove(job.request().getRef(), job);
    } finally {
      lock.unlock();
    }
    job.over();
  }

  /** A build that runs, or will soon: calls about it come on streams of their own. */
  public Job await(String name) throws InterruptedException {
    long left = PATIENCE.toNanos();
    lock.lockInterruptibly();
    try {
      while (true) {
        Job job = running.get(name);
        if (job != null) {
          return job;
        }
        if (left <= 0) {
          throw ProaException.notFound("no such job " + name);
        }
        left = added.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}
