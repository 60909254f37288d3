package dev.proa.cli.oci;

import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The flags of one part of runc's command line, and what follows them: {@code --flag value}, {@code --flag=value}, one dash or two. */
final class Arguments {
  private final Map<String, List<String>> flags = new LinkedHashMap<>();
  private final List<String> rest = new ArrayList<>();

  private Arguments() {}

  /**
   * Reads flags up to the first word that is none.
   *
   * @param valued flags that take a value; a letter stands for itself
   * @param switches flags that take none
   * @param everywhere whether flags may also follow other words, but for what comes after {@code --}
   */
  static Arguments parse(List<String> words, Set<String> valued, Set<String> switches, boolean everywhere) {
    Arguments arguments = new Arguments();
    int i = 0;
    while (i < words.size()) {
      String word = words.get(i++);
      if (word.equals("--")) {
        break;
      }
      if (!word.startsWith("-") || word.equals("-")) {
        arguments.rest.add(word);
        if (!everywhere) {
          break;
        }
        continue;
      }
      String name = word.replaceFirst("^--?", "");
      int equals = name.indexOf('=');
      String value = equals < 0 ? null : name.substring(equals + 1);
      name = equals < 0 ? name : name.substring(0, equals);
      if (valued.contains(name)) {
        if (value == null && i == words.size()) {
          throw ProaException.invalid("flag needs an argument: -" + name);
        }
        arguments.flags.computeIfAbsent(name, unused -> new ArrayList<>()).add(value != null ? value : words.get(i++));
      } else if (switches.contains(name)) {
        arguments.flags.put(name, List.of(value == null ? "true" : value));
      } else {
        throw ProaException.invalid("flag provided but not defined: -" + name);
      }
    }
    arguments.rest.addAll(words.subList(i, words.size()));
    return arguments;
  }

  /** The last value of the first of these flags that is there. */
  @Nullable String value(String... names) {
    for (String name : names) {
      List<String> values = flags.get(name);
      if (values != null) {
        return values.getLast();
      }
    }
    return null;
  }

  List<String> values(String... names) {
    List<String> all = new ArrayList<>();
    for (String name : names) {
      all.addAll(flags.getOrDefault(name, List.of()));
    }
    return all;
  }

  boolean has(String... names) {
    String value = value(names);
    return value != null && !value.equals("false");
  }

  List<String> rest() {
    return rest;
  }

  /** The word at a place, which has to be there. */
  String word(int index, String what) {
    if (rest.size() <= index) {
      throw ProaException.invalid("\"" + what + "\" requires a minimum of " + (index + 1) + " argument" + (index == 0 ? "" : "s"));
    }
    return rest.get(index);
  }
}
