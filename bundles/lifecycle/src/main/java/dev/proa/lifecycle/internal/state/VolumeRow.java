package dev.proa.lifecycle.internal.state;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A volume as the state store keeps it.
 *
 * @param driver null for {@link #LOCAL}
 * @param folder where its driver has it; null for a local one, which has its place below the data root
 */
public record VolumeRow(
    String name,
    Instant created,
    @Nullable Map<String, String> labels,
    @Nullable Map<String, String> options,
    boolean anonymous,
    @Nullable String driver,
    @Nullable String folder) {
  public static final String KIND = "volume";

  /** The engine's own driver. */
  public static final String LOCAL = "local";

  public String driverName() {
    return driver == null ? LOCAL : driver;
  }

  public boolean local() {
    return driver == null;
  }

  /** Whether something has to be mounted at a local one's folder before it is used. */
  public boolean mounted() {
    return local() && options != null && !options.isEmpty();
  }
}
