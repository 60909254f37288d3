package dev.proa.cli.oci;

import dev.proa.spi.ProaException;
import java.util.List;
import java.util.Locale;

/** Signals by name or number, as on x86-64 and aarch64 (signal(7)). */
final class SignalNames {
  private static final List<String> NAMES =
      List.of(
          "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP",
          "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");
  private static final int SIGRTMIN = 34;
  private static final int SIGRTMAX = 64;

  private SignalNames() {}

  static int number(String text) {
    String name = text.toUpperCase(Locale.ROOT);
    name = name.startsWith("SIG") ? name.substring(3) : name;
    if (!name.isEmpty() && name.chars().allMatch(Character::isDigit) && name.length() < 4) {
      return Integer.parseInt(name);
    }
    int known = name.isEmpty() ? -1 : NAMES.indexOf(name.equals("IOT") ? "ABRT" : name.equals("POLL") ? "IO" : name);
    if (known > 0) {
      return known;
    }
    int number = -1;
    if (name.matches("RTMIN(\\+\\d{1,2})?")) {
      number = SIGRTMIN + (name.length() > 5 ? Integer.parseInt(name.substring(6)) : 0);
    } else if (name.matches("RTMAX(-\\d{1,2})?")) {
      number = SIGRTMAX - (name.length() > 5 ? Integer.parseInt(name.substring(6)) : 0);
    }
    if (number < SIGRTMIN || number > SIGRTMAX) {
      throw ProaException.invalid("unknown signal \"" + text + "\"");
    }
    return number;
  }
}
