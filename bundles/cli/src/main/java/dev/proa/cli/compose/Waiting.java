package dev.proa.cli.compose;

import dev.proa.cli.CliException;
import dev.proa.cli.compose.model.ComposeException;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Waits for containers: to be healthy, or to end. */
final class Waiting {
  private static final Duration PERIOD = Duration.ofMillis(150);

  private Waiting() {}

  /**
   * @param runningSuffices whether a container without a health check is as good as healthy while it runs
   * @param until when to give up; null for never
   */
  static void healthy(Engine engine, Container container, boolean runningSuffices, @Nullable Instant until) throws IOException {
    while (true) {
      Object now = container.inspect(engine);
      String health = Json.text(now, "State", "Health", "Status");
      String state = Json.text(now, "State", "Status");
      if (health.equals("healthy")) {
        return;
      }
      if (health.equals("unhealthy")) {
        throw new ComposeException("container " + container.name() + " is unhealthy");
      }
      if (state.equals("exited") || state.equals("dead")) {
        throw new ComposeException("container " + container.name() + " exited (" + Json.number(now, "State", "ExitCode") + ")");
      }
      if (health.isEmpty() || health.equals("none")) {
        if (!runningSuffices) {
          throw new ComposeException("container " + container.name() + " has no healthcheck configured");
        }
        if (state.equals("running")) {
          return;
        }
      }
      if (until != null && Instant.now().isAfter(until)) {
        throw new ComposeException("timeout waiting for container " + container.name() + ", which is " + (health.isEmpty() ? state : health));
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PERIOD);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(130, "interrupted");
    }
  }

  /** @return the exit status */
  static long ended(Engine engine, Container container) throws IOException {
    try (Engine.Answer answer = engine.open("POST", "/containers/" + container.id() + "/wait", null)) {
      return Json.number(Json.parse(new String(answer.body().readAllBytes(), StandardCharsets.UTF_8)), "StatusCode");
    }
  }
}
