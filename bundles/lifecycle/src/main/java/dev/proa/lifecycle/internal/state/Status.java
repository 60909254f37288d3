package dev.proa.lifecycle.internal.state;

import java.util.Locale;

/** Where a container is in its life. */
public enum Status {
  CREATED,
  RUNNING,
  PAUSED,
  /** It has ended and will be started again after a pause. */
  RESTARTING,
  REMOVING,
  EXITED,
  /** Its removal failed half way. */
  DEAD;

  /** As the API says it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether there is a process; the API also counts a container that is about to be restarted as running. */
  public boolean hasProcess() {
    return this == RUNNING || this == PAUSED;
  }
}
