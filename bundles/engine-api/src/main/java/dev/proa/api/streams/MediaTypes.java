package dev.proa.api.streams;

import dev.proa.api.router.ApiVersion;

/** The content types of standard streams. */
public final class MediaTypes {
  public static final String RAW = "application/vnd.docker.raw-stream";
  public static final String MULTIPLEXED = "application/vnd.docker.multiplexed-stream";

  private MediaTypes() {}

  /** Clients before API 1.42 were told raw whatever it was. */
  public static String of(boolean tty, ApiVersion version) {
    return tty || version.before(1, 42) ? RAW : MULTIPLEXED;
  }
}
