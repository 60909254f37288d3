package dev.proa.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The flags of one verb and what the command line gave for them, parsed as pflag does, with its error texts. Written by hand, because a
 * parser by annotations costs three times the whole start of this command.
 */
public final class Flags {
  private enum Kind {
    SWITCH,
    ONE,
    NUMBER,
    LIST
  }

  private record Flag(char shortName, String name, Kind kind, String valueName, String text) {
    private String shown() {
      return (shortName == 0 ? "" : "-" + shortName + ", ") + "--" + name;
    }
  }

  private final Map<String, Flag> flags = new TreeMap<>();
  private final Map<Character, Flag> shorts = new HashMap<>();
  private final Map<String, List<String>> values = new HashMap<>();
  private final List<String> arguments = new ArrayList<>();
  private boolean interspersed = true;
  private boolean unparsed;

  // ---- what there is

  public Flags toggle(char shortName, String name, String text) {
    return add(new Flag(shortName, name, Kind.SWITCH, "", text));
  }

  public Flags toggle(String name, String text) {
    return toggle((char) 0, name, text);
  }

  public Flags one(char shortName, String name, String valueName, String text) {
    return add(new Flag(shortName, name, Kind.ONE, valueName, text));
  }

  public Flags one(String name, String valueName, String text) {
    return one((char) 0, name, valueName, text);
  }

  public Flags number(char shortName, String name, String text) {
    return add(new Flag(shortName, name, Kind.NUMBER, "int", text));
  }

  public Flags list(char shortName, String name, String text) {
    return add(new Flag(shortName, name, Kind.LIST, "list", text));
  }

  public Flags list(String name, String text) {
    return list((char) 0, name, text);
  }

  /** The first argument ends the flags: what follows belongs to the command in the container. */
  public Flags stopAtArgument() {
    interspersed = false;
    return this;
  }

  /** Every word is an argument, whatever it looks like. */
  Flags unparsed() {
    unparsed = true;
    return this;
  }

  private Flags add(Flag flag) {
    flags.put(flag.name, flag);
    if (flag.shortName != 0) {
      shorts.put(flag.shortName, flag);
    }
    return this;
  }

  // ---- parsing

  /** The line is wrong; the caller adds the usage. */
  public static final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
      super(message);
    }
  }

  void parse(List<String> line) {
    if (unparsed) {
      arguments.addAll(line);
      return;
    }
    int at = 0;
    while (at < line.size()) {
      String word = line.get(at++);
      if (word.equals("--")) {
        arguments.addAll(line.subList(at, line.size()));
        return;
      }
      if (word.startsWith("--")) {
        at = parseLong(word, line, at);
      } else if (word.startsWith("-") && word.length() > 1) {
        at = parseShort(word, line, at);
      } else {
        arguments.add(word);
        if (!interspersed) {
          arguments.addAll(line.subList(at, line.size()));
          return;
        }
      }
    }
  }

  private int parseLong(String word, List<String> line, int next) {
    int equals = word.indexOf('=');
    String name = word.substring(2, equals < 0 ? word.length() : equals);
    Flag flag = flags.get(name);
    if (flag == null) {
      if (name.equals("help")) {
        values.put("help", List.of("true"));
        return next;
      }
      String near = Suggestion.near(name, flags.keySet());
      throw new UsageException("unknown flag: --" + name + (near == null ? "" : "\n\nDid you mean --" + near + "?"));
    }
    if (equals >= 0) {
      set(flag, word.substring(equals + 1));
    } else if (flag.kind == Kind.SWITCH) {
      set(flag, "true");
    } else if (next < line.size()) {
      set(flag, line.get(next));
      return next + 1;
    } else {
      throw new UsageException("flag needs an argument: --" + name);
    }
    return next;
  }

  private int parseShort(String word, List<String> line, int next) {
    for (int i = 1; i < word.length(); i++) {
      Flag flag = shorts.get(word.charAt(i));
      if (flag == null) {
        if (word.charAt(i) == 'h') {
          values.put("help", List.of("true"));
          return next;
        }
        throw new UsageException("unknown shorthand flag: '" + word.charAt(i) + "' in " + word);
      }
      String rest = word.substring(i + 1);
      if (flag.kind == Kind.SWITCH) {
        if (rest.startsWith("=")) {
          set(flag, rest.substring(1));
          return next;
        }
        set(flag, "true");
      } else if (!rest.isEmpty()) {
        set(flag, rest.startsWith("=") ? rest.substring(1) : rest);
        return next;
      } else if (next < line.size()) {
        set(flag, line.get(next));
        return next + 1;
      } else {
        throw new UsageException("flag needs an argument: '" + word.charAt(i) + "' in " + word);
      }
    }
    return next;
  }

  private void set(Flag flag, String value) {
    switch (flag.kind) {
      case SWITCH -> {
        String lower = value.toLowerCase(Locale.ROOT);
        if (List.of("true", "t", "1").contains(lower)) {
          values.put(flag.name, List.of("true"));
        } else if (List.of("false", "f", "0").contains(lower)) {
          values.put(flag.name, List.of("false"));
        } else {
          throw invalid(flag.name, value, "strconv.ParseBool: parsing \"" + value + "\": invalid syntax");
        }
      }
      case NUMBER -> {
        try {
          Long.parseLong(value);
        } catch (NumberFormatException e) {
          throw invalid(flag.name, value, "strconv.ParseInt: parsing \"" + value + "\": invalid syntax");
        }
        values.put(flag.name, List.of(value));
      }
      case ONE -> values.put(flag.name, List.of(value));
      case LIST -> values.computeIfAbsent(flag.name, name -> new ArrayList<>()).add(value);
    }
  }

  /** In pflag's words. */
  public UsageException invalid(String name, String value, String why) {
    Flag flag = flags.get(name);
    return new UsageException("invalid argument \"" + value + "\" for \"" + (flag == null ? "--" + name : flag.shown()) + "\" flag: " + why);
  }

  // ---- what was given

  public boolean has(String name) {
    return values.getOrDefault(name, List.of()).contains("true");
  }

  public boolean given(String name) {
    return values.containsKey(name);
  }

  public @Nullable String get(String name) {
    List<String> list = values.get(name);
    return list == null ? null : list.getLast();
  }

  public String get(String name, String otherwise) {
    String value = get(name);
    return value == null ? otherwise : value;
  }

  public @Nullable Long number(String name) {
    String value = get(name);
    return value == null ? null : Long.valueOf(value);
  }

  public List<String> list(String name) {
    return Collections.unmodifiableList(values.getOrDefault(name, List.of()));
  }

  public List<String> arguments() {
    return Collections.unmodifiableList(arguments);
  }

  // ---- for help, completion and man pages

  /** How a flag is written in documents. */
  record Shown(String flags, String valueName, String text) {}

  List<Shown> shown() {
    return flags.values().stream().map(flag -> new Shown(flag.shown(), flag.valueName, flag.text)).toList();
  }

  /** The long name behind a word such as {@code -f} or {@code --file}; null if it is none, or takes no value. */
  @Nullable String valued(String word) {
    Flag flag = word.startsWith("--") ? flags.get(word.substring(2)) : word.startsWith("-") && word.length() > 1 ? shorts.get(word.charAt(word.length() - 1)) : null;
    return flag == null || flag.kind == Kind.SWITCH ? null : flag.name;
  }

  boolean endsAtArgument() {
    return !interspersed;
  }

  /** A line for each flag. */
  String help() {
    int width = 0;
    Map<String, Flag> left = new java.util.LinkedHashMap<>();
    for (Flag flag : flags.values()) {
      String shown = (flag.shortName == 0 ? "      " : "  -" + flag.shortName + ", ") + "--" + flag.name + (flag.valueName.isEmpty() ? "" : " " + flag.valueName);
      left.put(shown, flag);
      width = Math.max(width, shown.length());
    }
    StringBuilder out = new StringBuilder();
    for (Map.Entry<String, Flag> entry : left.entrySet()) {
      out.append(entry.getKey()).append(" ".repeat(width - entry.getKey().length() + 3)).append(entry.getValue().text).append('\n');
    }
    return out.toString();
  }
}
