package dev.proa.scan.inventory;

import java.util.Locale;

/** Where a package comes from; the names in small letters are the types of package URLs. */
public enum PackageType {
  DEB,
  APK,
  RPM,
  NPM,
  MAVEN,
  PYPI;

  public String purlType() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a distribution maintains it, with versions of its own. */
  public boolean ofDistribution() {
    return this == DEB || this == APK || this == RPM;
  }
}
