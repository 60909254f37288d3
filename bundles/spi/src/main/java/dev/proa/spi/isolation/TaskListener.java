package dev.proa.spi.isolation;

import org.osgi.annotation.versioning.ProviderType;

/** The engine's ear. */
@ProviderType
public interface TaskListener {
  /**
   * A process of a task has ended. Once this returns, the end is stored for good and the backend may forget it; if it throws, the backend
   * tells it again later. May be called more than once for one end; the engine ignores repeats.
   */
  void exited(TaskExit exit);

  /** The kernel killed a process of the task because its memory limit was reached. */
  void outOfMemory(String id);
}
