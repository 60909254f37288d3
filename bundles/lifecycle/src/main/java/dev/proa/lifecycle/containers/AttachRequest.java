package dev.proa.lifecycle.containers;

import org.jspecify.annotations.Nullable;

/**
 * @param stream live output and input
 * @param logs what was output before, first
 * @param detachKeys such as {@code ctrl-p,ctrl-q}, which is also the default; {@code INVALID_ARGUMENT} for unknown keys
 */
public record AttachRequest(boolean stream, boolean logs, boolean stdin, boolean stdout, boolean stderr, @Nullable String detachKeys) {}
