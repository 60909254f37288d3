package dev.proa.namespace;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Errno;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.PidFd;
import dev.proa.linux.abi.Signal;
import dev.proa.namespace.plan.ExecPlanner;
import dev.proa.namespace.plan.HookPlanner;
import dev.proa.namespace.plan.HostFacts;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Spawner;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.Streams;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the hooks of a specification, one after the other, each with the container's state on its standard input (runtime.md "Lifecycle"). */
final class HookRunner {
  private static final Logger LOG = LoggerFactory.getLogger(HookRunner.class);

  /** A hook without a timeout may take long, but not for ever: whoever waits for the start is still there. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private static final int MAX_OUTPUT = 4096;

  private final Spawner spawner;
  private final HostFacts host;

  HookRunner(Spawner spawner, HostFacts host) {
    this.spawner = spawner;
    this.host = host;
  }

  static Spec.Hooks none() {
    return new Spec.Hooks(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
  }

  /** Those before pivot_root. The first that fails ends the creation. */
  void beforePivot(Spec.Hooks hooks, OciState state, TaskRecord record, PidFd init) {
    runtime("prestart", hooks.prestart(), state);
    runtime("createRuntime", hooks.createRuntime(), state);
    each(
        "createContainer",
        hooks.createContainer(),
        state,
        Map.of(ExecPlanner.INIT, init),
        hook -> HookPlanner.container(hook, host, record.users() != null, record.ownTime(), state.bundle()));
  }

  /** In the runtime's namespaces. */
  void runtime(String kind, List<Spec.Hook> hooks, OciState state) {
    each(kind, hooks, state, Map.of(), hook -> HookPlanner.runtime(hook, host));
  }

  /** As {@link #runtime}, where a failure is only told: the container is started, or gone, whatever they say. */
  void afterwards(String kind, List<Spec.Hook> hooks, OciState state) {
    afterwards(kind, hooks, state, LOG::warn);
  }

  /** The same, told to somebody else than the log. */
  void afterwards(String kind, List<Spec.Hook> hooks, OciState state, Consumer<String> warnings) {
    for (int i = 0; i < hooks.size(); i++) {
      try {
        run(kind + " hook #" + i, hooks.get(i), state, Map.of(), HookPlanner.runtime(hooks.get(i), host));
      } catch (ProaException e) {
        warnings.accept(state.id() + ": " + e.getMessage());
      }
    }
  }

  void each(String kind, List<Spec.Hook> hooks, OciState state, Map<String, Fd> descriptors, Function<Spec.Hook, SpawnPlan> plan) {
    for (int i = 0; i < hooks.size(); i++) {
      run(kind + " hook #" + i, hooks.get(i), state, descriptors, plan.apply(hooks.get(i)));
    }
  }

  private void run(String what, Spec.Hook hook, OciState state, Map<String, Fd> descriptors, SpawnPlan plan) {
    String name = state.id() + "/.hook";
    Map<String, Fd> wanted = new java.util.HashMap<>(descriptors);
    wanted.keySet().retainAll(plan.descriptors());
    Duration time = hook.timeoutSeconds() == null ? LONGEST : Duration.ofSeconds(hook.timeoutSeconds());
    if (time.isNegative() || time.isZero()) {
      throw ProaException.invalid("hooks: the timeout " + hook.timeoutSeconds() + " of " + hook.path() + " is not positive");
    }
    try (Spawned process = spawner.spawn(new SpawnRequest(name, plan, wanted, Stdio.PIPES, null, SpawnRequest.DEFAULT_DEADLINE))) {
      process.awaitReady();
      String said = talk(name, state, process, time, what);
      ProcessExit exit = spawner.exit(name).get(time.toMillis(), TimeUnit.MILLISECONDS);
      spawner.acknowledge(name);
      int code = exit.status().map(status -> status.exitCode()).orElse(-1);
      if (code != 0) {
        throw ProaException.internal("error running " + what + ": exit status " + code + said, null);
      }
    } catch (SpawnException e) {
      throw ProaException.internal("error running " + what + ": " + e.failure(), e);
    } catch (ExecutionException | TimeoutException | IOException e) {
      throw ProaException.internal("error running " + what + ": " + (e instanceof TimeoutException ? "timeout" : e.getMessage()), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("error running " + what);
    }
  }

  /** Gives it the state, hears what it says until it has closed its streams, and kills it when its time is over. */
  private String talk(String name, OciState state, Spawned process, Duration time, String what) throws IOException, InterruptedException {
    try (Streams streams = spawner.streams(name)) {
      spawner.closeStdin(name);
      try (Fd stdin = streams.stdin().orElseThrow()) {
        Io.writeFully(stdin, state.json().getBytes(StandardCharsets.UTF_8));
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EPIPE) { // a hook need not read it
          throw e;
        }
      }
      Listener out = new Listener(streams.stdout().orElseThrow());
      Listener err = new Listener(streams.stderr().orElseThrow());
      long end = System.nanoTime() + time.toNanos();
      try {
        spawner.exit(name).get(time.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        process.pidfd().signal(Signal.SIGKILL);
        spawner.exit(name).join();
        spawner.acknowledge(name);
        throw ProaException.internal("error running " + what + ": context deadline exceeded after " + time.toSeconds() + " s", e);
      } catch (ExecutionException e) {
        throw new IOException(String.valueOf(e.getMessage()), e);
      }
      return ", stdout: " + out.said(end) + ", stderr: " + err.said(end);
    }
  }

  /** Reads one stream on a thread of its own, so that a hook that says much is not held up; only the beginning is kept. */
  private static final class Listener {
    private final Fd stream;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final Thread thread;

    Listener(Fd stream) {
      this.stream = stream;
      this.thread = Thread.ofPlatform().daemon().name("proa-hook").start(this::read);
    }

    private void read() {
      byte[] buffer = new byte[MAX_OUTPUT];
      try {
        for (int n = Io.read(stream, buffer, 0, buffer.length); n > 0; n = Io.read(stream, buffer, 0, buffer.length)) {
          synchronized (kept) {
            kept.write(buffer, 0, Math.min(n, MAX_OUTPUT - kept.size()));
          }
        }
      } catch (ErrnoException | IllegalStateException e) {
        LOG.debug("what a hook said is not complete: {}", e.getMessage());
      }
    }

    /** The hook has ended; a child of its own may hold the stream open, and is not waited for. */
    String said(long end) throws InterruptedException {
      thread.join(Duration.ofNanos(Math.clamp(end - System.nanoTime(), 1, 200_000_000)));
      synchronized (kept) {
        return kept.toString(StandardCharsets.UTF_8).strip();
      }
    }
  }
}
