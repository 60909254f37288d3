package dev.proa.cli.compose;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.compose.LogStreams.Selection;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Signals;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** {@code up} without {@code -d}: shows what containers write until they have ended, or until Ctrl-C stops them. */
final class Foreground {
  private static final int INTERRUPTED = 130;

  private final Scope scope;
  private final Invocation call;
  private final List<Container> containers;
  private final Instant begin;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicInteger status = new AtomicInteger();
  private final AtomicInteger signals = new AtomicInteger();
  private final AtomicReference<@Nullable Container> first = new AtomicReference<>();

  Foreground(Scope scope, Invocation call, List<Container> containers, Instant begin) {
    this.scope = scope;
    this.call = call;
    this.containers = containers;
    this.begin = begin;
  }

  int run() throws IOException {
    Flags flags = call.flags();
    String from = flags.get("exit-code-from");
    boolean abort = flags.has("abort-on-container-exit") || from != null;
    boolean abortOnFailure = flags.has("abort-on-container-failure");
    Signals.handle(
        name -> {
          if (!name.equals("WINCH") && !name.equals("USR2")) {
            if (signals.incrementAndGet() > 1) {
              Runtime.getRuntime().halt(INTERRUPTED);
            }
            status.set(INTERRUPTED);
            over.countDown();
          }
        });
    List<Container> shown = containers.stream().filter(each -> isShown(flags, each)).toList();
    Selection selection = new Selection(true, flags.has("timestamps"), "all", begin.getEpochSecond() + "." + String.format(java.util.Locale.ROOT, "%09d", begin.getNano()), "");
    LogStreams logs = new LogStreams(scope.engine(), call, shown, scope.colours(1) && !flags.has("no-color"), !flags.has("no-log-prefix"));
    logs.start(selection);
    AtomicInteger running = new AtomicInteger(containers.size());
    for (Container container : containers) {
      Thread.ofVirtual().start(() -> watch(container, from, abort, abortOnFailure, running));
    }
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Container ended = first.get();
    if (signals.get() > 0) {
      call.err().println("Gracefully Stopping... press Ctrl+C again to force");
    } else if (ended != null && (abort || abortOnFailure)) {
      call.err().println("Aborting on container exit...");
    }
    if (signals.get() > 0 || abort || abortOnFailure) {
      StateVerbs.stopAll(scope, containers, flags.given("timeout") ? flags.number("timeout") : null);
    }
    logs.join();
    if (from != null) {
      for (Container container : containers) {
        if (container.service().equals(from)) {
          return (int) Json.number(container.inspect(scope.engine()), "State", "ExitCode");
        }
      }
    }
    return status.get();
  }

  private static boolean isShown(Flags flags, Container container) {
    return (flags.list("attach").isEmpty() || flags.list("attach").contains(container.service())) && !flags.list("no-attach").contains(container.service());
  }

  private void watch(Container container, @Nullable String from, boolean abort, boolean abortOnFailure, AtomicInteger running) {
    try {
      // One that the engine starts again has not ended.
      long exit;
      Object now;
      do {
        exit = Waiting.ended(scope.engine(), container);
        now = container.inspect(scope.engine());
      } while (Json.isTrue(now, "State", "Running") || Json.isTrue(now, "State", "Restarting"));
      call.err().println(container.name() + " exited with code " + exit);
      if (first.compareAndSet(null, container) && (abort || abortOnFailure && exit != 0) && from == null) {
        status.set((int) exit);
      }
      if (abort || abortOnFailure && exit != 0) {
        over.countDown();
      }
    } catch (IOException | EngineException e) {
      call.err().println(container.name() + ": " + e.getMessage());
    }
    if (running.decrementAndGet() == 0) {
      over.countDown();
    }
  }
}
