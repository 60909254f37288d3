package dev.proa.lifecycle.internal.state;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A volume as the state store keeps it. */
public record VolumeRow(
    String name, Instant created, @Nullable Map<String, String> labels, @Nullable Map<String, String> options, boolean anonymous) {
  public static final String KIND = "volume";
}
