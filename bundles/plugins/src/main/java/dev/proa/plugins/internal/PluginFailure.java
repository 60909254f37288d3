package dev.proa.plugins.internal;

import dev.proa.plugins.Plugins.State;

/** Why a plugin is not active, in the words that the operator reads. */
final class PluginFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final State state;

  PluginFailure(State state, String message) {
    super(message);
    this.state = state;
  }

  PluginFailure(String message) {
    this(State.FAILED, message);
  }

  /** {@code FAILED}, {@code SKIPPED} or {@code STUCK}. */
  State state() {
    return state;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
