package dev.proa.cli.text;

import dev.proa.cli.CliException;
import dev.proa.cli.json.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The functions of templates: Go's own as far as they are for values like ours, and docker's. */
final class TemplateFunctions {
  static final Set<String> NAMES =
      Set.of(
          "and", "eq", "ge", "gt", "index", "join", "json", "le", "len", "lower", "lt", "ne", "not", "or", "pad", "print", "printf", "println", "slice", "split", "title", "truncate",
          "upper");

  private static final Pattern VERB = Pattern.compile("%([-+# 0]*)(\\d*)(?:\\.(\\d+))?([a-zA-Z%])");
  private static final int MAX_WIDTH = 1000;

  private TemplateFunctions() {}

  static @Nullable Object call(String name, List<@Nullable Object> arguments) {
    int least =
        switch (name) {
          case "print", "println" -> 0;
          case "eq", "ne", "lt", "le", "gt", "ge", "join", "split", "truncate" -> 2;
          case "pad" -> 3;
          default -> 1;
        };
    if (arguments.size() < least) {
      throw failed(name, "wrong number of args: want at least " + least + " got " + arguments.size());
    }
    Object first = arguments.isEmpty() ? null : arguments.getFirst();
    return switch (name) {
      case "json" -> Json.write(sorted(first));
      case "len" -> length(first);
      case "upper" -> shown(first).toUpperCase(Locale.ROOT);
      case "lower" -> shown(first).toLowerCase(Locale.ROOT);
      case "title" -> shown(first).isEmpty() ? "" : Character.toUpperCase(shown(first).charAt(0)) + shown(first).substring(1);
      case "println" -> spaced(arguments) + "\n";
      case "print" -> arguments.stream().map(TemplateFunctions::shown).collect(Collectors.joining());
      case "printf" -> format(shown(first), arguments.subList(1, arguments.size()));
      case "join" -> first instanceof List<?> list ? list.stream().map(TemplateFunctions::shown).collect(Collectors.joining(shown(arguments.getLast()))) : "";
      case "split" -> new ArrayList<>(Arrays.asList(shown(first).split(Pattern.quote(shown(arguments.get(1))), -1)));
      case "pad" -> padded(first, arguments);
      case "truncate" -> shown(first).substring(0, Math.min(shown(first).length(), number("truncate", arguments.get(1))));
      case "index" -> index(arguments);
      case "slice" -> slice(arguments);
      case "eq" -> arguments.stream().skip(1).anyMatch(other -> shown(first).equals(shown(other)));
      case "ne" -> !shown(first).equals(shown(arguments.get(1)));
      case "lt" -> compare(first, arguments.get(1)) < 0;
      case "le" -> compare(first, arguments.get(1)) <= 0;
      case "gt" -> compare(first, arguments.get(1)) > 0;
      case "ge" -> compare(first, arguments.get(1)) >= 0;
      case "not" -> !truth(first);
      case "and" -> arguments.stream().filter(each -> !truth(each)).findFirst().orElse(arguments.getLast());
      case "or" -> arguments.stream().filter(TemplateFunctions::truth).findFirst().orElse(arguments.getLast());
      default -> throw failed(name, "not defined");
    };
  }

  /** Go writes maps by their keys and structures by their declaration, as the daemon has sent them; the members of structures begin with a capital. */
  private static @Nullable Object sorted(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(TemplateFunctions::sorted).collect(Collectors.toCollection(ArrayList::new));
    }
    if (!(value instanceof Map<?, ?> map)) {
      return value;
    }
    boolean structure = map.keySet().stream().allMatch(key -> key instanceof String name && !name.isEmpty() && Character.isUpperCase(name.charAt(0)));
    Map<Object, @Nullable Object> copy = structure ? new LinkedHashMap<>() : new TreeMap<>();
    map.forEach((key, each) -> copy.put(key, sorted(each)));
    return copy;
  }

  private static CliException failed(String function, String why) {
    return new CliException(64, "template: :1: error calling " + function + ": " + why);
  }

  private static String spaced(List<@Nullable Object> arguments) {
    return arguments.stream().map(TemplateFunctions::shown).collect(Collectors.joining(" "));
  }

  private static long length(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> map.size();
      case List<?> list -> list.size();
      case null -> 0;
      default -> shown(value).length();
    };
  }

  private static String padded(@Nullable Object first, List<@Nullable Object> arguments) {
    String text = shown(first);
    return text.isEmpty() ? text : " ".repeat(number("pad", arguments.get(1))) + text + " ".repeat(number("pad", arguments.get(2)));
  }

  private static int number(String function, @Nullable Object value) {
    if (value instanceof Long number && number >= 0 && number <= MAX_WIDTH) {
      return number.intValue();
    }
    throw failed(function, shown(value) + " is no number between 0 and " + MAX_WIDTH);
  }

  private static int compare(@Nullable Object one, @Nullable Object other) {
    if (one instanceof Number a && other instanceof Number b) {
      return a instanceof Long && b instanceof Long ? Long.compare(a.longValue(), b.longValue()) : Double.compare(a.doubleValue(), b.doubleValue());
    }
    return shown(one).compareTo(shown(other));
  }

  static @Nullable Object index(List<@Nullable Object> arguments) {
    Object here = arguments.getFirst();
    for (Object key : arguments.subList(1, arguments.size())) {
      here =
          switch (here) {
            // what a map has not is the empty value, and most maps are of texts
            case Map<?, ?> map -> map.containsKey(shown(key)) ? map.get(shown(key)) : "";
            case List<?> list when key instanceof Long at && at >= 0 && at < list.size() -> list.get(at.intValue());
            case List<?> list -> throw failed("index", "index out of range: " + shown(key) + " of " + list.size());
            case null -> throw failed("index", "index of untyped nil");
            default -> throw failed("index", "no element " + shown(key));
          };
    }
    return here;
  }

  private static Object slice(List<@Nullable Object> arguments) {
    Object first = arguments.getFirst();
    long length = length(first);
    long from = arguments.size() > 1 && arguments.get(1) instanceof Long number ? number : 0;
    long to = arguments.size() > 2 && arguments.get(2) instanceof Long number ? number : length;
    if (from < 0 || to > length || from > to) {
      throw failed("slice", "index out of range: [" + from + ":" + to + "] of " + length);
    }
    return first instanceof List<?> list ? list.subList((int) from, (int) to) : shown(first).substring((int) from, (int) to);
  }

  /** The verbs of Go's fmt that have a sense for texts, numbers and truth values. */
  private static String format(String format, List<@Nullable Object> arguments) {
    StringBuilder out = new StringBuilder();
    Matcher matcher = VERB.matcher(format);
    int next = 0;
    while (matcher.find()) {
      String text;
      char verb = matcher.group(4).charAt(0);
      if (verb == '%') {
        text = "%";
      } else if (next >= arguments.size()) {
        text = "%!" + verb + "(MISSING)";
      } else {
        text = formatted(verb, matcher.group(1), matcher.group(3), arguments.get(next++));
        int width = matcher.group(2).isEmpty() ? 0 : number("printf", Long.valueOf(matcher.group(2)));
        String fill = (matcher.group(1).contains("0") && "dxXf".indexOf(verb) >= 0 ? "0" : " ").repeat(Math.max(0, width - text.length()));
        text = matcher.group(1).contains("-") ? text + " ".repeat(fill.length()) : fill + text;
      }
      matcher.appendReplacement(out, Matcher.quoteReplacement(text));
    }
    matcher.appendTail(out);
    return out.toString();
  }

  private static String formatted(char verb, String flags, @Nullable String precision, @Nullable Object value) {
    String plus = flags.contains("+") && value instanceof Number number && number.doubleValue() >= 0 ? "+" : "";
    return switch (verb) {
      case 'q' -> Json.write(shown(value));
      case 'd' -> value instanceof Double real ? "%!d(float64=" + real + ")" : plus + shown(value);
      case 'x' -> value instanceof Long number ? Long.toHexString(number) : shown(value);
      case 'X' -> value instanceof Long number ? Long.toHexString(number).toUpperCase(Locale.ROOT) : shown(value);
      case 'f' -> value instanceof Number number ? plus + String.format(Locale.ROOT, "%." + (precision == null ? 6 : number("printf", Long.valueOf(precision))) + "f", number.doubleValue()) : "%!f(string=" + shown(value) + ")";
      default -> precision == null || value instanceof Number ? shown(value) : shown(value).substring(0, Math.min(shown(value).length(), Integer.parseInt(precision)));
    };
  }

  static boolean truth(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Boolean bool -> bool;
      case Number number -> number.doubleValue() != 0;
      case String string -> !string.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case List<?> list -> !list.isEmpty();
      default -> true;
    };
  }

  /** As Go prints a value: {@code map[a:1 b:2]}, {@code [x y]}. */
  static String shown(@Nullable Object value) {
    return switch (value) {
      case null -> "<nil>";
      case Map<?, ?> map ->
          map.entrySet().stream()
              .sorted(java.util.Comparator.comparing(entry -> String.valueOf(entry.getKey())))
              .map(entry -> entry.getKey() + ":" + shown(entry.getValue()))
              .collect(Collectors.joining(" ", "map[", "]"));
      case List<?> list -> list.stream().map(TemplateFunctions::shown).collect(Collectors.joining(" ", "[", "]"));
      default -> value.toString();
    };
  }
}
