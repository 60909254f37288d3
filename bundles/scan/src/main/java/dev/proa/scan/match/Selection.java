package dev.proa.scan.match;

import dev.proa.scan.advisory.Severity;
import dev.proa.scan.inventory.Notice;
import dev.proa.scan.match.IgnoreFile.Ignored;
import dev.proa.spi.ProaException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Which findings somebody wants to see.
 *
 * @param severities that count
 * @param fixable only what a newer version mends
 */
public record Selection(Set<Severity> severities, boolean fixable, IgnoreFile ignore) {

  /**
   * @param severity one word, from which on upwards is meant ({@code high}), or several with commas, which are meant alone; empty for all
   * @throws ProaException {@code INVALID_ARGUMENT} for a word that is no severity
   */
  public static Selection of(String severity, boolean fixable, IgnoreFile ignore) {
    Set<Severity> wanted = EnumSet.noneOf(Severity.class);
    for (String word : severity.isBlank() ? new String[0] : severity.split(",")) {
      Severity one = Severity.ofWord(word);
      if (one == null) {
        throw ProaException.invalid("\"" + word + "\" is no severity: critical, high, medium, low, negligible or unknown");
      }
      wanted.add(one);
    }
    if (wanted.isEmpty()) {
      wanted = EnumSet.allOf(Severity.class);
    } else if (wanted.size() == 1 && !severity.contains(",")) {
      wanted = EnumSet.range(wanted.iterator().next(), Severity.CRITICAL);
    }
    return new Selection(wanted, fixable, ignore);
  }

  /** What is to be seen, what was ignored by a rule. */
  public record Selected(List<Finding> findings, List<Ignored> ignored, List<Notice> notices) {}

  public Selected of(List<Finding> all, LocalDate today) {
    List<Finding> findings = new ArrayList<>(all);
    List<Notice> notices = new ArrayList<>();
    findings.removeIf(finding -> !severities.contains(finding.severity()) || fixable && finding.fixed().isEmpty());
    List<Ignored> ignored = ignore.apply(findings, today, notices);
    return new Selected(findings, ignored, notices);
  }
}
