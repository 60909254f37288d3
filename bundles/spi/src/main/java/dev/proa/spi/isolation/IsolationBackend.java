package dev.proa.spi.isolation;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Runs containers. A task is one container's life; an exec is a further process in it. Both are named by ids that the engine gives, so
 * that a second instance of the backend (the next version, or this one after a restart of the daemon) finds them again.
 *
 * <p>The life of a task (runtime-spec "Lifecycle"): {@link #create} builds everything up to the user's process, which waits;
 * {@link #start} lets it go; it ends by itself or by {@link #kill}; the backend tells the {@link TaskListener}; {@link #delete} forgets
 * it. A call in a wrong state fails with {@code CONFLICT} and changes nothing. Every call returns in bounded time: waiting for an end is
 * the engine's, by the listener. Calls for one task are made one after the other, but for {@link #kill}, {@link #streams},
 * {@link #resize}, {@link #stats} and {@link #state}, which may come at any time.
 *
 * <p>Errors: {@code NOT_FOUND} for an unknown id; {@code INVALID_ARGUMENT} for a specification that cannot be met, naming the field.
 */
@ConsumerType
public interface IsolationBackend extends AutoCloseable {

  /**
   * Called once, before anything else. Adopts nothing by itself.
   *
   * @param listener told of every end; lives as long as the backend is open
   */
  void open(DriverContext context, TaskListener listener);

  /** Lets go of everything in this process; tasks go on. Idempotent. */
  @Override
  void close();

  /** What this backend can do on this host, for {@code info} and {@code checkenv}. */
  BackendFeatures features();

  /**
   * Builds the task up to its process, which waits.
   *
   * @throws dev.proa.spi.ProaException {@code ALREADY_EXISTS} if the id is in use; nothing is left behind by a failure
   */
  TaskState create(TaskSpec task);

  /**
   * What {@link #create} and {@link #start} would do. Nothing is started, nothing is left behind.
   *
   * @throws dev.proa.spi.ProaException {@code NOT_IMPLEMENTED} by a backend whose starts are no list of calls
   */
  default TaskPlan plan(TaskSpec task) {
    throw ProaException.notImplemented("plans of this isolation backend");
  }

  /**
   * Lets the process of a created task go and waits until it is the user's program or has failed to become it.
   *
   * @throws dev.proa.spi.ProaException {@code NOT_FOUND} with the word "executable file not found" in its text, or
   *     {@code PERMISSION_DENIED}, if the program cannot be executed; the task is then stopped and still has to be deleted
   */
  TaskState start(String id);

  /** Starts a further process in a running task; returns once it is the user's program or has failed as in {@link #start}. */
  TaskState exec(ExecSpec exec);

  /**
   * The engine's ends of the process's streams, new descriptors at each call, owned by the caller. {@code NOT_FOUND} once the process
   * is deleted or acknowledged.
   *
   * @param execId null for the task's first process
   */
  TaskStreams streams(String id, @Nullable String execId);

  /** Closes the backend's own copy of the write end of standard input, so that the process sees its end once the engine closed its. */
  void closeStdin(String id, @Nullable String execId);

  /**
   * Sends a signal.
   *
   * @param all to every process of the task, not only the named one
   * @throws dev.proa.spi.ProaException {@code NOT_FOUND} if the process has ended
   */
  void kill(String id, @Nullable String execId, int signal, boolean all);

  /** Sets the size of the terminal, in characters. {@code FAILED_PRECONDITION} without one. */
  void resize(String id, @Nullable String execId, int rows, int columns);

  /** Freezes every process. */
  void pause(String id);

  void resume(String id);

  /** Changes limits while running; what is null or empty stays. */
  void update(String id, Spec.Resources resources);

  TaskStats stats(String id);

  /** The processes as the host's kernel numbers them. */
  List<Integer> pids(String id);

  /** The processes of a running task that has a kernel of its own; null where {@link #pids} are all there are. */
  default @Nullable List<TaskProcess> processes(String id) {
    return null;
  }

  TaskState state(String id, @Nullable String execId);

  /**
   * Where the host sees the files of a running task, with all that is mounted in it, as a path that is opened as it is.
   *
   * @throws dev.proa.spi.ProaException {@code NOT_IMPLEMENTED} by a backend whose tasks' files are not all to be seen from the host
   */
  default String root(String id) {
    return "/proc/" + state(id, null).pid() + "/root";
  }

  /**
   * Where the host sees the root file system of a running task, be it without what is mounted in it: its users and groups are looked up there.
   *
   * @param pid of its {@link TaskState}
   */
  default String rootFileSystem(String id, int pid) {
    return "/proc/" + pid + "/root";
  }

  /**
   * Asked before a running task gets another interface in its network namespace.
   *
   * @throws dev.proa.spi.ProaException {@code FAILED_PRECONDITION} if its processes would not see that
   */
  default void checkNewInterface(String id) {}

  /**
   * After a restart of the daemon or a change of version: finds the tasks again. Ends that happened meanwhile are told to the listener
   * as if they happened now. A task that is not to be found any more is told as ended with an unknown status.
   *
   * <p>While one version replaces another both are open, and a task that the one created may be started by the other: a call for a task (or exec) that
   * this instance does not know, but an earlier one has made, adopts it as this does.
   *
   * @return the state of each id that was found, created and running alike
   */
  List<TaskState> adopt(Collection<String> ids);

  /** All ids this backend knows or finds in its folders, adopted or not; for the engine's sweep. */
  Collection<String> walk();

  /**
   * Forgets a task and frees all it holds: cgroup, mounts, folders. Kills what still runs. Idempotent: an unknown id is no error. An
   * exec's resources go with its acknowledged end.
   */
  void delete(String id);
}
