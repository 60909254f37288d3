package dev.proa.cli.command;

import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** What is known of each container that is looked at, kept up to date by a thread for each. */
final class StatsReadings {
  private final Engine engine;
  private final Map<String, @Nullable Object> latest = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();

  StatsReadings(Engine engine) {
    this.engine = engine;
  }

  /** @return opened when the first reading that can be compared has come, or none will come */
  CountDownLatch follow(String name) {
    CountDownLatch first = new CountDownLatch(1);
    synchronized (this) {
      if (latest.containsKey(name)) {
        first.countDown();
        return first;
      }
      latest.put(name, null);
    }
    Thread.ofVirtual()
        .start(
            () -> {
              try (Engine.Answer answer = engine.open("GET", "/containers/" + Engine.escape(name) + "/stats?stream=true", null)) {
                Engine.eachLine(
                    answer.body(),
                    reading -> {
                      put(name, reading);
                      if (Json.number(reading, "precpu_stats", "system_cpu_usage") > 0 || Json.number(reading, "pids_stats", "current") == 0) {
                        first.countDown();
                      }
                    });
              } catch (EngineException e) {
                fail("Error response from daemon: " + e.getMessage());
              } catch (IOException e) {
                fail("the statistics of " + name + " ended: " + e.getMessage());
              } finally {
                forget(name);
                first.countDown();
              }
            });
    return first;
  }

  private synchronized void put(String name, Object reading) {
    if (latest.containsKey(name)) {
      latest.put(name, reading);
    }
  }

  synchronized void forget(String name) {
    latest.remove(name);
  }

  private synchronized void fail(String why) {
    failures.add(why);
  }

  synchronized List<String> failures() {
    return List.copyOf(failures);
  }

  synchronized Map<String, @Nullable Object> all() {
    return new LinkedHashMap<>(latest);
  }

  /** Without names every container that starts is looked at, and none that has ended, unless all are wanted. */
  void followEvents(boolean all) {
    Thread.ofVirtual().start(() -> events(all));
  }

  private void events(boolean all) {
    String filters = Engine.escape("{\"type\":[\"container\"],\"event\":[\"create\",\"start\",\"die\",\"destroy\"]}");
    try (Engine.Answer answer = engine.open("GET", "/events?filters=" + filters, null)) {
      Engine.eachLine(
          answer.body(),
          event -> {
            String id = Json.text(event, "Actor", "ID");
            switch (Json.text(event, "Action")) {
              case "start" -> follow(id);
              case "create" -> {
                if (all) {
                  follow(id);
                }
              }
              case "die" -> {
                if (!all) {
                  forget(id);
                }
              }
              default -> forget(id);
            }
          });
    } catch (IOException | EngineException e) {
      fail("events ended: " + e.getMessage());
    }
  }
}
