package dev.proa.builder.internal.layer;

import dev.proa.spi.ProaException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code --chmod}: an octal number, or chmod(1)'s symbols. */
public record FileMode(String text) {
  private static final Pattern CLAUSE = Pattern.compile("([ugoa]*)([-+=])([rwxXst]*)");
  private static final int NUMBER_BITS = 07777;

  /** @throws ProaException {@code INVALID_ARGUMENT} */
  public FileMode {
    boolean octal = text.matches("[0-7]{1,5}") && Integer.parseInt(text, 8) <= NUMBER_BITS;
    boolean symbols = List.of(text.split(",", -1)).stream().allMatch(clause -> CLAUSE.matcher(clause).matches());
    if (!octal && !symbols) {
      throw ProaException.invalid("invalid chmod parameter: '" + text + "'. it should be an octal number between 0 and 07777, or symbols such as u+x");
    }
  }

  public int applyTo(int mode, boolean folder) {
    if (Character.isDigit(text.charAt(0))) {
      return Integer.parseInt(text, 8);
    }
    int result = mode;
    for (String part : text.split(",")) {
      result = clause(part, result, folder);
    }
    return result;
  }

  private static int clause(String text, int mode, boolean folder) {
    Matcher clause = CLAUSE.matcher(text);
    if (!clause.matches()) {
      throw new IllegalStateException(text); // the constructor has seen it
    }
    String who = clause.group(1).isEmpty() || clause.group(1).contains("a") ? "ugo" : clause.group(1);
    int bits = 0;
    int mask = 0;
    for (char c : who.toCharArray()) {
      int shift = c == 'u' ? 6 : c == 'g' ? 3 : 0;
      mask |= 7 << shift;
      for (char what : clause.group(3).toCharArray()) {
        bits |=
            switch (what) {
              case 'r' -> 4 << shift;
              case 'w' -> 2 << shift;
              case 'x' -> 1 << shift;
              case 'X' -> folder || (mode & 0111) != 0 ? 1 << shift : 0;
              case 's' -> c == 'u' ? 04000 : c == 'g' ? 02000 : 0;
              default -> 01000;
            };
      }
    }
    return switch (clause.group(2)) {
      case "+" -> mode | bits;
      case "-" -> mode & ~bits;
      default -> mode & ~mask | bits;
    };
  }
}
