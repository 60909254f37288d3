package dev.proa.spawn;

import dev.proa.linux.ExitStatus;
import java.time.Instant;
import java.util.Optional;

/**
 * A process of the shim has ended.
 *
 * @param status empty when nobody can say: an adopted process on a kernel before 6.15
 */
public record ProcessExit(String name, int pid, Optional<ExitStatus> status, Instant time) {}
