package dev.proa.scan.match;

import dev.proa.scan.advisory.Advisory;
import dev.proa.scan.advisory.AdvisoryDatabase;
import dev.proa.scan.advisory.Ecosystem;
import dev.proa.scan.inventory.Distribution;
import dev.proa.scan.inventory.ImageInventory;
import dev.proa.scan.inventory.ImageInventory.Installed;
import dev.proa.scan.inventory.Notice;
import dev.proa.scan.inventory.PackageRecord;
import dev.proa.scan.inventory.PackageType;
import dev.proa.scan.version.VersionScheme;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.Set;

/** Looks up every package of an image. */
public final class Matcher {
  private final AdvisoryDatabase database;
  private final Distribution distribution;
  private final Map<PackageType, List<String>> ecosystems = new EnumMap<>(PackageType.class);

  private Matcher(AdvisoryDatabase database, Distribution distribution) {
    this.database = database;
    this.distribution = distribution;
  }

  /** @param notices which packages could not be looked up, since there are no advisories about their kind */
  public record Result(List<Finding> findings, List<Notice> notices) {}

  public static Result match(ImageInventory inventory, AdvisoryDatabase database) {
    return new Matcher(database, inventory.distribution()).all(inventory);
  }

  /** Ecosystems, as a mirror names their folders, of which an image has packages. */
  public static Set<String> families(ImageInventory inventory) {
    Set<String> families = new TreeSet<>();
    for (Installed installed : inventory.packages()) {
      String family =
          switch (installed.record().type()) {
            case NPM -> "npm";
            case MAVEN -> "Maven";
            case PYPI -> "PyPI";
            case DEB, APK, RPM -> family(inventory.distribution());
          };
      if (!family.isEmpty()) {
        families.add(family);
      }
    }
    return families;
  }

  private static String family(Distribution distribution) {
    return switch (distribution.id()) {
      case "debian" -> "Debian";
      case "ubuntu" -> "Ubuntu";
      case "alpine" -> "Alpine";
      case "wolfi" -> "Wolfi";
      case "chainguard" -> "Chainguard";
      case "rocky" -> "Rocky Linux";
      case "almalinux" -> "AlmaLinux";
      case "rhel" -> "Red Hat";
      case "opensuse-leap", "opensuse-tumbleweed" -> "openSUSE";
      case "sles" -> "SUSE";
      case "openeuler" -> "openEuler";
      case "mageia" -> "Mageia";
      case "azurelinux" -> "Azure Linux";
      default -> "";
    };
  }

  private Result all(ImageInventory inventory) {
    Map<PackageType, Integer> unmatched = new EnumMap<>(PackageType.class);
    List<Finding> findings = new ArrayList<>();
    for (Installed installed : inventory.packages()) {
      List<String> about = ecosystems.computeIfAbsent(installed.record().type(), this::about);
      if (about.isEmpty()) {
        unmatched.merge(installed.record().type(), 1, Integer::sum);
      } else {
        findings.addAll(Duplicates.joined(of(installed, about)));
      }
    }
    findings.sort(
        Comparator.comparing(Finding::severity)
            .reversed()
            .thenComparing(Comparator.comparingDouble(Finding::score).reversed())
            .thenComparing(finding -> finding.installed().record().name())
            .thenComparing(Finding::id)
            .thenComparing(finding -> finding.installed().record().version()));
    List<Notice> notices = new ArrayList<>();
    unmatched.forEach((type, count) -> notices.add(new Notice("", count + " packages of type " + type.purlType() + " were not looked up: " + why(type))));
    return new Result(findings, notices);
  }

  private String why(PackageType type) {
    if (!type.ofDistribution()) {
      return "the database has no advisories of their ecosystem";
    }
    String name = distribution.prettyName().isEmpty() ? distribution.id() + " " + distribution.version() : distribution.prettyName();
    return distribution.id().isEmpty() ? "the image has no os-release that tells its distribution" : "the database has no advisories about " + name.strip();
  }

  private List<String> about(PackageType type) {
    return database.metadata().ecosystems().keySet().stream()
        .filter(
            ecosystem ->
                switch (type) {
                  case NPM -> ecosystem.equals("npm");
                  case MAVEN -> ecosystem.equals("Maven");
                  case PYPI -> ecosystem.equals("PyPI");
                  case DEB, APK, RPM -> distribution.concerns(ecosystem) && Ecosystem.scheme(ecosystem) == scheme(type);
                })
        .toList();
  }

  static VersionScheme scheme(PackageType type) {
    return switch (type) {
      case DEB -> VersionScheme.DPKG;
      case APK -> VersionScheme.APK;
      case RPM -> VersionScheme.RPM;
      case NPM -> VersionScheme.SEMVER;
      case MAVEN -> VersionScheme.MAVEN;
      case PYPI -> VersionScheme.PEP440;
    };
  }

  private List<Finding> of(Installed installed, List<String> about) {
    PackageRecord record = installed.record();
    VersionScheme scheme = scheme(record.type());
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put(record.source(), record.sourceVersion());
    if (record.type() == PackageType.RPM) {
      // Some of rpm's distributions name what is installed, some what it was built from.
      versions.putIfAbsent(record.name(), record.version());
    }
    List<Finding> found = new ArrayList<>();
    for (String ecosystem : about) {
      versions.forEach(
          (name, version) -> {
            for (Advisory advisory : database.of(ecosystem, name)) {
              if (advisory.affects(version, scheme)) {
                found.add(finding(installed, advisory, advisory.fixedAfter(version, scheme)));
              }
            }
          });
    }
    return found;
  }

  private static Finding finding(Installed installed, Advisory advisory, String fixed) {
    List<String> names = new ArrayList<>();
    names.add(advisory.id());
    advisory.aliases().stream().filter(alias -> !names.contains(alias)).forEach(names::add);
    return new Finding(
        installed, advisory.id(), names, fixed, advisory.severity(), advisory.score(), advisory.vector(), advisory.summary(), advisory.url());
  }
}
