package dev.proa.spi.isolation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A process as the backend sees it.
 *
 * @param execId null for the task's first process
 * @param pid as the host's kernel numbers it; 0 unless created, running or paused
 * @param networkNamespace path to its network namespace such as {@code /proc/PID/ns/net}; null where there is none on the host
 */
public record TaskState(
    String id, @Nullable String execId, Status status, int pid, @Nullable Instant startedAt, @Nullable String networkNamespace) {

  /** runtime-spec "State", plus paused. */
  public enum Status {
    CREATED,
    RUNNING,
    PAUSED,
    STOPPED
  }
}
