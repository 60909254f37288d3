package dev.proa.cli;

import java.io.IOException;

/** One verb of the command line. */
public abstract class Verb {
  private final String usage;
  private final String summary;
  private final int least;
  private final int most;

  /**
   * @param usage what follows {@code proa}, such as {@code rm [OPTIONS] CONTAINER [CONTAINER...]}
   * @param least number of arguments
   * @param most number of arguments, -1 for any
   */
  protected Verb(String usage, String summary, int least, int most) {
    this.usage = usage;
    this.summary = summary;
    this.least = least;
    this.most = most;
  }

  /** Declares the flags. */
  protected void flags(Flags flags) {}

  /** Examples for help, a line each; empty if the usage says all. */
  protected String examples() {
    return "";
  }

  /** @return the exit status */
  protected abstract int run(Invocation call) throws IOException;

  final String usage() {
    return usage;
  }

  final String summary() {
    return summary;
  }

  /** {@code volume create} of {@code volume create [OPTIONS] [VOLUME]}. */
  final String name() {
    StringBuilder name = new StringBuilder();
    for (String word : usage.split(" ")) {
      if (!word.equals(word.toLowerCase(java.util.Locale.ROOT)) || word.startsWith("[")) {
        break;
      }
      name.append(name.isEmpty() ? "" : " ").append(word);
    }
    return name.toString();
  }

  final void checkArguments(int given) {
    if (given >= least && (most < 0 || given <= most)) {
      return;
    }
    String what;
    if (most == 0) {
      what = "accepts no arguments";
    } else if (least == most) {
      what = "requires " + least + (least == 1 ? " argument" : " arguments");
    } else if (given < least) {
      what = "requires at least " + least + (least == 1 ? " argument" : " arguments");
    } else {
      what = "requires at most " + most + (most == 1 ? " argument" : " arguments");
    }
    throw new CliException(
        1, "proa: 'proa " + name() + "' " + what + "\n\nUsage:  proa " + usage + "\n\nRun 'proa " + name() + " --help' for more information");
  }
}
