package dev.proa.scan.inventory;

/**
 * A package as its metadata describe it. Texts that are not known are empty.
 *
 * @param name as its ecosystem writes it: {@code libssl3}, {@code @scope/name}, {@code group:artifact}
 * @param arch in the words of the ecosystem
 * @param source the package that it was built from; the name itself if there is no other
 * @param sourceVersion the version of that
 */
public record PackageRecord(PackageType type, String name, String version, String arch, String source, String sourceVersion, String license) {
  /** Longer texts are no names, versions or licences. */
  private static final int MAX_TEXT = 512;

  public PackageRecord {
    name = cut(name);
    version = cut(version);
    arch = cut(arch);
    source = source.isEmpty() ? name : cut(source);
    sourceVersion = sourceVersion.isEmpty() ? version : cut(sourceVersion);
    license = cut(license);
  }

  public static PackageRecord of(PackageType type, String name, String version, String license) {
    return new PackageRecord(type, name, version, "", "", "", license);
  }

  /** Whether there is enough to know it by. */
  public boolean complete() {
    return !name.isEmpty() && !version.isEmpty();
  }

  private static String cut(String text) {
    StringBuilder clean = new StringBuilder(Math.min(text.length(), MAX_TEXT));
    text.codePoints().limit(MAX_TEXT).filter(c -> !Character.isISOControl(c) && !(c >= 0xd800 && c <= 0xdfff)).forEach(clean::appendCodePoint);
    return clean.toString().strip();
  }
}
