package dev.proa.spi.isolation;

import java.time.Duration;

/**
 * A process that the host's kernel does not know.
 *
 * @param pid as its own kernel numbers it
 * @param terminal such as {@code pts/0}; {@code ?} for none
 * @param cpuTime that it has used
 * @param age since it was started
 */
public record TaskProcess(int pid, int parentPid, int uid, String terminal, Duration cpuTime, Duration age, String command) {}
