package dev.proa.cli.command;

import dev.proa.cli.terminal.Terminal;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The output of a build: as it comes, or on a terminal as a tree, a line a step below its stage, with its time; what a command prints is shown below its
 * line while it runs, and stays only if it fails.
 */
final class BuildProgress {
  private static final Pattern STEP = Pattern.compile("Step (\\d+/\\d+) : (.*)", Pattern.DOTALL);
  private static final int TAIL = 6;
  private static final int KEPT = 200;

  private final PrintStream out;
  private final boolean tree;
  private final boolean quiet;
  private final StringBuilder line = new StringBuilder();
  private final Deque<String> said = new ArrayDeque<>();
  private int shown;
  private String step = "";
  private long since;
  private boolean cached;

  private BuildProgress(PrintStream out, boolean tree, boolean quiet) {
    this.out = out;
    this.tree = tree;
    this.quiet = quiet;
  }

  /** @param how auto, plain or tty */
  static BuildProgress of(PrintStream out, String how, boolean quiet) {
    return new BuildProgress(out, how.equals("tty") || how.equals("auto") && Terminal.isTerminal(1), quiet);
  }

  void text(String text) {
    if (quiet) {
      return;
    }
    if (!tree) {
      out.print(text);
      out.flush();
      return;
    }
    line.append(text);
    for (int end = line.indexOf("\n"); end >= 0; end = line.indexOf("\n")) {
      oneLine(line.substring(0, end));
      line.delete(0, end + 1);
    }
    out.flush();
  }

  private void oneLine(String text) {
    Matcher begun = STEP.matcher(text);
    if (begun.matches()) {
      close();
      step = (begun.group(2).startsWith("FROM ") || begun.group(2).startsWith("ARG ") && step.isEmpty() ? "" : "  ") + "[" + begun.group(1) + "] " + begun.group(2);
      since = System.nanoTime();
      cached = false;
      out.print(" => " + step + "\n");
    } else if (text.startsWith(" ---> ")) {
      cached |= text.startsWith(" ---> Using cache");
    } else if (text.startsWith("Successfully ") || text.startsWith("[Warning]")) {
      close();
      out.print(text + "\n");
    } else {
      said.addLast(text);
      if (said.size() > KEPT) {
        said.removeFirst();
      }
      tail();
    }
  }

  /** ECMA-48: up, erase to the end of the screen. */
  private void erase(int lines) {
    if (lines > 0) {
      out.print("\u001b[" + lines + "A\u001b[J");
    }
  }

  private void tail() {
    erase(shown);
    shown = 0;
    for (String text : said.stream().skip(Math.max(0, said.size() - TAIL)).toList()) {
      out.print("    # " + text.replaceAll("[\\p{Cntrl}&&[^\t]]", "") + "\n");
      shown++;
    }
  }

  private void close() {
    if (step.isEmpty() || since == 0) {
      return;
    }
    erase(shown + 1);
    String time = cached ? "CACHED" : String.format(Locale.ROOT, "%.1fs", (System.nanoTime() - since) / 1e9);
    out.print(" => " + step + "  " + time + "\n");
    said.clear();
    shown = 0;
    since = 0;
  }

  /** The step that runs has failed: all that it said is shown. */
  void failed() {
    if (tree && since != 0) {
      erase(shown + 1);
      out.print(" => " + step + "  ERROR\n");
      said.forEach(text -> out.print(text + "\n"));
    }
    out.flush();
  }

  void done() {
    if (tree) {
      close();
    }
    out.flush();
  }
}
