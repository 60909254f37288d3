package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.Attachment;
import dev.proa.lifecycle.containers.ExecConfig;
import dev.proa.lifecycle.containers.Health;
import dev.proa.lifecycle.containers.HealthConfig;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.spi.ProaException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks one running container again and again whether it works (Docker's HEALTHCHECK), on a virtual thread of its own. */
final class HealthMonitor {
  private static final Logger LOG = LoggerFactory.getLogger(HealthMonitor.class);
  private static final Duration INTERVAL = Duration.ofSeconds(30);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration START_INTERVAL = Duration.ofSeconds(5);
  private static final int RETRIES = 3;
  private static final int REMEMBERED = 5;
  private static final int MAX_OUTPUT = 4096;
  private static final Duration KILLED = Duration.ofSeconds(5);

  private static final String STARTING = "starting";
  private static final String HEALTHY = "healthy";
  private static final String UNHEALTHY = "unhealthy";

  private final Engine engine;
  private final ExecTable execs;
  private final Container container;
  private final HealthConfig config;
  private final int generation;
  private final Instant startedAt;
  private final CountDownLatch stopped = new CountDownLatch(1);

  HealthMonitor(Engine engine, ExecTable execs, Container container, HealthConfig config) {
    this.engine = engine;
    this.execs = execs;
    this.container = container;
    this.config = config;
    this.generation = container.generation;
    this.startedAt = container.row().state().startedAt();
  }

  static boolean checks(@Nullable HealthConfig config) {
    List<String> test = config == null ? null : config.test();
    return test != null && test.size() > 1 && (test.getFirst().equals("CMD") || test.getFirst().equals("CMD-SHELL"));
  }

  /** The container's lock is held. */
  void start() {
    ContainerRow row = container.row();
    container.row(row.with(row.state().with(new Health(STARTING, 0, List.of()))));
    Thread.startVirtualThread(this::run);
  }

  void stop() {
    stopped.countDown();
  }

  private static Duration orDefault(long nanos, Duration otherwise) {
    return nanos == 0 ? otherwise : Duration.ofNanos(nanos);
  }

  private void run() {
    try {
      while (!stopped.await(pause().toNanos(), TimeUnit.NANOSECONDS)) {
        if (container.row().state().status() == Status.PAUSED) {
          continue;
        }
        record(probe());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("{}: its health is not checked any more: {}", container.id(), e.getMessage(), e);
    }
  }

  private boolean starting() {
    Health health = container.row().state().health();
    boolean inStartPeriod = Duration.between(startedAt, Instant.now()).toNanos() < config.startPeriod();
    return inStartPeriod && health != null && health.status().equals(STARTING);
  }

  private Duration pause() {
    return starting() ? orDefault(config.startInterval(), START_INTERVAL) : orDefault(config.interval(), INTERVAL);
  }

  private Health.Probe probe() throws InterruptedException {
    Instant begin = Instant.now();
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    AtomicReference<String> id = new AtomicReference<>("");
    try (Attachment attachment = execs.startOwn(container, command(), id::set)) {
      CountDownLatch over = new CountDownLatch(1);
      Thread.startVirtualThread(
          () -> {
            try {
              attachment.pump((stream, data) -> keep(output, data));
            } catch (IOException e) {
              LOG.debug("{}: output of a health check is cut off: {}", container.id(), e.getMessage());
            } finally {
              over.countDown();
            }
          });
      Duration timeout = orDefault(config.timeout(), TIMEOUT);
      if (!over.await(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        execs.kill(id.get());
        boolean ended = over.await(KILLED.toNanos(), TimeUnit.NANOSECONDS);
        LOG.debug("{}: a health check that took too long was killed: {}", container.id(), ended);
        return new Health.Probe(begin, Instant.now(), -1, "Health check exceeded timeout (" + text(timeout) + ")");
      }
      Integer code = execs.inspect(id.get()).exitCode();
      return new Health.Probe(begin, Instant.now(), code == null ? -1 : code, text(output));
    } catch (ProaException e) {
      return new Health.Probe(begin, Instant.now(), -1, String.valueOf(e.getMessage()));
    } finally {
      execs.forget(id.get());
    }
  }

  /** As Go prints a duration of whole seconds or milliseconds. */
  private static String text(Duration duration) {
    return duration.toMillisPart() == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
  }

  private static void keep(ByteArrayOutputStream output, ByteBuffer data) {
    synchronized (output) {
      byte[] bytes = new byte[Math.min(data.remaining(), MAX_OUTPUT - output.size())];
      data.get(bytes);
      output.writeBytes(bytes);
    }
  }

  private static String text(ByteArrayOutputStream output) {
    synchronized (output) {
      return output.toString(StandardCharsets.UTF_8);
    }
  }

  private ExecConfig command() {
    List<String> test = config.test() == null ? List.of() : config.test();
    List<String> command = new ArrayList<>();
    if (test.getFirst().equals("CMD-SHELL")) {
      List<String> shell = container.row().config().shell();
      command.addAll(shell == null || shell.isEmpty() ? List.of("/bin/sh", "-c") : shell);
    }
    command.addAll(test.subList(1, test.size()));
    return new ExecConfig(null, false, false, null, false, true, true, null, null, null, command);
  }

  private void record(Health.Probe probe) {
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      if (stopped.getCount() == 0 || container.generation != generation || !row.state().status().hasProcess()) {
        return;
      }
      Health before = row.state().health() == null ? new Health(STARTING, 0, List.of()) : row.state().health();
      List<Health.Probe> log = new ArrayList<>(before.log());
      log.add(probe);
      while (log.size() > REMEMBERED) {
        log.removeFirst();
      }
      boolean ok = probe.exitCode() == 0;
      int streak = ok ? 0 : starting() ? before.failingStreak() : before.failingStreak() + 1;
      int retries = config.retries() == 0 ? RETRIES : config.retries();
      String status = ok ? HEALTHY : streak >= retries ? UNHEALTHY : before.status();
      // In memory only: after a restart of the daemon the container is asked again.
      container.row(row.with(row.state().with(new Health(status, streak, log))));
      if (!status.equals(before.status())) {
        engine.publish(row, "health_status: " + status, Map.of());
      }
    } finally {
      container.lock.unlock();
    }
  }
}
