package dev.proa.lifecycle.containers;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * @param tail the last so many lines, negative for all
 * @param details the log options' labels and environment in front of each line
 */
public record LogsRequest(
    boolean stdout,
    boolean stderr,
    @Nullable Instant since,
    @Nullable Instant until,
    boolean timestamps,
    int tail,
    boolean follow,
    boolean details) {}
