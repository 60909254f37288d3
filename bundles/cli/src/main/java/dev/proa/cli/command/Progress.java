package dev.proa.cli.command;

import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Terminal;
import dev.proa.cli.text.Units;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The messages of pull, push, load and import: a line a layer that is rewritten on a terminal, with its speed and the time that is left, a line a change of state
 * elsewhere.
 */
final class Progress {
  private static final int BAR = 25;

  private final PrintStream out;
  private final boolean live;
  private final boolean quiet;
  private final Map<String, Integer> lines = new LinkedHashMap<>();
  private final Map<String, Pace> paces = new HashMap<>();
  private final LongSupplier nanos;
  private String last = "";

  /** @param fd the descriptor behind {@code out}, to see whether it is a terminal */
  Progress(PrintStream out, int fd, boolean quiet) {
    this(out, Terminal.isTerminal(fd), quiet, System::nanoTime);
  }

  Progress(PrintStream out, boolean live, boolean quiet, LongSupplier nanos) {
    this.out = out;
    this.live = live;
    this.quiet = quiet;
    this.nanos = nanos;
  }

  /** The text of the last message that stood alone. */
  String last() {
    return last;
  }

  /** @throws EngineException if the message is an error: it comes after the status line, so this is where it is seen */
  void show(Map<String, @Nullable Object> message) {
    if (message.containsKey("error")) {
      String text = Json.text(message, "errorDetail", "message");
      throw new EngineException(500, text.isEmpty() ? Json.text(message, "error") : text);
    }
    String stream = Json.text(message, "stream");
    if (!stream.isEmpty()) {
      last = stream.strip();
      if (!quiet) {
        out.print(stream);
      }
      return;
    }
    if (message.containsKey("aux")) {
      // For programs; what it says was said in words before.
      return;
    }
    String id = Json.text(message, "id");
    String status = Json.text(message, "status");
    long current = Json.number(message, "progressDetail", "current");
    long total = Json.number(message, "progressDetail", "total");
    if (quiet) {
      last = status.isEmpty() ? last : status;
    } else if (id.isEmpty()) {
      last = status;
      out.println(status);
    } else if (live) {
      rewrite(id, status + (current > 0 ? figures(id, status, current, total) : ""));
    } else if (current == 0) {
      out.println(id + ": " + status);
    }
    out.flush();
  }

  /** {@code [=====>     ]  12MB/40MB  5.1MB/s  6s left}. */
  private String figures(String id, String status, long current, long total) {
    Pace pace = paces.get(id);
    if (pace == null || !pace.status.equals(status) || current < pace.current) {
      pace = new Pace(status, current, nanos.getAsLong());
      paces.put(id, pace);
    }
    double speed = pace.at(current, nanos.getAsLong());
    StringBuilder text = new StringBuilder(" ");
    if (total > 0) {
      int filled = Math.clamp(current * BAR / total, 0, BAR);
      text.append('[').append("=".repeat(filled)).append('>').append(" ".repeat(BAR - filled)).append("] ");
    }
    text.append(Units.size(current));
    if (total > 0) {
      text.append('/').append(Units.size(total));
    }
    if (speed > 0) {
      text.append("  ").append(Units.size(speed)).append("/s");
      if (total > current) {
        text.append("  ").append(left((long) Math.ceil((total - current) / speed)));
      }
    }
    return text.toString();
  }

  private static String left(long seconds) {
    return (seconds < 60 ? seconds + "s" : seconds < 3600 ? seconds / 60 + "m" + seconds % 60 + "s" : seconds / 3600 + "h" + seconds % 3600 / 60 + "m") + " left";
  }

  /** How fast one layer comes: of the last seconds more than of those before. */
  private static final class Pace {
    private static final long INTERVAL_NS = 500_000_000;
    private static final double WEIGHT = 0.3;

    private final String status;
    private long current;
    private long since;
    private double bytesPerSecond;

    Pace(String status, long current, long now) {
      this.status = status;
      this.current = current;
      this.since = now;
    }

    /** @return bytes a second; 0 while that is not known */
    double at(long bytes, long now) {
      if (now - since >= INTERVAL_NS) {
        double latest = (bytes - current) * 1e9 / (now - since);
        bytesPerSecond = bytesPerSecond == 0 ? latest : WEIGHT * latest + (1 - WEIGHT) * bytesPerSecond;
        current = bytes;
        since = now;
      }
      return bytesPerSecond;
    }
  }

  /** ECMA-48: up, erase the line, down again. */
  private void rewrite(String id, String text) {
    Integer line = lines.get(id);
    if (line == null) {
      lines.put(id, lines.size());
      out.print("\r" + id + ": " + text + "\u001b[K\n");
      return;
    }
    int up = lines.size() - line;
    out.print("\u001b[" + up + "A\r" + id + ": " + text + "\u001b[K\u001b[" + up + "B\r");
  }
}
