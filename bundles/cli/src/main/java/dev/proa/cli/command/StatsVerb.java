package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Table.Column;
import dev.proa.cli.text.Units;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code stats}: once, or again and again until it is interrupted or nothing is left to look at. */
public final class StatsVerb extends Verb {
  private static final int REFRESH_MS = 500;

  /** A first reading has none before it to compare with; the daemon sends the next after a second. */
  private static final int FIRST_READING_MS = 2500;

  private static final String CLEAR_SCREEN = "\033[2J";
  private static final String HOME = "\033[H";
  private static final String CLEAR_LINE = "\033[K";
  private static final String CLEAR_BELOW = "\033[J";

  public StatsVerb() {
    super("stats [OPTIONS] [CONTAINER...]", "Display a live stream of container(s) resource usage statistics", 0, -1);
  }

  @Override
  protected void flags(Flags flags) {
    flags
        .toggle('a', "all", "Show all containers (default shows just running)")
        .one("format", "string", "Format output: 'table', 'json' or a Go template")
        .toggle("no-stream", "Disable streaming stats and only pull the first result")
        .toggle("no-trunc", "Do not truncate output");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    return call.flags().has("no-stream") ? once(call) : stream(call);
  }

  private static int once(Invocation call) throws IOException {
    Table table = table();
    int status =
        call.each(
            call.arguments().isEmpty() ? present(call) : call.arguments(),
            name -> {
              table.row(row(name, call.engine().get("/containers/" + Engine.escape(name) + "/stats?stream=false"), call.flags().has("no-trunc")));
              return "";
            });
    table.print(call.out(), call.flags().get("format"));
    return status;
  }

  private static List<String> present(Invocation call) throws IOException {
    List<String> ids = new ArrayList<>();
    ContainerVerbs.list(call.engine().get("/containers/json?all=" + (call.flags().has("all") ? 1 : 0))).forEach(container -> ids.add(Json.text(container, "Id")));
    return ids;
  }

  private static Table table() {
    return new Table(
        List.of(
            new Column("ID", "CONTAINER ID"), new Column("Name", "NAME"), new Column("CPUPerc", "CPU %"), new Column("MemUsage", "MEM USAGE / LIMIT"),
            new Column("MemPerc", "MEM %"), new Column("NetIO", "NET I/O"), new Column("BlockIO", "BLOCK I/O"), new Column("PIDs", "PIDS")),
        List.of(new Column("Container", "CONTAINER")));
  }

  // --- the stream

  /** What is known of each container that is looked at, kept up to date by a thread for each. */
  private static final class Readings {
    private final Engine engine;
    private final Map<String, @Nullable Object> latest = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();

    Readings(Engine engine) {
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
  }

  private static int stream(Invocation call) throws IOException {
    Readings readings = new Readings(call.engine());
    boolean named = !call.arguments().isEmpty();
    List<CountDownLatch> first = new ArrayList<>();
    if (!named) {
      Thread.ofVirtual().start(() -> followEvents(call, readings));
    }
    (named ? call.arguments() : present(call)).forEach(name -> first.add(readings.follow(name)));
    try {
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FIRST_READING_MS);
      for (CountDownLatch each : first) {
        each.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
      if (named && !readings.failures().isEmpty()) {
        call.out().flush();
        readings.failures().forEach(call.err()::println);
        return 1;
      }
      call.out().print(CLEAR_SCREEN);
      CountDownLatch never = new CountDownLatch(1);
      do {
        Map<String, @Nullable Object> shown = readings.all();
        if (named && shown.isEmpty()) {
          return 0;
        }
        show(call, shown);
      } while (!call.out().checkError() && !never.await(REFRESH_MS, TimeUnit.MILLISECONDS));
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 130;
    }
  }

  /** Without names every container that starts is looked at, and none that has ended, unless all are wanted. */
  private static void followEvents(Invocation call, Readings readings) {
    boolean all = call.flags().has("all");
    String filters = Engine.escape("{\"type\":[\"container\"],\"event\":[\"create\",\"start\",\"die\",\"destroy\"]}");
    try (Engine.Answer answer = call.engine().open("GET", "/events?filters=" + filters, null)) {
      Engine.eachLine(
          answer.body(),
          event -> {
            String id = Json.text(event, "Actor", "ID");
            switch (Json.text(event, "Action")) {
              case "start" -> readings.follow(id);
              case "create" -> {
                if (all) {
                  readings.follow(id);
                }
              }
              case "die" -> {
                if (!all) {
                  readings.forget(id);
                }
              }
              default -> readings.forget(id);
            }
          });
    } catch (IOException | EngineException e) {
      readings.fail("events ended: " + e.getMessage());
    }
  }

  /** One picture over the one before: each line is cleared to its end, and what was below too. */
  private static void show(Invocation call, Map<String, @Nullable Object> readings) {
    Table table = table();
    readings.forEach((name, reading) -> table.row(reading == null ? unread(name) : row(name, reading, call.flags().has("no-trunc"))));
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrintStream lines = new PrintStream(text, false, StandardCharsets.UTF_8);
    table.print(lines, call.flags().get("format"));
    lines.flush();
    call.out().print(HOME + text.toString(StandardCharsets.UTF_8).replace("\n", CLEAR_LINE + "\n") + CLEAR_BELOW);
    call.out().flush();
  }

  private static Map<String, Object> unread(String name) {
    Map<String, Object> row = new HashMap<>();
    row.put("Container", name);
    row.put("ID", "--");
    row.put("Name", "--");
    row.put("CPUPerc", "--");
    row.put("MemUsage", "-- / --");
    row.put("MemPerc", "--");
    row.put("NetIO", "--");
    row.put("BlockIO", "--");
    row.put("PIDs", "--");
    return row;
  }

  // --- the figures, as docker's command computes them

  private static Map<String, Object> row(String name, @Nullable Object stats, boolean whole) {
    Map<String, Object> row = new HashMap<>();
    String id = Json.text(stats, "id");
    String shown = Json.text(stats, "name");
    double limit = Json.number(stats, "memory_stats", "limit");
    double used = memory(stats);
    row.put("Container", name);
    row.put("ID", whole ? id : Units.shortId(id));
    row.put("Name", shown.startsWith("/") ? shown.substring(1) : shown);
    row.put("CPUPerc", percent(cpu(stats)));
    row.put("MemUsage", Units.binarySize(used) + " / " + Units.binarySize(limit));
    row.put("MemPerc", percent(limit > 0 ? used / limit : 0));
    double received = 0;
    double sent = 0;
    for (Object network : Json.object(stats, "networks").values()) {
      received += Json.number(network, "rx_bytes");
      sent += Json.number(network, "tx_bytes");
    }
    row.put("NetIO", Units.size(received) + " / " + Units.size(sent));
    double read = 0;
    double written = 0;
    for (Object entry : Json.list(stats, "blkio_stats", "io_service_bytes_recursive")) {
      switch (Json.text(entry, "op").toLowerCase(java.util.Locale.ROOT)) {
        case "read" -> read += Json.number(entry, "value");
        case "write" -> written += Json.number(entry, "value");
        default -> {}
      }
    }
    row.put("BlockIO", Units.size(read) + " / " + Units.size(written));
    row.put("PIDs", Json.number(stats, "pids_stats", "current"));
    return row;
  }

  /** Part of one processor, so 2 is two whole ones. */
  static double cpu(@Nullable Object stats) {
    double busy = Json.number(stats, "cpu_stats", "cpu_usage", "total_usage") - Json.number(stats, "precpu_stats", "cpu_usage", "total_usage");
    double elapsed = Json.number(stats, "cpu_stats", "system_cpu_usage") - Json.number(stats, "precpu_stats", "system_cpu_usage");
    long processors = Json.number(stats, "cpu_stats", "online_cpus");
    return busy > 0 && elapsed > 0 ? busy / elapsed * Math.max(1, processors) : 0;
  }

  /** Without the page cache that can be dropped at once: total_inactive_file in version 1, inactive_file in version 2. */
  static double memory(@Nullable Object stats) {
    long usage = Json.number(stats, "memory_stats", "usage");
    for (String cache : new String[] {"total_inactive_file", "inactive_file"}) {
      long droppable = Json.number(stats, "memory_stats", "stats", cache);
      if (droppable > 0 && droppable < usage) {
        return usage - droppable;
      }
    }
    return usage;
  }

  private static String percent(double part) {
    return String.format(java.util.Locale.ROOT, "%.2f%%", part * 100);
  }
}
