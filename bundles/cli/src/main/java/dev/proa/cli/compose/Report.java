package dev.proa.cli.compose;

import java.io.PrintStream;

/** One line for each thing that changes, as Docker Compose writes them; several threads report. */
final class Report {
  private final PrintStream out;
  private final boolean colours;
  private final boolean quiet;

  Report(PrintStream out, boolean colours, boolean quiet) {
    this.out = out;
    this.colours = colours;
    this.quiet = quiet;
  }

  /** @param state such as {@code Creating}, then {@code Created} */
  synchronized void line(String kind, String name, String state) {
    if (!quiet) {
      boolean done = !state.endsWith("ing") || state.equals("Running");
      out.println(" " + kind + " " + name + "  " + (colours && done ? "\u001b[32m" + state + "\u001b[0m" : state));
    }
  }

  /** What a hook has written. */
  synchronized void output(String container, String line) {
    if (!quiet) {
      out.println(container + " -> | " + line);
    }
  }

  synchronized void warning(String text) {
    out.println((colours ? "\u001b[33mWARN\u001b[0m " : "WARN ") + text);
  }
}
