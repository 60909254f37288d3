package dev.proa.spi.isolation;

import dev.proa.spi.oci.Spec;

/**
 * A further process of a running task.
 *
 * @param id the task's
 * @param execId the engine's, unique within the task
 * @param privileged without the task's seccomp filter
 */
public record ExecSpec(String id, String execId, Spec.Process process, boolean stdin, boolean privileged) {}
