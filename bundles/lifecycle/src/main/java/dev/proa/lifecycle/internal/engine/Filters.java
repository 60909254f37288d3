package dev.proa.lifecycle.internal.engine;

import dev.proa.spi.ProaException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The API's filters: values of one name are alternatives (but all labels must match), all names must match. */
final class Filters {
  private Filters() {}

  static void check(Map<String, List<String>> filters, Set<String> known) {
    for (String name : filters.keySet()) {
      if (!known.contains(name)) {
        throw ProaException.invalid("invalid filter '" + name + "'");
      }
    }
  }

  static List<String> values(Map<String, List<String>> filters, String name) {
    return filters.getOrDefault(name, List.of());
  }

  static boolean any(Map<String, List<String>> filters, String name, Predicate<String> matches) {
    List<String> values = values(filters, name);
    return values.isEmpty() || values.stream().anyMatch(matches);
  }

  /** The API takes a regular expression, found anywhere in the text. */
  static boolean matches(String text, String wanted) {
    if (text.contains(wanted)) {
      return true;
    }
    try {
      return Pattern.compile(wanted).matcher(text).find();
    } catch (PatternSyntaxException e) {
      return false;
    }
  }

  static boolean labels(Map<String, List<String>> filters, Map<String, String> labels) {
    return values(filters, "label").stream().allMatch(label -> has(labels, label));
  }

  static boolean anyLabel(Map<String, List<String>> filters, String name, Map<String, String> labels) {
    return values(filters, name).stream().anyMatch(label -> has(labels, label));
  }

  private static boolean has(Map<String, String> labels, String label) {
    int equals = label.indexOf('=');
    return equals < 0 ? labels.containsKey(label) : label.substring(equals + 1).equals(labels.get(label.substring(0, equals)));
  }

  /** {@code INVALID_ARGUMENT} for names that are none, and for values of {@code dangling} that are no boolean. */
  static void checkWithDangling(Map<String, List<String>> filters, Set<String> known) {
    check(filters, known);
    flag(filters, "dangling");
  }

  static boolean dangling(Map<String, List<String>> filters, boolean dangling) {
    return values(filters, "dangling").isEmpty() || flag(filters, "dangling") == dangling;
  }

  /** False without the filter; a value that is neither, and both at once, are refused ({@code filters.Args.GetBoolOrDefault}). */
  static boolean flag(Map<String, List<String>> filters, String name) {
    if (!filters.containsKey(name)) {
      return false;
    }
    List<String> values = values(filters, name);
    boolean yes = values.contains("1") || values.contains("true");
    boolean no = values.contains("0") || values.contains("false");
    if (yes == no) {
      throw ProaException.invalid("invalid filter '" + name + "=[" + String.join(" ", values) + "]'");
    }
    return yes;
  }
}
