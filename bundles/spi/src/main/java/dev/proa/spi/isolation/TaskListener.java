package dev.proa.spi.isolation;

import org.osgi.annotation.versioning.ProviderType;

/** The engine's ear. */
@ProviderType
public interface TaskListener {
  /**
   * A process of a task has ended. Once this returns, the end is stored for good and the backend may forget it; if it throws, the backend
   * tells it again later. May be called more than once for one end; the engine ignores repeats.
   *
   * <p>It waits: for the end's output to be read, for a start of the same task to return, for the disk; and it calls the backend
   * ({@code streams}, {@code delete}). So it is called on a (virtual) thread of its own for each end, holding no lock.
   */
  void exited(TaskExit exit);

  /** The kernel killed a process of the task because its memory limit was reached. */
  void outOfMemory(String id);
}
