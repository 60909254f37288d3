package dev.proa.spawn;

import dev.proa.linux.Fd;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Shim#spawn} needs. The descriptors stay the caller's: they are sent, not consumed.
 *
 * @param name unique among the shim's processes until acknowledged, at most 200 bytes; a container's id, or {@code container/exec}
 * @param descriptors those that the plan declares and the shim does not make itself, by name
 * @param cgroup the directory of a v2 cgroup for CLONE_INTO_CGROUP, null to stay in the shim's; one that is frozen or
 *     out of memory does the shim no harm
 * @param deadline how long the plan may take, waiting at gates not counted; then it is killed
 */
public record SpawnRequest(String name, SpawnPlan plan, Map<String, Fd> descriptors, Stdio stdio, @Nullable Fd cgroup, Duration deadline) {
  /** What a plan may take when nothing else is said. */
  public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(30);

  public SpawnRequest {
    Objects.requireNonNull(name);
    descriptors = Map.copyOf(descriptors);
    if (name.isEmpty() || name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > 200) {
      throw new IllegalArgumentException("a process needs a name of 1 to 200 bytes, not " + Printed.quoted(name));
    }
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("deadline " + deadline);
    }
  }

  public static SpawnRequest of(String name, SpawnPlan plan) {
    return new SpawnRequest(name, plan, Map.of(), Stdio.NONE, null, DEFAULT_DEADLINE);
  }

  public SpawnRequest descriptor(String slot, Fd fd) {
    Map<String, Fd> more = new LinkedHashMap<>(descriptors);
    more.put(slot, fd);
    return new SpawnRequest(name, plan, more, stdio, cgroup, deadline);
  }

  public SpawnRequest stdio(Stdio stdio) {
    return new SpawnRequest(name, plan, descriptors, stdio, cgroup, deadline);
  }

  public SpawnRequest intoCgroup(Fd directory) {
    return new SpawnRequest(name, plan, descriptors, stdio, directory, deadline);
  }

  public SpawnRequest deadline(Duration deadline) {
    return new SpawnRequest(name, plan, descriptors, stdio, cgroup, deadline);
  }
}
