package dev.proa.scan.match;

import dev.proa.scan.inventory.Notice;
import dev.proa.spi.ProaException;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Findings that somebody has looked at and does not want to see, one a line: {@code ID [package=NAME] [until=YYYY-MM-DD] REASON}. A reason is asked for; lines
 * that are empty or begin with {@code #} say nothing.
 */
public record IgnoreFile(List<Rule> rules) {
  private static final int MAX_RULES = 100_000;

  /**
   * @param until the last day on which it counts; empty for one without end
   */
  public record Rule(int line, String id, String packageName, Optional<LocalDate> until, String reason) {
    boolean covers(Finding finding) {
      return (finding.id().equals(id) || finding.names().contains(id))
          && (packageName.isEmpty() || packageName.equals(finding.installed().record().name()) || packageName.equals(finding.installed().record().source()));
    }

    boolean expired(LocalDate today) {
      return until.isPresent() && today.isAfter(until.get());
    }
  }

  /** A finding that is not shown, and why. */
  public record Ignored(Finding finding, Rule rule) {}

  /** @throws ProaException {@code INVALID_ARGUMENT} with the number of the line that is wrong */
  public static IgnoreFile parse(String text) {
    List<Rule> rules = new ArrayList<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String stripped = line.strip();
      if (!stripped.isEmpty() && !stripped.startsWith("#")) {
        rules.add(rule(number, stripped));
      }
      if (rules.size() > MAX_RULES) {
        throw ProaException.invalid("the ignore file has more than " + MAX_RULES + " lines");
      }
    }
    return new IgnoreFile(rules);
  }

  private static Rule rule(int number, String line) {
    String[] words = line.split("\\s+");
    String packageName = "";
    Optional<LocalDate> until = Optional.empty();
    int at = 1;
    for (; at < words.length && words[at].matches("(package|until)=.*"); at++) {
      String value = words[at].substring(words[at].indexOf('=') + 1);
      if (words[at].startsWith("package=")) {
        packageName = value;
      } else {
        until = Optional.of(day(number, value));
      }
    }
    if (at == words.length) {
      throw ProaException.invalid("line " + number + " of the ignore file gives no reason: ID [package=NAME] [until=YYYY-MM-DD] REASON");
    }
    return new Rule(number, words[0], packageName, until, String.join(" ", List.of(words).subList(at, words.length)));
  }

  private static LocalDate day(int number, String value) {
    try {
      return LocalDate.parse(value);
    } catch (DateTimeParseException e) {
      throw ProaException.invalid("line " + number + " of the ignore file: \"" + value + "\" is no day; write it as 2026-12-31");
    }
  }

  /** Takes the ignored ones out of the findings. */
  List<Ignored> apply(List<Finding> findings, LocalDate today, List<Notice> notices) {
    List<Ignored> ignored = new ArrayList<>();
    findings.removeIf(
        finding -> {
          Optional<Rule> rule = rules.stream().filter(each -> !each.expired(today) && each.covers(finding)).findFirst();
          rule.ifPresent(each -> ignored.add(new Ignored(finding, each)));
          return rule.isPresent();
        });
    for (Rule rule : rules) {
      if (rule.expired(today) && findings.stream().anyMatch(rule::covers)) {
        notices.add(new Notice("ignore file, line " + rule.line(), rule.id() + " was to be ignored until " + rule.until().orElseThrow() + " and is shown again"));
      }
    }
    return ignored;
  }
}
