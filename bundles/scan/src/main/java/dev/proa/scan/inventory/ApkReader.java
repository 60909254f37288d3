package dev.proa.scan.inventory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Alpine's packages: the database {@code installed}, paragraphs of lines with one letter and a colon (apk-installed). */
final class ApkReader implements PackageReader {
  @Override
  public boolean wants(String path) {
    return path.equals("lib/apk/db/installed") || path.equals("usr/lib/apk/db/installed");
  }

  @Override
  public long limit() {
    return 64L << 20;
  }

  @Override
  public void read(String path, InputStream in, Collector found) throws IOException {
    found.file(path);
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    Map<Character, String> fields = new HashMap<>();
    String folder = "";
    int broken = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.isBlank()) {
        broken += add(path, fields, found) ? 0 : 1;
        fields.clear();
        folder = "";
      } else if (line.length() > 1 && line.charAt(1) == ':') {
        String value = line.substring(2);
        switch (line.charAt(0)) {
          case 'P', 'V', 'A', 'o', 'L' -> fields.putIfAbsent(line.charAt(0), value);
          case 'F' -> folder = value;
          case 'R' -> {
            String file = folder.isEmpty() ? value : folder + "/" + value;
            if (LanguageFiles.tells(file)) {
              found.owns(path, file);
            }
          }
          default -> fields.putIfAbsent(' ', "");
        }
      } else {
        fields.putIfAbsent(' ', "");
      }
    }
    broken += add(path, fields, found) ? 0 : 1;
    if (broken > 0) {
      found.notice(path, broken + " entries without a name or a version");
    }
  }

  private static boolean add(String path, Map<Character, String> fields, Collector found) {
    if (fields.isEmpty()) {
      return true;
    }
    PackageRecord one =
        new PackageRecord(
            PackageType.APK,
            fields.getOrDefault('P', ""),
            fields.getOrDefault('V', ""),
            fields.getOrDefault('A', ""),
            fields.getOrDefault('o', ""),
            "",
            fields.getOrDefault('L', ""));
    if (one.complete()) {
      found.add(path, one);
    }
    return one.complete();
  }
}
