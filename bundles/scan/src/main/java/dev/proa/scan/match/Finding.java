package dev.proa.scan.match;

import dev.proa.scan.advisory.Severity;
import dev.proa.scan.inventory.ImageInventory.Installed;
import java.util.List;

/**
 * A flaw of a package that is installed.
 *
 * @param id as most people call it: CVE's, if it has exactly one
 * @param names all its names
 * @param fixed the version that mends it; empty if there is none
 * @param score 0 to 10; -1 if nobody has given one
 */
public record Finding(
    Installed installed, String id, List<String> names, String fixed, Severity severity, double score, String vector, String summary, String url) {
  public Finding {
    names = List.copyOf(names);
  }
}
