package dev.proa.scan.inventory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Takes what the readers find in one layer, and not more than fits. */
final class Collector {
  static final int MAX_PACKAGES = 500_000;
  private static final int MAX_NOTICES = 1000;
  private static final int MAX_OWNED = 200_000;

  private final Map<String, List<PackageRecord>> packages = new LinkedHashMap<>();
  private final Map<String, List<String>> owned = new LinkedHashMap<>();
  private final List<Notice> notices = new ArrayList<>();
  private int packageCount;
  private int ownedCount;
  private int unsaid;

  void add(String path, PackageRecord found) {
    if (packageCount == MAX_PACKAGES) {
      notice(path, "more than " + MAX_PACKAGES + " packages in one layer: the rest is left out");
    }
    if (packageCount++ < MAX_PACKAGES) {
      packages.computeIfAbsent(path, unknown -> new ArrayList<>()).add(found);
    }
  }

  /** A file that tells of packages, even if it tells of none: it replaces what lower layers have there. */
  void file(String path) {
    packages.computeIfAbsent(path, unknown -> new ArrayList<>());
  }

  void owns(String database, String file) {
    if (ownedCount++ < MAX_OWNED) {
      owned.computeIfAbsent(database, unknown -> new ArrayList<>()).add(file);
    }
  }

  void notice(String where, String text) {
    if (notices.size() < MAX_NOTICES) {
      notices.add(new Notice(where, text));
    } else {
      unsaid++;
    }
  }

  /** A hard link to a file that was read has the same in it. */
  void link(String path, String target) {
    List<PackageRecord> same = packages.get(target);
    if (same != null && packageCount + same.size() <= MAX_PACKAGES) {
      packageCount += same.size();
      packages.put(path, new ArrayList<>(same));
    }
  }

  List<PackageFile> files() {
    return packages.entrySet().stream().map(entry -> new PackageFile(entry.getKey(), entry.getValue())).toList();
  }

  Map<String, List<String>> owned() {
    return owned;
  }

  List<Notice> notices() {
    if (unsaid > 0) {
      List<Notice> all = new ArrayList<>(notices);
      all.add(new Notice("", unsaid + " more files were not understood"));
      return all;
    }
    return notices;
  }
}
