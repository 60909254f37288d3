package dev.proa.cli.text;

import dev.proa.cli.CliException;
import dev.proa.cli.text.Template.Action;
import dev.proa.cli.text.Template.Branch;
import dev.proa.cli.text.Template.Command;
import dev.proa.cli.text.Template.Dot;
import dev.proa.cli.text.Template.Function;
import dev.proa.cli.text.Template.Kind;
import dev.proa.cli.text.Template.Literal;
import dev.proa.cli.text.Template.Node;
import dev.proa.cli.text.Template.Operand;
import dev.proa.cli.text.Template.Parentheses;
import dev.proa.cli.text.Template.Pipeline;
import dev.proa.cli.text.Template.Text;
import dev.proa.cli.text.Template.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads a template: what stands between actions, and the words of each action (Go's package text/template). */
final class TemplateParser {
  private static final int MAX_DEPTH = 100;
  private static final String COMMENT = "/*";

  private final String source;
  private int at;
  private int depth;

  /** Set when an {@code end} or an {@code else} has ended a list: the words of that action. */
  private @Nullable List<String> ended;

  TemplateParser(String source) {
    this.source = source;
  }

  List<Node> whole() {
    List<Node> nodes = nodes();
    if (ended != null) {
      throw wrong("unexpected {{" + ended.getFirst() + "}}");
    }
    return nodes;
  }

  private CliException wrong(String why) {
    return wrong(source, why);
  }

  static CliException wrong(String source, String why) {
    return new CliException(64, "template parsing error: template: :1: " + why + " in \"" + source + "\"");
  }

  private List<Node> nodes() {
    if (++depth > MAX_DEPTH) {
      throw wrong("blocks nested too deep");
    }
    List<Node> nodes = new ArrayList<>();
    ended = null;
    while (at < source.length() && ended == null) {
      int open = source.indexOf("{{", at);
      boolean trims = open >= 0 && source.startsWith("- ", open + 2);
      String text = source.substring(at, open < 0 ? source.length() : open);
      if (!text.isEmpty()) {
        nodes.add(new Text(trims ? text.stripTrailing() : text));
      }
      if (open < 0) {
        at = source.length();
        break;
      }
      node(action(open + (trims ? 3 : 2)), nodes);
    }
    depth--;
    return nodes;
  }

  /** The words of the action that begins there; goes on behind it. */
  private List<String> action(int begin) {
    List<String> words = new ArrayList<>();
    int i = begin;
    if (source.startsWith("/*", i)) {
      int end = source.indexOf("*/", i);
      if (end < 0) {
        throw wrong("unclosed comment");
      }
      i = end + 2;
      words.add(COMMENT);
    }
    while (true) {
      if (i >= source.length()) {
        throw wrong("unclosed action");
      }
      char c = source.charAt(i);
      if (source.startsWith("}}", i)) {
        at = i + 2;
        return words;
      }
      if (source.startsWith("-}}", i)) {
        at = i + 3;
        while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
          at++;
        }
        return words;
      }
      if (Character.isWhitespace(c)) {
        i++;
      } else if (c == '"' || c == '`' || c == '\'') {
        int end = i + 1;
        while (end < source.length() && source.charAt(end) != c) {
          end += c != '`' && source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
          throw wrong("unterminated quoted string");
        }
        words.add(source.substring(i, end + 1));
        i = end + 1;
      } else if ("(),|".indexOf(c) >= 0) {
        // what follows a bracket at once is a field of what is in it
        boolean field = c == ')' && i + 1 < source.length() && source.charAt(i + 1) == '.';
        words.add(field ? ")." : String.valueOf(c));
        i++;
      } else {
        int end = i;
        while (end < source.length() && !Character.isWhitespace(source.charAt(end)) && "(),|\"`".indexOf(source.charAt(end)) < 0 && !source.startsWith("}}", end)) {
          end++;
        }
        words.add(source.substring(i, end));
        i = end;
      }
    }
  }

  private void node(List<String> words, List<Node> nodes) {
    if (words.isEmpty()) {
      throw wrong("missing value for command");
    }
    switch (words.getFirst()) {
      case COMMENT -> {}
      case "end", "else" -> ended = words;
      case "range", "if", "with" -> nodes.add(branch(Kind.valueOf(words.getFirst().toUpperCase(Locale.ROOT)), words.subList(1, words.size())));
      default -> nodes.add(new Action(new Words(words).pipeline()));
    }
  }

  private Branch branch(Kind kind, List<String> words) {
    Pipeline pipeline = new Words(words).pipeline();
    List<Node> body = nodes();
    List<Node> otherwise = List.of();
    List<String> end = ended;
    if (end != null && end.getFirst().equals("else")) {
      if (end.size() > 1) {
        // its end is that of the whole
        otherwise = List.of(branch(Kind.valueOf(end.get(1).toUpperCase(Locale.ROOT)), end.subList(2, end.size())));
        return new Branch(kind, pipeline, body, otherwise);
      }
      otherwise = nodes();
      end = ended;
    }
    if (end == null || !end.getFirst().equals("end")) {
      throw wrong("unexpected EOF");
    }
    ended = null;
    return new Branch(kind, pipeline, body, otherwise);
  }

  /** The words of one action, read from left to right. */
  private final class Words {
    private final List<String> words;
    private int next;

    Words(List<String> words) {
      this.words = words;
    }

    Pipeline pipeline() {
      Pipeline pipeline = part();
      if (next < words.size()) {
        throw wrong("unexpected \"" + words.get(next) + "\"");
      }
      return pipeline;
    }

    private Pipeline part() {
      List<String> variables = new ArrayList<>();
      boolean declares = false;
      if (is(0, "$") && (is(1, ":=") || is(1, "=") || is(1, ",") && is(3, ":="))) {
        variables.add(words.get(next));
        if (is(1, ",")) {
          variables.add(words.get(next + 2));
          next += 2;
        }
        declares = words.get(next + 1).equals(":=");
        next += 2;
      }
      List<Command> commands = new ArrayList<>();
      commands.add(command());
      while (next < words.size() && words.get(next).equals("|")) {
        next++;
        commands.add(command());
      }
      return new Pipeline(variables, declares, commands);
    }

    private boolean is(int offset, String begin) {
      return next + offset < words.size() && (begin.equals("$") ? words.get(next + offset).startsWith("$") : words.get(next + offset).equals(begin));
    }

    private Command command() {
      List<Operand> operands = new ArrayList<>();
      while (next < words.size() && !words.get(next).equals("|") && !words.get(next).startsWith(")")) {
        operands.add(operand());
      }
      if (operands.isEmpty()) {
        throw wrong("missing value for command");
      }
      return new Command(operands);
    }

    private Operand operand() {
      String word = words.get(next++);
      char first = word.charAt(0);
      if (first == '(') {
        if (++depth > MAX_DEPTH) {
          throw wrong("brackets nested too deep");
        }
        Pipeline inner = part();
        depth--;
        if (next >= words.size()) {
          throw wrong("unclosed left paren");
        }
        boolean field = words.get(next++).equals(").");
        return new Parentheses(inner, field ? path(words.get(next++).substring(1)) : List.of());
      }
      if (first == '"' || first == '`' || first == '\'') {
        return new Literal(first == '`' ? word.substring(1, word.length() - 1) : unquoted(word.substring(1, word.length() - 1)));
      }
      if (first == '.') {
        return new Dot(path(word.substring(1)));
      }
      if (first == '$') {
        int dot = word.indexOf('.');
        return new Variable(dot < 0 ? word : word.substring(0, dot), dot < 0 ? List.of() : path(word.substring(dot + 1)));
      }
      return switch (word) {
        case "true", "false" -> new Literal(Boolean.valueOf(word));
        case "nil" -> new Literal(null);
        default -> Character.isDigit(first) || first == '-' || first == '+' ? new Literal(number(word)) : function(word);
      };
    }

    private Object number(String word) {
      try {
        if (word.contains(".")) {
          return Double.valueOf(word);
        }
        return Long.decode(word);
      } catch (NumberFormatException e) {
        throw wrong("bad number syntax: \"" + word + "\"");
      }
    }

    private Function function(String word) {
      if (!TemplateFunctions.NAMES.contains(word)) {
        throw wrong("function \"" + word + "\" not defined");
      }
      return new Function(word);
    }
  }

  private static List<String> path(String dotted) {
    return dotted.isEmpty() ? List.of() : List.of(dotted.split("\\."));
  }

  private static String unquoted(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        c = switch (text.charAt(++i)) {
          case 'n' -> '\n';
          case 't' -> '\t';
          case 'r' -> '\r';
          default -> text.charAt(i);
        };
      }
      out.append(c);
    }
    return out.toString();
  }
}
