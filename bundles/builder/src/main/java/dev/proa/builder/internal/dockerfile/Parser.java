package dev.proa.builder.internal.dockerfile;

import dev.proa.builder.internal.dockerfile.Dockerfile.Warning;
import dev.proa.builder.internal.dockerfile.Instruction.Flag;
import dev.proa.builder.internal.dockerfile.Instruction.Heredoc;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From lines to instructions, by the Dockerfile reference: directives, comments, continued lines, flags, here-documents. */
final class Parser {
  private static final Map<String, Set<String>> FLAGS =
      Map.of(
          "FROM", Set.of("platform"),
          "RUN", Set.of("mount", "network", "security", "device"),
          "COPY", Set.of("from", "chown", "chmod", "link", "parents", "exclude"),
          "ADD", Set.of("chown", "chmod", "link", "checksum", "keep-git-dir", "exclude", "unpack"),
          "HEALTHCHECK", Set.of("interval", "timeout", "start-period", "start-interval", "retries"));

  private static final Set<String> KNOWN =
      Set.of("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL",
          "STOPSIGNAL", "USER", "VOLUME", "WORKDIR");

  private static final Set<String> WITH_HEREDOC = Set.of("RUN", "COPY", "ADD");
  private static final Set<String> DIRECTIVES = Set.of("syntax", "escape", "check");
  private static final Pattern DIRECTIVE = Pattern.compile("#\\s*([a-zA-Z][a-zA-Z0-9]*)\\s*=\\s*(.+?)\\s*");
  private static final Pattern HEREDOC = Pattern.compile("(\\d*)<<(-?)(?:\"([A-Za-z_][\\w.]*)\"|'([A-Za-z_][\\w.]*)'|([A-Za-z_][\\w.]*))");
  private static final Pattern FLAG = Pattern.compile("--([a-z][a-z-]*)(?:=(.*))?", Pattern.DOTALL);
  /** Longer ones are like none that is known. */
  private static final int MAX_WORD = 20;

  private static final int MAX_INSTRUCTIONS = 20_000;

  private final String name;
  private final List<String> lines;
  private final Map<String, String> directives = new LinkedHashMap<>();
  private final List<Warning> warnings = new ArrayList<>();
  private final List<Spelled> spelled = new ArrayList<>();
  private char escape = '\\';
  private int at;

  /** @param word the name of an instruction as it is written */
  private record Spelled(String word, int line) {}

  Parser(String name, String text) {
    this.name = name;
    String plain = text.startsWith("\uFEFF") ? text.substring(1) : text;
    this.lines = plain.lines().toList();
    readDirectives();
  }

  List<String> lines() {
    return lines;
  }

  Map<String, String> directives() {
    return directives;
  }

  char escape() {
    return escape;
  }

  List<Warning> warnings() {
    return warnings;
  }

  ProaException failure(String problem, int line, int column) {
    return ProaException.invalid(
        "dockerfile parse error on line " + line + ": " + problem + "\n" + Dockerfile.excerpt(name, lines, line, line, column));
  }

  /** Comments of a certain form at the very top. */
  private void readDirectives() {
    for (int i = 0; i < lines.size(); i++) {
      Matcher directive = DIRECTIVE.matcher(lines.get(i).strip());
      if (!directive.matches() || !DIRECTIVES.contains(directive.group(1).toLowerCase(Locale.ROOT))) {
        return;
      }
      String key = directive.group(1).toLowerCase(Locale.ROOT);
      if (directives.put(key, directive.group(2)) != null) {
        throw failure("only one " + key + " parser directive can be used", i + 1, 1);
      }
      if (key.equals("escape")) {
        String value = directive.group(2);
        if (!value.equals("\\") && !value.equals("`")) {
          throw failure("invalid escape token '" + value + "' does not match ` or \\", i + 1, 1);
        }
        escape = value.charAt(0);
      }
    }
  }

  List<Instruction> instructions() {
    List<Instruction> instructions = new ArrayList<>();
    for (at = 0; at < lines.size(); ) {
      String line = lines.get(at);
      if (line.isBlank() || isComment(line)) {
        at++;
        continue;
      }
      if (instructions.size() == MAX_INSTRUCTIONS) {
        throw failure("more than " + MAX_INSTRUCTIONS + " instructions", at + 1, 1);
      }
      instructions.add(instruction());
    }
    casing();
    return instructions;
  }

  /** Instructions are written one way, that of the most. */
  private void casing() {
    long lower = spelled.stream().filter(each -> each.word().equals(each.word().toLowerCase(Locale.ROOT))).count();
    long upper = spelled.stream().filter(each -> each.word().equals(each.word().toUpperCase(Locale.ROOT))).count();
    boolean small = lower > upper;
    for (Spelled each : spelled) {
      String right = small ? each.word().toLowerCase(Locale.ROOT) : each.word().toUpperCase(Locale.ROOT);
      if (!each.word().equals(right)) {
        String majority = small ? "lowercase" : "uppercase";
        warnings.add(
            new Warning(
                "ConsistentInstructionCasing", "Command '" + each.word() + "' should match the case of the command majority (" + majority + ")", each.line()));
      }
    }
  }

  /** {@code FROM} and its {@code AS} are written alike, names of stages in small letters. */
  private void casing(String from, String rest, int line) {
    String[] words = rest.split("\\s+");
    if (words.length != 3 || !words[1].equalsIgnoreCase("as")) {
      return;
    }
    boolean small = from.equals(from.toLowerCase(Locale.ROOT));
    if (!words[1].equals(small ? "as" : "AS")) {
      warnings.add(new Warning("FromAsCasing", "'" + words[1] + "' and '" + from + "' keywords' casing do not match", line));
    }
    if (!words[2].equals(words[2].toLowerCase(Locale.ROOT))) {
      warnings.add(new Warning("StageNameCasing", "Stage name '" + words[2] + "' should be lowercase", line));
    }
  }

  private static boolean isComment(String line) {
    return line.stripLeading().startsWith("#");
  }

  private Instruction instruction() {
    int first = at + 1;
    int column = lines.get(at).length() - lines.get(at).stripLeading().length() + 1;
    String logical = logicalLine();
    int space = 0;
    while (space < logical.length() && !Character.isWhitespace(logical.charAt(space))) {
      space++;
    }
    String word = logical.substring(0, space);
    String instruction = word.toUpperCase(Locale.ROOT);
    if (!KNOWN.contains(instruction)) {
      throw failure("unknown instruction: " + word + suggestion(instruction), first, column);
    }
    spelled.add(new Spelled(word, first));
    List<Flag> flags = new ArrayList<>();
    String rest = flags(instruction, logical.substring(space).strip(), flags, first, column + space + 1);
    List<Heredoc> heredocs = WITH_HEREDOC.contains(instruction) ? heredocs(rest, first) : List.of();
    if (rest.isEmpty()) {
      throw failure(instruction + " requires at least one argument", first, column);
    }
    if (instruction.equals("FROM")) {
      casing(word, rest, first);
    }
    return new Instruction(instruction, flags, rest, heredocs, first, at);
  }

  /** A line and those that continue it; comments and blank lines between them are left out. */
  private String logicalLine() {
    StringBuilder logical = new StringBuilder();
    boolean continued = true;
    boolean blank = false;
    for (boolean start = true; continued && at < lines.size(); start = false) {
      String line = lines.get(at++);
      if (!start && isComment(line)) {
        continue;
      }
      if (!start && line.isBlank()) {
        blank = true;
        continue;
      }
      String text = start ? line.stripLeading() : line;
      String stripped = text.stripTrailing();
      continued = !stripped.isEmpty() && stripped.charAt(stripped.length() - 1) == escape && !escaped(stripped);
      logical.append(continued ? stripped.substring(0, stripped.length() - 1) : text);
    }
    if (blank) {
      warnings.add(new Warning("NoEmptyContinuation", "Empty continuation line", at));
    }
    return logical.toString().strip();
  }

  /** Whether the last character is there for itself: another escape character stands before it. */
  private boolean escaped(String line) {
    return line.length() > 1 && line.charAt(line.length() - 2) == escape;
  }

  private String flags(String instruction, String arguments, List<Flag> flags, int line, int column) {
    String rest = arguments;
    while (rest.startsWith("--") && (FLAGS.containsKey(instruction) || !instruction.equals("ONBUILD"))) {
      int end = flagEnd(rest);
      String word = rest.substring(0, end);
      if (word.equals("--")) {
        return rest.substring(end).strip();
      }
      Matcher flag = FLAG.matcher(word);
      Set<String> known = FLAGS.getOrDefault(instruction, Set.of());
      if (!flag.matches() || !known.contains(flag.group(1))) {
        if (known.isEmpty()) {
          return rest; // CMD --help, ENTRYPOINT --x: words for the shell
        }
        throw failure("unknown flag: " + (flag.matches() ? "--" + flag.group(1) : word) + nearest(flag.matches() ? flag.group(1) : "", known), line, column);
      }
      flags.add(new Flag(flag.group(1), flag.group(2)));
      rest = rest.substring(end).strip();
    }
    return rest;
  }

  /** A flag ends at a blank outside of quotes. */
  private int flagEnd(String text) {
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == escape && quote != '\'') {
        i++;
      } else if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (Character.isWhitespace(c)) {
        return i;
      }
    }
    return text.length();
  }

  private List<Heredoc> heredocs(String rest, int line) {
    List<Heredoc> heredocs = new ArrayList<>();
    Matcher word = HEREDOC.matcher(rest);
    for (int from = 0; word.find(from); from = word.end()) {
      boolean alone = word.start() == 0 || Character.isWhitespace(rest.charAt(word.start() - 1));
      boolean ends = word.end() == rest.length() || " \t;|&>)".indexOf(rest.charAt(word.end())) >= 0;
      if (!alone || !ends || quoted(rest, word.start())) {
        continue;
      }
      boolean expand = word.group(5) != null;
      String end = expand ? word.group(5) : word.group(3) != null ? word.group(3) : word.group(4);
      heredocs.add(new Heredoc(end, heredoc(end, !word.group(2).isEmpty(), line), expand, word.group(1), !word.group(2).isEmpty()));
    }
    return heredocs;
  }

  private static boolean quoted(String text, int position) {
    char quote = 0;
    for (int i = 0; i < position; i++) {
      char c = text.charAt(i);
      if (c == '\\' && quote != '\'') {
        i++;
      } else if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '"' || c == '\'') {
        quote = c;
      }
    }
    return quote != 0;
  }

  private String heredoc(String end, boolean tabs, int line) {
    StringBuilder content = new StringBuilder();
    while (at < lines.size()) {
      String text = lines.get(at++);
      String shown = tabs ? text.replaceFirst("^\t+", "") : text;
      if (shown.equals(end)) {
        return content.toString();
      }
      content.append(shown).append('\n');
    }
    throw failure("unterminated heredoc: the line " + end + " is missing", line, 1);
  }

  private static String suggestion(String instruction) {
    return nearest(instruction, KNOWN).replace("--", "");
  }

  private static String nearest(String word, Set<String> known) {
    String best = "";
    int least = 3;
    if (word.length() > MAX_WORD) {
      return "";
    }
    for (String candidate : known) {
      int distance = distance(word, candidate);
      if (distance < least) {
        least = distance;
        best = candidate;
      }
    }
    return best.isEmpty() ? "" : " (did you mean --" + best + "?)";
  }

  /** How many letters are to be put in, taken out, changed or swapped with the next. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (same ? 0 : 1));
        if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
