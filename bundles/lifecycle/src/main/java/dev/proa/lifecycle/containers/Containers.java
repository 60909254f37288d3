package dev.proa.lifecycle.containers;

import dev.proa.images.ImageUsers;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The containers and all that can be done to them. A {@code ref} is a container's whole id, its name (with or without the leading slash)
 * or a prefix of its id that only one has; {@code NOT_FOUND} "No such container: REF" otherwise.
 *
 * <p>Calls block for as long as what they do takes (a stop until the process has ended) and are made on virtual threads. They may come from
 * any thread; calls for one container that change it are carried out one after the other. What a call has acknowledged survives a kill of
 * the daemon. All failures are {@link dev.proa.spi.ProaException}s with Docker's words where clients match on them.
 */
@ProviderType
public interface Containers {

  /**
   * Makes a container in state created: everything is checked, nothing runs.
   *
   * @throws dev.proa.spi.ProaException {@code INVALID_ARGUMENT} for what no container can be; {@code NOT_FOUND} "No such image: …" or
   *     another container that is referred to; {@code CONFLICT} for a name in use. Nothing is left of a container that failed
   */
  Created create(CreateRequest request);

  /**
   * Starts a container that is created or exited.
   *
   * @throws dev.proa.spi.ProaException {@code NOT_MODIFIED} if it runs; {@code CONFLICT} if it is paused; {@code INVALID_ARGUMENT} if its
   *     command cannot be executed (the container's exit code is then 126 or 127)
   */
  void start(String ref);

  /**
   * What a start would do, system call by system call.
   *
   * @throws dev.proa.spi.ProaException {@code CONFLICT} while it runs
   */
  StartPlan plan(String ref);

  /** Ends a container: its stop signal, then after the time-out SIGKILL. {@code NOT_MODIFIED} if it does not run. */
  void stop(String ref, StopOptions options);

  /** Stops it if it runs and starts it. */
  void restart(String ref, StopOptions options);

  /** @param signal name with or without SIG, or number; null or empty is SIGKILL. {@code CONFLICT} if it does not run */
  void kill(String ref, @Nullable String signal);

  void pause(String ref);

  void unpause(String ref);

  void rename(String ref, String newName);

  /** Changes limits and the restart policy; warnings. */
  List<String> update(String ref, UpdateRequest request);

  /** @param volumes its anonymous volumes as well; @param force even if it runs: it is killed first */
  void remove(String ref, boolean volumes, boolean force);

  /** {@code CONFLICT} if it does not run. */
  void resize(String ref, int rows, int columns);

  /** @param size whether to fill in {@code SizeRw} and {@code SizeRootFs}, which takes time */
  ContainerView inspect(String ref, boolean size);

  List<ContainerSummary> list(ListOptions options);

  /** Which containers were made from an image, or mount it. */
  List<ImageUsers.ImageUser> usersOf(String imageId);

  /**
   * Waits for an end. The wait counts from the return of this method on (so that the answer's head can be sent, and the container be
   * started after it). Cancel the future to give up.
   */
  CompletableFuture<WaitResult> await(String ref, WaitCondition condition);

  /**
   * Attaches to the first process's streams. Output from this call on is kept (bounded) until {@link Attachment#pump} takes it.
   * {@code CONFLICT} "You cannot attach to a paused container, unpause it first" and the like.
   */
  Attachment attach(String ref, AttachRequest request);

  /** {@code INVALID_ARGUMENT} if neither stream is chosen, {@code NOT_IMPLEMENTED} if the container's log driver cannot be read. */
  LogStream logs(String ref, LogsRequest request);

  /** @param psArguments arguments of ps(1), {@code -ef} if null or empty. {@code CONFLICT} if it does not run */
  TopView top(String ref, @Nullable String psArguments);

  /** One reading; all zero for a container that does not run, as Docker answers. */
  ContainerStats stats(String ref);

  /** What differs from the image. */
  List<FilesystemChange> changes(String ref);

  /** Removes a link, {@code parent/alias}, of a container on the default network; both containers stay. */
  void unlink(String name);

  /** The root file system, what is mounted into it left out; the caller closes it. */
  FileArchive export(String ref);

  /**
   * What lies at a path of the container, volumes included, whether it runs or not. Links are followed inside the container's root only.
   *
   * @throws dev.proa.spi.ProaException {@code NOT_FOUND} "Could not find the file …"
   */
  PathStat stat(String ref, String path);

  /** A file, or a folder with all below it, under its own name; the caller closes it. {@code NOT_FOUND} as {@link #stat}. */
  FileArchive archive(String ref, String path);

  /**
   * Unpacks a tar stream, read to its end and not closed, into a folder of the container.
   *
   * @throws dev.proa.spi.ProaException {@code NOT_FOUND} as {@link #stat}; {@code INVALID_ARGUMENT} if the path is no folder, cannot be
   *     written to, or the stream is no tar archive
   */
  void extract(String ref, String path, ExtractOptions options, InputStream tar);

  /**
   * Makes an image of a container.
   *
   * @return the image's id
   * @throws dev.proa.spi.ProaException {@code CONFLICT} for a container that is being removed, {@code INVALID_ARGUMENT}
   */
  String commit(String ref, CommitOptions options);

  /** Removes the containers that do not run. Filters: until, label, label!. */
  Pruned prune(Map<String, List<String>> filters);

  /** @param warnings sentences for the user, maybe empty */
  record Created(String id, List<String> warnings) {}

  /**
   * @param name wished, without or with a leading slash; null for a made-up one
   * @param platform {@code os[/architecture[/variant]]} or null
   * @param readOnlyTopOnly read-only binds leave what is mounted below them writable, as they all did before API 1.44
   */
  record CreateRequest(
      @Nullable String name,
      ContainerConfig config,
      @Nullable HostConfig hostConfig,
      @Nullable NetworkingConfig networkingConfig,
      @Nullable String platform,
      boolean readOnlyTopOnly) {}

  /** @param timeoutSeconds null for the container's own; negative waits for ever. {@code signal} null for the container's own */
  record StopOptions(@Nullable Integer timeoutSeconds, @Nullable String signal) {
    public static final StopOptions DEFAULT = new StopOptions(null, null);
  }

  /**
   * @param all those that do not run as well
   * @param limit the newest so many, of all; 0 for no limit
   * @param filters of the API: ancestor, before, exited, expose, health, id, is-task, isolation, label, name, network, publish, since,
   *     status, volume; {@code INVALID_ARGUMENT} for others
   */
  record ListOptions(boolean all, int limit, boolean size, Map<String, List<String>> filters) {}

  /** What to wait for. */
  enum WaitCondition {
    /** Not running now counts too. */
    NOT_RUNNING,
    NEXT_EXIT,
    REMOVED
  }

  /** @param error what went wrong other than by the process itself */
  record WaitResult(int exitCode, @Nullable String error) {}

  /**
   * How an archive is to be unpacked.
   *
   * @param noOverwriteDirNonDir a folder never replaces something else, nor the other way round
   * @param containerUser everything is to belong to the container's user, not to whom the archive says
   */
  record ExtractOptions(boolean noOverwriteDirNonDir, boolean containerUser) {}

  /**
   * What an image made of a container is to be.
   *
   * @param repository name, possibly with its tag; null for none
   * @param tag null for {@code latest}
   * @param config completed by the container's; null takes the container's as it is
   * @param changes Dockerfile instructions over it
   * @param pause freeze the container meanwhile
   */
  record CommitOptions(
      @Nullable String repository,
      @Nullable String tag,
      @Nullable ContainerConfig config,
      List<String> changes,
      String author,
      String comment,
      boolean pause) {
    public CommitOptions {
      changes = List.copyOf(changes);
    }
  }

  record Pruned(List<String> deleted, long spaceReclaimedBytes) {}
}
