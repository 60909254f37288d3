package dev.proa.cli.command;

import dev.proa.cli.Invocation;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Terminal;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Units;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What every container takes at this moment: processor, memory, and how many bytes a second go through its networks and block devices. On a terminal it is
 * drawn again and again; keys change its order.
 */
final class LiveTable {
  private static final long REFRESH_MS = 500;
  private static final long FIRST_READING_MS = 2500;
  private static final String ALTERNATE_SCREEN = "\033[?1049h\033[?25l";
  private static final String NORMAL_SCREEN = "\033[?25h\033[?1049l";
  private static final String HOME = "\033[H";
  private static final String CLEAR_LINE = "\033[K";
  private static final String CLEAR_BELOW = "\033[J";
  private static final String INVERSE = "\033[7m";
  private static final String PLAIN = "\033[0m";

  /** By what the rows stand in order, and the key for it. */
  enum Order {
    CPU('c'),
    MEMORY('m'),
    NETWORK('n'),
    BLOCK('b'),
    PIDS('p'),
    NAME('a');

    private final char key;

    Order(char key) {
      this.key = key;
    }

    static @Nullable Order named(String name) {
      for (Order order : values()) {
        if (order.name().toLowerCase(Locale.ROOT).equals(name)) {
          return order;
        }
      }
      return null;
    }

    private Comparator<Row> comparator() {
      Comparator<Row> byFigure =
          switch (this) {
            case CPU -> Comparator.comparingDouble((Row row) -> -row.cpu);
            case MEMORY -> Comparator.comparingDouble((Row row) -> -row.memory);
            case NETWORK -> Comparator.comparingDouble((Row row) -> -row.network[0] - row.network[1]);
            case BLOCK -> Comparator.comparingDouble((Row row) -> -row.block[0] - row.block[1]);
            case PIDS -> Comparator.comparingLong((Row row) -> -row.pids);
            case NAME -> (one, other) -> 0;
          };
      return byFigure.thenComparing(row -> row.name);
    }
  }

  /** One container; bytes are those of a second. */
  record Row(String id, String name, double cpu, double memory, double limit, double[] network, double[] block, long pids) {}

  /** The last reading but one of a container, from which rates are reckoned. */
  private record Before(Object reading, Row row) {}

  private final Invocation call;
  private final boolean all;
  private final Map<String, Before> before = new HashMap<>();
  private volatile Order order;
  private volatile boolean ended;

  LiveTable(Invocation call, Order order, boolean all) {
    this.call = call;
    this.order = order;
    this.all = all;
  }

  int run(boolean once) throws IOException {
    StatsReadings readings = new StatsReadings(call.engine());
    List<CountDownLatch> first = new ArrayList<>();
    if (!once) {
      readings.followEvents(all);
    }
    for (Object container : ContainerVerbs.list(call.engine().get("/containers/json?all=" + (all ? 1 : 0)))) {
      first.add(readings.follow(Json.text(container, "Id")));
    }
    try {
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FIRST_READING_MS);
      for (CountDownLatch each : first) {
        each.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
      if (once) {
        awaitRates(readings);
        print(call.out(), rows(readings.all()), Integer.MAX_VALUE, false);
        return 0;
      }
      return live(readings);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 130;
    }
  }

  /** Rates take two readings, which come a second apart. */
  private void awaitRates(StatsReadings readings) throws InterruptedException {
    Map<String, @Nullable Object> early = readings.all();
    rows(early);
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FIRST_READING_MS);
    while (System.nanoTime() < deadline) {
      Map<String, @Nullable Object> late = readings.all();
      if (late.entrySet().stream().noneMatch(entry -> entry.getValue() != null && entry.getValue() == early.get(entry.getKey()))) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private int live(StatsReadings readings) throws InterruptedException {
    Terminal terminal = new Terminal(0);
    Thread restorer =
        new Thread(
            () -> {
              terminal.restore();
              System.out.print(NORMAL_SCREEN);
              System.out.flush();
            });
    Runtime.getRuntime().addShutdownHook(restorer);
    if (Terminal.isTerminal(0)) {
      terminal.makeRaw();
      Thread keys = new Thread(this::readKeys, "keys");
      keys.setDaemon(true);
      keys.start();
    }
    call.out().print(ALTERNATE_SCREEN);
    while (!ended) {
      Terminal.Size size = new Terminal(1).size();
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      PrintStream lines = new PrintStream(text, false, StandardCharsets.UTF_8);
      print(lines, rows(readings.all()), size == null || size.rows() == 0 ? 24 : size.rows(), true);
      lines.flush();
      String picture = clipped(text.toString(StandardCharsets.UTF_8), size == null || size.columns() == 0 ? 80 : size.columns());
      call.out().print(HOME + picture + CLEAR_BELOW);
      if (call.out().checkError()) {
        return 0;
      }
      synchronized (this) {
        if (!ended) {
          wait(REFRESH_MS);
        }
      }
    }
    return 0; // the shutdown hook puts the terminal back
  }

  /** A terminal in raw mode wants its carriage returns, and no line longer than it is wide. */
  static String clipped(String text, int columns) {
    StringBuilder out = new StringBuilder(text.length() + 256);
    for (String line : text.split("\n")) {
      if (!out.isEmpty()) {
        out.append("\r\n");
      }
      boolean title = line.startsWith(INVERSE);
      String plain = title ? line.substring(INVERSE.length()) : line;
      out.append(title ? INVERSE : "").append(plain.length() <= columns ? plain : plain.substring(0, columns)).append(title ? PLAIN : "").append(CLEAR_LINE);
    }
    return out.toString();
  }

  private void readKeys() {
    try {
      InputStream in = call.in();
      for (int key = in.read(); key >= 0; key = in.read()) {
        press((char) key);
      }
    } catch (IOException e) {
      press('q');
    }
  }

  private synchronized void press(char key) {
    if (key == 'q' || key == 3 || key == 4) {
      ended = true;
    }
    for (Order each : Order.values()) {
      if (each.key == key) {
        order = each;
      }
    }
    notifyAll();
  }

  private List<Row> rows(Map<String, @Nullable Object> readings) {
    List<Row> rows = new ArrayList<>();
    before.keySet().retainAll(readings.keySet());
    readings.forEach(
        (name, reading) -> {
          if (reading != null) {
            Before last = before.get(name);
            if (last != null && last.reading == reading) {
              rows.add(last.row);
              return;
            }
            Row row = row(reading, last == null ? null : last.reading);
            before.put(name, new Before(reading, row));
            rows.add(row);
          }
        });
    rows.sort(order.comparator());
    return rows;
  }

  /** @param former an earlier reading of the same container, null for none: then there are no rates */
  static Row row(Object reading, @Nullable Object former) {
    String name = Json.text(reading, "name");
    double seconds = former == null ? 0 : (nanos(reading) - nanos(former)) / 1e9;
    return new Row(
        Units.shortId(Json.text(reading, "id")), name.startsWith("/") ? name.substring(1) : name, StatsFigures.cpu(reading), StatsFigures.memory(reading),
        Json.number(reading, "memory_stats", "limit"), rates(StatsFigures.network(reading), StatsFigures.network(former), seconds),
        rates(StatsFigures.block(reading), StatsFigures.block(former), seconds), Json.number(reading, "pids_stats", "current"));
  }

  private static long nanos(Object reading) {
    Instant read = Units.time(Json.text(reading, "read"));
    return read.getEpochSecond() * 1_000_000_000 + read.getNano();
  }

  private static double[] rates(double[] now, double[] then, double seconds) {
    return seconds <= 0 ? new double[2] : new double[] {Math.max(0, now[0] - then[0]) / seconds, Math.max(0, now[1] - then[1]) / seconds};
  }

  /** @param height of the screen: rows that do not fit are counted only */
  private void print(PrintStream out, List<Row> rows, int height, boolean keys) {
    int room = Math.max(1, height - 4);
    double cpu = rows.stream().mapToDouble(Row::cpu).sum();
    double memory = rows.stream().mapToDouble(Row::memory).sum();
    if (keys) {
      out.println(rows.size() + " containers   CPU " + StatsFigures.percent(cpu) + "   memory " + Units.binarySize(memory) + "   by " + order.name().toLowerCase(Locale.ROOT));
      out.println("keys: c cpu, m memory, n network, b block, p pids, a name, q quit");
    }
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET RX/s", "NET TX/s", "BLOCK READ/s", "BLOCK WRITE/s", "PIDS"));
    for (Row row : rows.subList(0, Math.min(room, rows.size()))) {
      lines.add(
          List.of(
              row.id, Units.cut(row.name, 30), StatsFigures.percent(row.cpu), Units.binarySize(row.memory) + " / " + Units.binarySize(row.limit),
              StatsFigures.percent(row.limit > 0 ? row.memory / row.limit : 0), Units.size(row.network[0]), Units.size(row.network[1]), Units.size(row.block[0]),
              Units.size(row.block[1]), String.valueOf(row.pids)));
    }
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrintStream table = new PrintStream(text, false, StandardCharsets.UTF_8);
    Table.printAligned(table, lines);
    table.flush();
    out.print(keys ? INVERSE : "");
    out.print(text.toString(StandardCharsets.UTF_8));
    if (rows.size() > room) {
      out.println("… and " + (rows.size() - room) + " more");
    }
  }
}
