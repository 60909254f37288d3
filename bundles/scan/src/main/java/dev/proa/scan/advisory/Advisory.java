package dev.proa.scan.advisory;

import dev.proa.scan.version.VersionScheme;
import java.util.List;

/**
 * What one advisory says of one package.
 *
 * @param aliases other names of the same flaw, and those of the flaws that a collective advisory is about
 * @param modifiedSeconds since the epoch
 * @param score 0 to 10; -1 if nobody has given one
 * @param vector CVSS's; empty if there is none
 * @param versions that are affected and lie in no range
 */
public record Advisory(
    String id,
    List<String> aliases,
    long modifiedSeconds,
    String summary,
    double score,
    String vector,
    Severity severity,
    String url,
    List<Range> ranges,
    List<String> versions) {
  public Advisory {
    aliases = List.copyOf(aliases);
    ranges = List.copyOf(ranges);
    versions = List.copyOf(versions);
  }

  public boolean affects(String version, VersionScheme scheme) {
    return ranges.stream().anyMatch(range -> range.affects(version, scheme)) || versions.stream().anyMatch(each -> scheme.compare(each, version) == 0);
  }

  /** The version that mends a given one; empty if there is none. */
  public String fixedAfter(String version, VersionScheme scheme) {
    String first = "";
    for (Range range : ranges) {
      String fixed = range.affects(version, scheme) ? range.fixedAfter(version, scheme) : "";
      if (!fixed.isEmpty() && (first.isEmpty() || scheme.compare(fixed, first) < 0)) {
        first = fixed;
      }
    }
    return first;
  }
}
