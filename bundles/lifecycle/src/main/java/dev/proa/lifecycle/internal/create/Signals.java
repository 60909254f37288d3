package dev.proa.lifecycle.internal.create;

import dev.proa.spi.ProaException;
import java.util.List;
import java.util.Locale;

/** Signals by name or number (signal(7)). */
public final class Signals {
  private static final List<String> NAMES =
      List.of(
          "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD",
          "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");
  private static final int RTMIN = 34;
  private static final int RTMAX = 64;

  private Signals() {}

  /** @param text {@code TERM}, {@code SIGTERM}, {@code 15}, {@code RTMIN+3}; {@code INVALID_ARGUMENT} "invalid signal: X" */
  public static int parse(String text) {
    try {
      int number = Integer.parseInt(text);
      if (number > 0 && number <= RTMAX) {
        return number;
      }
      throw invalid(text);
    } catch (NumberFormatException e) {
      return byName(text);
    }
  }

  private static int byName(String text) {
    String name = text.toUpperCase(Locale.ROOT);
    name = name.startsWith("SIG") ? name.substring(3) : name;
    int number = NAMES.indexOf(name);
    if (number > 0) {
      return number;
    }
    return switch (name) {
      case "CLD" -> 17;
      case "IOT" -> 6;
      case "POLL" -> 29;
      case "RTMIN" -> RTMIN;
      case "RTMAX" -> RTMAX;
      default -> realTime(name, text);
    };
  }

  private static int realTime(String name, String text) {
    try {
      if (name.startsWith("RTMIN+")) {
        return bounded(RTMIN + Integer.parseInt(name.substring(6)), text);
      }
      if (name.startsWith("RTMAX-")) {
        return bounded(RTMAX - Integer.parseInt(name.substring(6)), text);
      }
    } catch (NumberFormatException e) {
      throw invalid(text);
    }
    throw invalid(text);
  }

  private static int bounded(int number, String text) {
    if (number < RTMIN || number > RTMAX) {
      throw invalid(text);
    }
    return number;
  }

  private static ProaException invalid(String text) {
    return ProaException.invalid("invalid signal: " + text);
  }
}
