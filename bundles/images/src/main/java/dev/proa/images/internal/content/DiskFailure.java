package dev.proa.images.internal.content;

import dev.proa.spi.ProaException;
import java.io.IOException;

/** Names what a failed write means. */
public final class DiskFailure {
  private DiskFailure() {}

  /** The failure to write or read under a path of ours. */
  public static ProaException of(String tried, IOException cause) {
    String text = String.valueOf(cause.getMessage());
    if (text.contains("No space left on device") || text.contains("Disk quota exceeded")) {
      return ProaException.exhausted(
          tried + ": no space left on device; free some space (docker image prune) or move the data root to a larger disk", cause);
    }
    return ProaException.internal(tried + ": " + text, cause);
  }
}
