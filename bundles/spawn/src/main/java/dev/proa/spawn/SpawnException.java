package dev.proa.spawn;

import java.io.IOException;

/** A plan that did not get as far as running its program; {@link #failure} says why. The message is {@code cannot start web: step 14 …}. */
public final class SpawnException extends IOException {
  private static final long serialVersionUID = 1;

  private final transient SpawnFailure failure;

  public SpawnException(String name, SpawnFailure failure) {
    super("cannot start " + name + ": " + failure);
    this.failure = failure;
  }

  public SpawnFailure failure() {
    return failure;
  }
}
