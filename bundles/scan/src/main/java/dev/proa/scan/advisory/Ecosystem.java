package dev.proa.scan.advisory;

import dev.proa.scan.version.VersionScheme;
import org.jspecify.annotations.Nullable;

/** Names of ecosystems as OSV writes them: a family, and often a release behind a colon. */
public final class Ecosystem {
  private Ecosystem() {}

  public static String family(String ecosystem) {
    int colon = ecosystem.indexOf(':');
    return colon < 0 ? ecosystem : ecosystem.substring(0, colon);
  }

  /** How versions compare there; null for one whose packages nobody here looks for. */
  public static @Nullable VersionScheme scheme(String ecosystem) {
    return switch (family(ecosystem)) {
      case "Debian", "Ubuntu" -> VersionScheme.DPKG;
      case "Alpine", "Wolfi", "Chainguard" -> VersionScheme.APK;
      case "Rocky Linux", "AlmaLinux", "Red Hat", "SUSE", "openSUSE", "Mageia", "openEuler", "Azure Linux" -> VersionScheme.RPM;
      case "npm" -> VersionScheme.SEMVER;
      case "Maven" -> VersionScheme.MAVEN;
      case "PyPI" -> VersionScheme.PEP440;
      default -> null;
    };
  }
}
