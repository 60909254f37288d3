package dev.proa.scan.inventory;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one layer brings and takes away, whatever lies below it: the same for the same bytes, so that it can be kept.
 *
 * @param files that tell of packages
 * @param releases {@code os-release} files by path
 * @param owned files with package metadata that belong to a distribution's packages, by the database's path
 * @param whiteouts paths of lower layers that are gone
 * @param opaque directories whose content in lower layers is gone
 * @param replacing hashes of the paths that are no directories here, sorted: what lies at or below one of them in lower layers is gone
 * @param notices what was not understood
 */
public record LayerContents(
    List<PackageFile> files,
    Map<String, Distribution> releases,
    Map<String, List<String>> owned,
    Set<String> whiteouts,
    Set<String> opaque,
    long[] replacing,
    List<Notice> notices) {

  /** Whether a path of a lower layer is not to be seen any more. */
  boolean hides(String path) {
    if (replaces(path)) {
      return true;
    }
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      String parent = path.substring(0, slash);
      if (replaces(parent) || opaque.contains(parent) || whiteouts.contains(parent)) {
        return true;
      }
    }
    return whiteouts.contains(path) || opaque.contains("");
  }

  private boolean replaces(String path) {
    return Arrays.binarySearch(replacing, hash(path)) >= 0;
  }

  /** FNV-1a of 64 bits with a finisher. */
  static long hash(String path) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < path.length(); i++) {
      hash = (hash ^ path.charAt(i)) * 0x100000001b3L;
    }
    hash ^= hash >>> 32;
    return hash * 0x9e3779b97f4a7c15L;
  }
}
