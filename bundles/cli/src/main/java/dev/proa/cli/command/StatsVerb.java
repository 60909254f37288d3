package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Table.Column;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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

  private static @Nullable String format(Invocation call) throws IOException {
    return call.flags().get("format") == null ? DockerConfig.read().format("statsFormat") : call.flags().get("format");
  }

  private static int once(Invocation call) throws IOException {
    Table table = table();
    int status =
        call.each(
            call.arguments().isEmpty() ? present(call) : call.arguments(),
            name -> {
              table.row(StatsFigures.row(name, call.engine().get("/containers/" + Engine.escape(name) + "/stats?stream=false"), call.flags().has("no-trunc")));
              return "";
            });
    table.print(call.out(), format(call));
    return status;
  }

  static List<String> present(Invocation call) throws IOException {
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

  private static int stream(Invocation call) throws IOException {
    StatsReadings readings = new StatsReadings(call.engine());
    boolean named = !call.arguments().isEmpty();
    List<CountDownLatch> first = new ArrayList<>();
    if (!named) {
      readings.followEvents(call.flags().has("all"));
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

  /** One picture over the one before: each line is cleared to its end, and what was below too. */
  private static void show(Invocation call, Map<String, @Nullable Object> readings) throws IOException {
    Table table = table();
    readings.forEach((name, reading) -> table.row(reading == null ? StatsFigures.unread(name) : StatsFigures.row(name, reading, call.flags().has("no-trunc"))));
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrintStream lines = new PrintStream(text, false, StandardCharsets.UTF_8);
    table.print(lines, format(call));
    lines.flush();
    call.out().print(HOME + text.toString(StandardCharsets.UTF_8).replace("\n", CLEAR_LINE + "\n") + CLEAR_BELOW);
    call.out().flush();
  }
}
