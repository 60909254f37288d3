package dev.proa.scan.match;

import dev.proa.scan.version.VersionScheme;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** One flaw is told by several advisories; of one package it is to be shown once. */
final class Duplicates {
  private static final Pattern CVE = Pattern.compile("CVE-\\d{4}-\\d{4,10}");

  private Duplicates() {}

  /** @param ofOnePackage found in it, in any order */
  static List<Finding> joined(List<Finding> ofOnePackage) {
    Groups single = new Groups();
    List<Finding> collective = new ArrayList<>();
    Set<String> told = new TreeSet<>();
    for (Finding each : ofOnePackage) {
      Set<String> cves = cves(each.names());
      if (cves.size() > 1) {
        collective.add(each);
      } else {
        told.addAll(cves);
        single.add(each, cves);
      }
    }
    Groups kept = new Groups();
    for (Finding each : collective) {
      // What a collective advisory mends is told flaw by flaw already.
      if (!told.containsAll(cves(each.names()))) {
        kept.add(each, Set.of());
      }
    }
    List<Finding> all = new ArrayList<>();
    single.all().forEach(each -> all.add(named(each)));
    all.addAll(kept.all());
    return all;
  }

  /** Findings of which no two have a name in common. */
  private static final class Groups {
    private final Map<String, Finding> byName = new HashMap<>();

    void add(Finding next, Set<String> cves) {
      Set<String> names = new LinkedHashSet<>(next.names());
      names.addAll(cves);
      Finding joined = next;
      for (String name : List.copyOf(names)) {
        Finding other = byName.get(name);
        if (other != null && other != joined) {
          joined = join(other, joined);
          names.addAll(other.names());
          names.addAll(cves(other.names()));
          for (String each : names) {
            byName.put(each, joined);
          }
        }
      }
      for (String name : names) {
        byName.put(name, joined);
      }
    }

    Set<Finding> all() {
      Set<Finding> all = Collections.newSetFromMap(new IdentityHashMap<>());
      all.addAll(byName.values());
      return all;
    }
  }

  private static Finding join(Finding one, Finding other) {
    Finding worse = other.score() > one.score() || other.score() == one.score() && other.severity().compareTo(one.severity()) > 0 ? other : one;
    Set<String> names = new LinkedHashSet<>(one.names());
    names.addAll(other.names());
    VersionScheme scheme = Matcher.scheme(one.installed().record().type());
    String fixed = one.fixed();
    if (fixed.isEmpty() || !other.fixed().isEmpty() && scheme.compare(other.fixed(), fixed) < 0) {
      fixed = other.fixed().isEmpty() ? fixed : other.fixed();
    }
    return new Finding(
        one.installed(),
        one.id(),
        List.copyOf(names),
        fixed,
        worse.severity(),
        worse.score(),
        worse.vector(),
        one.summary().isEmpty() ? other.summary() : one.summary(),
        one.url().isEmpty() ? other.url() : one.url());
  }

  private static Set<String> cves(List<String> names) {
    Set<String> cves = new TreeSet<>();
    for (String name : names) {
      java.util.regex.Matcher matcher = CVE.matcher(name);
      if (matcher.find()) {
        cves.add(matcher.group());
      }
    }
    return cves;
  }

  private static Finding named(Finding finding) {
    Set<String> cves = cves(finding.names());
    if (cves.isEmpty()) {
      return finding;
    }
    return new Finding(
        finding.installed(),
        cves.iterator().next(),
        finding.names(),
        finding.fixed(),
        finding.severity(),
        finding.score(),
        finding.vector(),
        finding.summary(),
        finding.url());
  }
}
