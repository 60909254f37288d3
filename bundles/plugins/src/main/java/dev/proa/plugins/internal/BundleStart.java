package dev.proa.plugins.internal;

import dev.proa.plugins.Plugins.State;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** Starts a bundle and waits for a bounded time: an activator that never returns keeps a thread and nothing else. */
final class BundleStart {
  private BundleStart() {}

  static void start(Bundle bundle, Duration deadline) throws BundleException, PluginFailure {
    FutureTask<Void> start =
        new FutureTask<>(
            () -> {
              bundle.start(Bundle.START_TRANSIENT);
              return null;
            });
    Thread thread = Thread.ofPlatform().daemon().name("start " + bundle.getSymbolicName() + " " + bundle.getVersion()).start(start);
    try {
      start.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      StackTraceElement[] at = thread.getStackTrace();
      throw new PluginFailure(
          State.STUCK, "stuck until the daemon is restarted: its start did not return within " + deadline.toSeconds() + " s" + (at.length == 0 ? "" : ", it is at " + place(at)));
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case BundleException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PluginFailure("interrupted while it was being started");
    }
  }

  /** The first frame that is not the JDK's. */
  private static StackTraceElement place(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (!frame.getClassName().startsWith("java.") && !frame.getClassName().startsWith("jdk.") && !frame.getClassName().startsWith("sun.")) {
        return frame;
      }
    }
    return stack[0];
  }
}
