package dev.proa.scan.inventory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/** Debian's packages: {@code status}, the {@code status.d} of distroless images, and the lists of files for what belongs to them. */
final class DpkgReader implements PackageReader {
  static final String STATUS = "var/lib/dpkg/status";
  private static final String STATUS_D = "var/lib/dpkg/status.d/";
  private static final String INFO = "var/lib/dpkg/info/";
  private static final Set<String> FIELDS = Set.of("Package", "Status", "Version", "Architecture", "Source");

  @Override
  public boolean wants(String path) {
    return path.equals(STATUS) || path.startsWith(STATUS_D) && !path.endsWith(".md5sums") || isList(path);
  }

  private static boolean isList(String path) {
    return path.startsWith(INFO) && path.endsWith(".list");
  }

  @Override
  public long limit() {
    return 64L << 20;
  }

  @Override
  public void read(String path, InputStream in, Collector found) throws IOException {
    if (isList(path)) {
      owned(path, in, found);
      return;
    }
    found.file(path);
    int[] broken = new int[1];
    new Stanzas(in, FIELDS).forEach(fields -> broken[0] += stanza(path, fields, found) ? 0 : 1);
    if (broken[0] > 0) {
      found.notice(path, broken[0] + " entries without a name or a version");
    }
  }

  private static boolean stanza(String path, Map<String, String> fields, Collector found) {
    String status = fields.getOrDefault("Status", path.equals(STATUS) ? "" : "install ok installed");
    if (!fields.containsKey("Package") || status.isEmpty()) {
      return false;
    }
    if (!status.endsWith(" installed")) {
      return true;
    }
    String source = fields.getOrDefault("Source", "");
    String sourceVersion = "";
    int bracket = source.indexOf('(');
    if (bracket > 0) {
      sourceVersion = source.substring(bracket + 1).replace(")", "").strip();
      source = source.substring(0, bracket).strip();
    }
    PackageRecord one =
        new PackageRecord(
            PackageType.DEB, fields.get("Package"), fields.getOrDefault("Version", ""), fields.getOrDefault("Architecture", ""), source, sourceVersion, "");
    if (one.complete()) {
      found.add(path, one);
    }
    return one.complete();
  }

  private static void owned(String path, InputStream in, Collector found) throws IOException {
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.startsWith("/") && LanguageFiles.tells(line.substring(1))) {
        found.owns(path, line.substring(1));
      }
    }
  }
}
