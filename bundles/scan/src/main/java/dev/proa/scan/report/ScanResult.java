package dev.proa.scan.report;

import dev.proa.scan.advisory.Metadata;
import dev.proa.scan.inventory.ImageInventory;
import dev.proa.scan.inventory.Notice;
import dev.proa.scan.match.Finding;
import dev.proa.scan.match.IgnoreFile.Ignored;
import java.time.Instant;
import java.util.List;

/**
 * All that is to be said of an image.
 *
 * @param layers diff ids, lowest first
 * @param database what the advisories were
 * @param notices what was left out, and why
 */
public record ScanResult(
    String asked,
    String imageId,
    List<String> names,
    List<String> digests,
    List<String> layers,
    ImageInventory inventory,
    Metadata database,
    List<Finding> findings,
    List<Ignored> ignored,
    List<Notice> notices,
    Instant when) {

  /** The name that a report calls the image by. */
  public String title() {
    return names.isEmpty() ? asked : names.contains(asked) ? asked : names.getFirst();
  }
}
