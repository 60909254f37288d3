package dev.proa.builder.internal.dockerfile;

import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Dockerfile, read.
 *
 * @param name of the file, for messages
 * @param source its lines
 * @param syntax the directive {@code syntax}; null if there is none. It is named and not followed
 * @param check the directive {@code check}; null if there is none
 * @param escape the escape character
 * @param globals the {@code ARG}s before the first stage
 * @param warnings what is doubtful in how it is written; {@link Lint} knows the rest
 */
public record Dockerfile(
    String name,
    List<String> source,
    @Nullable String syntax,
    @Nullable String check,
    char escape,
    List<Instruction> globals,
    List<Stage> stages,
    List<Warning> warnings) {
  private static final Pattern STAGE_NAME = Pattern.compile("[a-z][a-z0-9-_.]*");
  private static final Pattern BLANKS = Pattern.compile("\\s+");
  private static final int MAX_STAGES = 1000;
  /** How many lines are shown around one that is wrong. */
  private static final int CONTEXT = 2;

  public Dockerfile {
    source = List.copyOf(source);
    globals = List.copyOf(globals);
    stages = List.copyOf(stages);
    warnings = List.copyOf(warnings);
  }

  /** @param rule Docker's name of the check */
  public record Warning(String rule, String text, int line) {}

  /**
   * Reads a Dockerfile.
   *
   * @param name of the file, for messages
   * @throws ProaException {@code INVALID_ARGUMENT} with the line
   */
  public static Dockerfile parse(String name, String text) {
    Parser parser = new Parser(name, text);
    List<Instruction> all = parser.instructions();
    List<Instruction> globals = new ArrayList<>();
    List<Stage> stages = new ArrayList<>();
    Instruction from = null;
    List<Instruction> inside = new ArrayList<>();
    for (Instruction instruction : all) {
      if (instruction.name().equals("FROM")) {
        if (from != null) {
          stages.add(stage(parser, stages.size(), from, inside));
        }
        from = instruction;
        inside = new ArrayList<>();
      } else if (from != null) {
        inside.add(instruction);
      } else if (instruction.name().equals("ARG")) {
        globals.add(instruction);
      } else {
        throw parser.failure("no build stage in current context", instruction.line(), 1);
      }
    }
    if (all.isEmpty()) {
      throw ProaException.invalid("the Dockerfile (" + name + ") cannot be empty");
    }
    if (from == null) {
      throw ProaException.invalid("no build stage in current context");
    }
    stages.add(stage(parser, stages.size(), from, inside));
    if (stages.size() > MAX_STAGES) {
      throw ProaException.invalid(name + " has more than " + MAX_STAGES + " stages");
    }
    return new Dockerfile(
        name, parser.lines(), parser.directives().get("syntax"), parser.directives().get("check"), parser.escape(), globals, stages, parser.warnings());
  }

  private static Stage stage(Parser parser, int index, Instruction from, List<Instruction> inside) {
    String[] words = BLANKS.split(from.rest());
    String platform = from.flag("platform");
    if (words.length == 1) {
      return new Stage(index, null, from, words[0], platform, inside);
    }
    if (words.length != 3 || !words[1].equalsIgnoreCase("AS")) {
      throw parser.failure("FROM requires either one or three arguments", from.line(), 1);
    }
    String name = words[2].toLowerCase(Locale.ROOT);
    if (!STAGE_NAME.matcher(name).matches()) {
      throw parser.failure("invalid name for build stage: \"" + words[2] + "\", name can't start with a number or contain symbols", from.line(), 1);
    }
    return new Stage(index, name, from, words[0], platform, inside);
  }

  /** A trigger of {@code ONBUILD}: one instruction, as the base image keeps it. */
  public static Instruction trigger(String text) {
    List<Instruction> instructions = new Parser("ONBUILD", text).instructions();
    if (instructions.size() != 1) {
      throw ProaException.invalid("an ONBUILD trigger is to be one instruction: " + text);
    }
    return instructions.getFirst();
  }

  /** The stage that a name or number means, the last of that name; null for none before {@code limit}. */
  public @Nullable Stage stage(String nameOrNumber, int limit) {
    String wanted = nameOrNumber.toLowerCase(Locale.ROOT);
    for (int i = Math.min(limit, stages.size()) - 1; i >= 0; i--) {
      if (wanted.equals(stages.get(i).name())) {
        return stages.get(i);
      }
    }
    if (wanted.matches("\\d{1,4}") && Integer.parseInt(wanted) < Math.min(limit, stages.size())) {
      return stages.get(Integer.parseInt(wanted));
    }
    return null;
  }

  /** Where an instruction stands, with its lines: to be appended to what went wrong there. */
  public String excerpt(Instruction instruction) {
    return excerpt(name, source, instruction.line(), Math.min(instruction.lastLine(), instruction.line() + 2 * CONTEXT), 0);
  }

  /** @param column from 1, or 0 for none */
  static String excerpt(String name, List<String> source, int first, int last, int column) {
    StringBuilder text = new StringBuilder(name).append(':').append(first);
    if (column > 0) {
      text.append(':').append(column);
    }
    text.append('\n');
    for (int line = Math.max(1, first - CONTEXT); line <= Math.min(source.size(), last + CONTEXT); line++) {
      boolean marked = line >= first && line <= last;
      text.append(String.format(Locale.ROOT, "%s%4d | %s\n", marked ? ">>>" : "   ", line, source.get(line - 1)));
      if (line == first && column > 0) {
        text.append("       | ").append(" ".repeat(column - 1)).append("^\n");
      }
    }
    return text.toString().stripTrailing();
  }
}
