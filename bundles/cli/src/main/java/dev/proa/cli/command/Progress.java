package dev.proa.cli.command;

import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Terminal;
import dev.proa.cli.text.Units;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The messages of pull, push, load and import: a line a layer that is rewritten on a terminal, a line a change of state elsewhere. */
final class Progress {
  private final PrintStream out;
  private final boolean live;
  private final boolean quiet;
  private final Map<String, Integer> lines = new LinkedHashMap<>();
  private String last = "";

  /** @param fd the descriptor behind {@code out}, to see whether it is a terminal */
  Progress(PrintStream out, int fd, boolean quiet) {
    this.out = out;
    this.live = Terminal.isTerminal(fd);
    this.quiet = quiet;
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
      rewrite(id, status + (current > 0 ? " " + Units.size(current) + (total > 0 ? "/" + Units.size(total) : "") : ""));
    } else if (current == 0) {
      out.println(id + ": " + status);
    }
    out.flush();
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
