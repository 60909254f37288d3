package dev.proa.builder.internal.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An instruction of a Dockerfile.
 *
 * @param name in capitals
 * @param flags {@code --name=value}, in order
 * @param rest what follows the flags, continued lines joined
 * @param heredocs in the order in which the line names them
 * @param line number of its first line, from 1
 * @param lastLine number of its last line, here-documents included
 */
public record Instruction(String name, List<Flag> flags, String rest, List<Heredoc> heredocs, int line, int lastLine) {
  public Instruction {
    flags = List.copyOf(flags);
    heredocs = List.copyOf(heredocs);
  }

  /** @param value null for a flag without one */
  public record Flag(String name, @Nullable String value) {
    @Override
    public String toString() {
      return value == null ? "--" + name : "--" + name + "=" + value;
    }
  }

  /**
   * A here-document.
   *
   * @param name the word that ends it
   * @param content all lines, each with its end; without leading tabs if it began with {@code <<-}
   * @param expand whether variables in it are replaced: the word was not quoted
   * @param descriptor what stands before {@code <<}; empty mostly
   * @param tabs whether leading tabs were taken off
   */
  public record Heredoc(String name, String content, boolean expand, String descriptor, boolean tabs) {}

  /** The value of a flag; null if it is not given. The last one counts. */
  public @Nullable String flag(String wanted) {
    String value = null;
    for (Flag flag : flags) {
      if (flag.name().equals(wanted)) {
        value = flag.value() == null ? "true" : flag.value();
      }
    }
    return value;
  }

  /** All values of a flag. */
  public List<String> flags(String wanted) {
    List<String> values = new ArrayList<>();
    for (Flag flag : flags) {
      if (flag.name().equals(wanted) && flag.value() != null) {
        values.add(flag.value());
      }
    }
    return values;
  }

  /** A flag that is on or off; {@code --x} alone is on. */
  public boolean on(String wanted) {
    String value = flag(wanted);
    return value != null && !value.toLowerCase(Locale.ROOT).equals("false");
  }

  /** The instruction on one line, as it is shown and kept in the history. */
  public String text() {
    StringBuilder text = new StringBuilder(name);
    flags.forEach(flag -> text.append(' ').append(flag));
    return rest.isEmpty() ? text.toString() : text.append(' ').append(rest).toString();
  }
}
