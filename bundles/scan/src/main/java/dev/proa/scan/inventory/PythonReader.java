package dev.proa.scan.inventory;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Python's packages: core metadata of {@code dist-info} and {@code egg-info}, which begin with mail headers. */
final class PythonReader implements PackageReader {
  private static final Set<String> FIELDS = Set.of("Name", "Version", "License", "License-Expression");

  @Override
  public boolean wants(String path) {
    return LanguageFiles.isPython(path);
  }

  @Override
  public long limit() {
    return 4L << 20;
  }

  @Override
  public void read(String path, InputStream in, Collector found) throws IOException {
    found.file(path);
    Map<String, String> fields = new Stanzas(in, FIELDS).next();
    String license = fields.getOrDefault("License-Expression", fields.getOrDefault("License", ""));
    PackageRecord one = PackageRecord.of(PackageType.PYPI, normalized(fields.getOrDefault("Name", "")), fields.getOrDefault("Version", ""), license);
    if (!one.complete()) {
      throw new IOException("no name or version in its metadata");
    }
    found.add(path, one);
  }

  /** PEP 503: runs of {@code -}, {@code _} and {@code .} are one hyphen, in small letters. */
  public static String normalized(String name) {
    return name.strip().toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-");
  }
}
