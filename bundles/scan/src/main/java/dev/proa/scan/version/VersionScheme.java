package dev.proa.scan.version;

import java.util.Comparator;
import org.apache.maven.artifact.versioning.ComparableVersion;

/** How the versions of an ecosystem compare. No text is refused: what is no version has a place in the order all the same, the same each time. */
public enum VersionScheme implements Comparator<String> {
  DPKG(DpkgVersion::compare),
  RPM(RpmVersion::compare),
  APK(ApkVersion::compare),
  SEMVER(SemanticVersion::compare),
  MAVEN(VersionScheme::maven),
  PEP440(PythonVersion::compare);

  private final Comparator<String> order;

  VersionScheme(Comparator<String> order) {
    this.order = order;
  }

  @Override
  public int compare(String a, String b) {
    return a.equals(b) ? 0 : order.compare(a, b);
  }

  private static int maven(String a, String b) {
    return new ComparableVersion(a).compareTo(new ComparableVersion(b));
  }
}
