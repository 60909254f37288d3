package dev.proa.cli.text;

import dev.proa.cli.CliException;
import dev.proa.cli.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The part of Go's templates that formats are written in: fields ({@code {{.State.Pid}}}), {@code json}, {@code len}, {@code index}, {@code join},
 * {@code upper}, {@code lower}, {@code println}, {@code eq}, {@code range}, {@code if}, {@code else}, {@code end}, {@code $} for the whole value.
 */
public final class Template {
  private sealed interface Node {}

  private record Text(String text) implements Node {}

  private record Print(List<String> words) implements Node {}

  private record Block(boolean range, List<String> words, List<Node> body, List<Node> otherwise) implements Node {}

  private final List<Node> nodes;
  private final String source;

  private Template(String source, List<Node> nodes) {
    this.source = source;
    this.nodes = nodes;
  }

  /** @throws CliException with status 64, as docker's inspect has it, if it is none */
  public static Template parse(String source) {
    Parser parser = new Parser(source);
    List<Node> nodes = parser.nodes();
    if (parser.ended != null) {
      throw wrong(source, "unexpected {{" + parser.ended + "}}");
    }
    return new Template(source, nodes);
  }

  public String apply(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    render(nodes, value, value, out);
    return out.toString();
  }

  private static CliException wrong(String source, String why) {
    return new CliException(64, "template parsing error: template: :1: " + why + " in \"" + source + "\"");
  }

  private static final class Parser {
    private final String source;
    private int at;
    private @Nullable String ended;

    private Parser(String source) {
      // docker lets \t and \n be written as such in a format
      this.source = source.replace("\\t", "\t").replace("\\n", "\n");
    }

    private List<Node> nodes() {
      List<Node> nodes = new ArrayList<>();
      ended = null;
      while (at < source.length()) {
        int open = source.indexOf("{{", at);
        if (open < 0) {
          nodes.add(new Text(source.substring(at)));
          at = source.length();
          break;
        }
        if (open > at) {
          nodes.add(new Text(source.substring(at, open)));
        }
        int close = source.indexOf("}}", open);
        if (close < 0) {
          throw wrong(source, "unclosed action");
        }
        at = close + 2;
        String action = source.substring(open + 2, close).strip();
        List<String> words = words(action.startsWith("- ") ? action.substring(2) : action);
        if (words.isEmpty()) {
          throw wrong(source, "missing value for command");
        }
        switch (words.getFirst()) {
          case "end", "else" -> {
            ended = words.getFirst();
            return nodes;
          }
          case "range", "if" -> {
            boolean range = words.getFirst().equals("range");
            List<Node> body = nodes();
            List<Node> otherwise = "else".equals(ended) ? nodes() : List.of();
            if (!"end".equals(ended)) {
              throw wrong(source, "unexpected EOF");
            }
            ended = null;
            nodes.add(new Block(range, words.subList(1, words.size()), body, otherwise));
          }
          default -> nodes.add(new Print(words));
        }
      }
      return nodes;
    }

    /** Words; a quoted string keeps its first quote as a mark, brackets are words. */
    private List<String> words(String action) {
      List<String> words = new ArrayList<>();
      int i = 0;
      while (i < action.length()) {
        char c = action.charAt(i);
        if (Character.isWhitespace(c)) {
          i++;
        } else if (c == '"' || c == '`') {
          int end = action.indexOf(c, i + 1);
          if (end < 0) {
            throw wrong(source, "unterminated quoted string");
          }
          words.add(action.substring(i, end));
          i = end + 1;
        } else if (c == '(' || c == ')' || c == '|') {
          words.add(String.valueOf(c));
          i++;
        } else {
          int end = i;
          while (end < action.length() && !Character.isWhitespace(action.charAt(end)) && "()|".indexOf(action.charAt(end)) < 0) {
            end++;
          }
          words.add(action.substring(i, end));
          i = end;
        }
      }
      return words;
    }
  }

  private void render(List<Node> list, @Nullable Object dot, @Nullable Object root, StringBuilder out) {
    for (Node node : list) {
      switch (node) {
        case Text text -> out.append(text.text());
        case Print print -> out.append(shown(evaluate(print.words(), dot, root)));
        case Block block when block.range() -> {
          Object over = evaluate(block.words(), dot, root);
          Iterable<?> elements = over instanceof Map<?, ?> map ? map.values() : over instanceof Iterable<?> iterable ? iterable : List.of();
          boolean any = false;
          for (Object element : elements) {
            render(block.body(), element, root, out);
            any = true;
          }
          if (!any) {
            render(block.otherwise(), dot, root, out);
          }
        }
        case Block block -> render(truth(evaluate(block.words(), dot, root)) ? block.body() : block.otherwise(), dot, root, out);
      }
    }
  }

  private @Nullable Object evaluate(List<String> words, @Nullable Object dot, @Nullable Object root) {
    List<@Nullable Object> arguments = new ArrayList<>();
    String function = null;
    int i = 0;
    while (i < words.size()) {
      String word = words.get(i);
      if (word.equals("|")) {
        Object piped = call(function, arguments);
        List<String> rest = words.subList(i + 1, words.size());
        int next = rest.indexOf("|");
        List<String> stage = next < 0 ? rest : rest.subList(0, next);
        function = stage.getFirst();
        arguments = new ArrayList<>();
        for (String argument : stage.subList(1, stage.size())) {
          arguments.add(operand(argument, dot, root));
        }
        arguments.add(piped);
        i += 1 + stage.size();
        continue;
      }
      if (word.equals("(")) {
        int close = closing(words, i);
        arguments.add(evaluate(words.subList(i + 1, close), dot, root));
        i = close + 1;
        continue;
      }
      if (i == 0 && Character.isLetter(word.charAt(0)) && !word.equals("true") && !word.equals("false")) {
        function = word;
      } else {
        arguments.add(operand(word, dot, root));
      }
      i++;
    }
    return call(function, arguments);
  }

  private int closing(List<String> words, int open) {
    int depth = 0;
    for (int i = open; i < words.size(); i++) {
      depth += words.get(i).equals("(") ? 1 : words.get(i).equals(")") ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    throw wrong(source, "unclosed left paren");
  }

  private @Nullable Object operand(String word, @Nullable Object dot, @Nullable Object root) {
    if (word.startsWith("\"") || word.startsWith("`")) {
      return word.substring(1);
    }
    if (word.equals(".")) {
      return dot;
    }
    if (word.startsWith("$")) {
      return field(root, word.substring(1));
    }
    if (word.startsWith(".")) {
      return field(dot, word);
    }
    if (word.equals("true") || word.equals("false")) {
      return Boolean.valueOf(word);
    }
    try {
      return Long.valueOf(word);
    } catch (NumberFormatException e) {
      throw wrong(source, "unexpected \"" + word + "\"");
    }
  }

  private @Nullable Object field(@Nullable Object value, String path) {
    Object here = value;
    for (String name : path.split("\\.")) {
      if (name.isEmpty()) {
        continue;
      }
      if (!(here instanceof Map<?, ?> map)) {
        throw new CliException(64, "template: :1: executing \"\" at <" + path + ">: can't evaluate field " + name);
      }
      if (!map.containsKey(name)) {
        throw new CliException(64, "template: :1:2: executing \"\" at <" + path + ">: map has no entry for key \"" + name + "\"");
      }
      here = map.get(name);
    }
    return here;
  }

  private @Nullable Object call(@Nullable String function, List<@Nullable Object> arguments) {
    Object first = arguments.isEmpty() ? null : arguments.getFirst();
    return switch (function) {
      case null -> first;
      case "json" -> Json.write(first);
      case "len" -> first instanceof Map<?, ?> map ? (Object) map.size() : first instanceof List<?> list ? list.size() : shown(first).length();
      case "upper" -> shown(first).toUpperCase(java.util.Locale.ROOT);
      case "lower" -> shown(first).toLowerCase(java.util.Locale.ROOT);
      case "title" -> shown(first).isEmpty() ? "" : Character.toUpperCase(shown(first).charAt(0)) + shown(first).substring(1);
      case "println" -> arguments.stream().map(Template::shown).collect(Collectors.joining(" ")) + "\n";
      case "print", "printf" -> arguments.stream().map(Template::shown).collect(Collectors.joining());
      case "join" -> first instanceof List<?> list ? list.stream().map(Template::shown).collect(Collectors.joining(shown(arguments.getLast()))) : "";
      case "index" -> index(arguments);
      case "eq" -> arguments.stream().skip(1).anyMatch(other -> shown(first).equals(shown(other)));
      case "ne" -> arguments.stream().skip(1).noneMatch(other -> shown(first).equals(shown(other)));
      case "not" -> !truth(first);
      case "and" -> arguments.stream().allMatch(Template::truth);
      case "or" -> arguments.stream().anyMatch(Template::truth);
      default -> throw wrong(source, "function \"" + function + "\" not defined");
    };
  }

  private static @Nullable Object index(List<@Nullable Object> arguments) {
    Object here = arguments.getFirst();
    for (Object key : arguments.subList(1, arguments.size())) {
      here =
          switch (here) {
            case Map<?, ?> map -> map.get(shown(key));
            case List<?> list when key instanceof Long at && at >= 0 && at < list.size() -> list.get(at.intValue());
            case null, default -> throw new CliException(64, "template: :1: error calling index: no element " + shown(key));
          };
    }
    return here;
  }

  private static boolean truth(@Nullable Object value) {
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

  /** As Go prints a value: {@code map[a:1 b:2]}, {@code [x y]}, {@code <no value>} is left to docker's own oddities. */
  private static String shown(@Nullable Object value) {
    return switch (value) {
      case null -> "<nil>";
      case Map<?, ?> map ->
          map.entrySet().stream()
              .sorted(java.util.Comparator.comparing(entry -> String.valueOf(entry.getKey())))
              .map(entry -> entry.getKey() + ":" + shown(entry.getValue()))
              .collect(Collectors.joining(" ", "map[", "]"));
      case List<?> list -> list.stream().map(Template::shown).collect(Collectors.joining(" ", "[", "]"));
      default -> value.toString();
    };
  }
}
