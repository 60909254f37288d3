package dev.proa.images;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an image says about running it: the {@code config} object of the image configuration (image-spec config.md, with Docker's
 * additions). Null is "not said", which the API shows as {@code null}.
 *
 * @param exposedPorts {@code 80/tcp}
 * @param env {@code KEY=value}
 * @param volumes paths
 * @param stopTimeoutSeconds null: the engine's default
 */
public record ImageConfig(
    String user,
    @Nullable Set<String> exposedPorts,
    @Nullable List<String> env,
    @Nullable List<String> entrypoint,
    @Nullable List<String> cmd,
    @Nullable Set<String> volumes,
    String workingDir,
    @Nullable Map<String, String> labels,
    String stopSignal,
    @Nullable Integer stopTimeoutSeconds,
    @Nullable Healthcheck healthcheck,
    @Nullable List<String> onBuild,
    @Nullable List<String> shell,
    boolean argsEscaped) {

  /** An image that says nothing. */
  public static final ImageConfig EMPTY =
      new ImageConfig("", null, null, null, null, null, "", null, "", null, null, null, null, false);

  /**
   * A health check.
   *
   * @param test {@code ["CMD", …]}, {@code ["CMD-SHELL", …]}, {@code ["NONE"]} or empty (inherited)
   * @param retries 0: the engine's default, as for durations of zero
   */
  public record Healthcheck(
      List<String> test, Duration interval, Duration timeout, Duration startPeriod, Duration startInterval, int retries) {
    public Healthcheck {
      test = List.copyOf(test);
    }
  }
}
