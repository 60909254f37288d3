package dev.proa.spi.isolation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The end of a process.
 *
 * @param execId null for the task's first process
 * @param pid as the host's kernel numbered it, 0 if unknown
 * @param exitCode 0–255 as a shell would say it: 128 + n after signal n; 255 with {@code known} false when nobody could tell
 */
public record TaskExit(String id, @Nullable String execId, int pid, int exitCode, Instant exitedAt, boolean oomKilled, boolean known) {}
