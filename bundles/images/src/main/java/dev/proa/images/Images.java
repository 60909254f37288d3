package dev.proa.images;

import dev.proa.spi.image.ImageContent;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The images of this daemon: what they are called, what they hold, how they come and go. Images are single-platform and named by the
 * digest of their configuration, as in Docker's classic image store.
 *
 * <p>Where a parameter is called {@code nameOrId} it is what a user types: {@code busybox}, {@code busybox:1},
 * {@code host:5000/x@sha256:…}, a full id with or without {@code sha256:}, or a unique prefix of one.
 *
 * <p>All failures are {@link dev.proa.spi.ProaException}s with Docker's words where clients match on them. Long operations block; they
 * end early, and leave nothing half-made, when the calling thread is interrupted or the {@link ProgressSink} throws. Thread-safe.
 */
@ProviderType
public interface Images {

  /**
   * Says which registries are asked before Docker Hub from now on.
   *
   * @param addresses {@code https://host[:port][/path]}, in order
   * @throws dev.proa.spi.ProaException {@code INVALID_ARGUMENT} for one that is none; the former ones stay
   */
  void mirrors(List<String> addresses);

  /** Throws what {@link #mirrors} would, and changes nothing. */
  void checkMirrors(List<String> addresses);

  /**
   * Images, newest first, without those that are only parents of others.
   *
   * @param filters as decoded from the API: {@code reference}, {@code before}, {@code since}, {@code dangling}, {@code label},
   *     {@code until}; values of one key are alternatives, but all labels must match
   * @throws dev.proa.spi.ProaException {@code INVALID_ARGUMENT} {@code invalid filter 'x'}; {@code NOT_FOUND} for an image named by before or since
   */
  List<ImageRecord> list(Map<String, List<String>> filters);

  /** @throws dev.proa.spi.ProaException {@code NOT_FOUND} {@code No such image: x:latest}; {@code INVALID_ARGUMENT} for a name that is none */
  ImageRecord resolve(String nameOrId);

  /**
   * The image from which a container is to be made, as {@link #resolve}, if the image verifiers let it be used.
   *
   * @param warnings gets what they have to say about an image that is used all the same
   * @throws dev.proa.spi.ProaException also {@code PERMISSION_DENIED} for an image without the proof that a policy requires; {@code UNAVAILABLE} and {@code
   *     FAILED_PRECONDITION} when it cannot be asked
   */
  ImageRecord admit(String nameOrId, Consumer<String> warnings);

  /** The image by its full id ({@code sha256:…}); empty once it is gone. */
  Optional<ImageRecord> byId(String id);

  /** The image's configuration blob, the bytes whose digest is its id. */
  byte[] rawConfig(String id);

  /** The layers and commands of an image, newest first. */
  List<HistoryItem> history(String nameOrId);

  /**
   * Gives an image a further name, which is taken from another image if it has it.
   *
   * @param repository without tag
   * @param tag {@code latest} if null or empty
   */
  void tag(String nameOrId, String repository, @Nullable String tag);

  /**
   * Takes a name off and deletes the image once no name is left, by Docker's rules.
   *
   * @param force also if several repositories name it or a stopped container uses it
   * @param prune delete unnamed parents as well
   * @param users which containers use an image
   * @return in the order in which it was done
   * @throws dev.proa.spi.ProaException {@code CONFLICT}, {@code NOT_FOUND}
   */
  List<RemovedImage> remove(String nameOrId, boolean force, boolean prune, ImageUsers users);

  /**
   * Removes images that no container uses: the dangling ones, or all with {@code dangling=false}.
   *
   * @param filters {@code dangling}, {@code label}, {@code label!}, {@code until}
   */
  PruneReport prune(Map<String, List<String>> filters, ImageUsers users);

  /**
   * Loads a docker-archive or an OCI layout, plain or compressed by gzip, zstd, bzip2 or xz. Nothing is kept of an archive that fails.
   *
   * @param platforms take only these of an OCI layout ({@code linux/amd64}); empty: this machine's
   * @param quiet no progress bars, only the {@code Loaded image…} lines
   */
  void load(InputStream archive, List<String> platforms, boolean quiet, ProgressSink progress);

  /**
   * Makes a one-layer image of a tar of a root file system, plain or compressed.
   *
   * @return its id, which is also sent as the last status
   */
  String importImage(ImportRequest request, InputStream tar, ProgressSink progress);

  /**
   * Checks what can be wrong with a commit before any of the container's files is read.
   *
   * @throws dev.proa.spi.ProaException {@code INVALID_ARGUMENT}; {@code NOT_FOUND} without the parent image
   */
  void checkCommit(CommitRequest request);

  /**
   * Makes an image of a container: the layers of its image, and its own files as one more unless there are none.
   *
   * @param diff what the container has changed, as a layer's uncompressed tar stream; not closed
   * @return its id
   */
  String commit(CommitRequest request, InputStream diff);

  /**
   * Pulls an image, or all tags of a repository.
   *
   * @return the ids of what was pulled, in order
   */
  List<String> pull(PullRequest request, ProgressSink progress);

  /**
   * Pushes an image, or all tags of a repository.
   *
   * @throws dev.proa.spi.ProaException {@code NOT_FOUND} with Docker's words if there is nothing to push
   */
  void push(PushRequest request, ProgressSink progress);

  /**
   * The archive of these images, docker-archive and OCI layout in one. Names are resolved here; the content stays protected until the
   * archive is closed.
   */
  SavedArchive save(List<String> namesOrIds);

  /**
   * The content of an image, to be read from the content store, where it is protected until this is closed.
   *
   * @throws dev.proa.spi.ProaException as {@link #resolve}; {@code DATA_LOSS} if a layer is not there
   */
  ImageContent read(String nameOrId);

  /**
   * Makes sure that the storage driver has all layers of an image, from the content store where it lacks them, and protects them from
   * collection until the lease is closed. Hold the lease until the container's snapshot is prepared on {@link UnpackedImage#topChainId}.
   */
  UnpackedImage unpack(String id);

  /** Asks a registry what it has under a name: {@code GET /distribution/NAME/json}. */
  DistributionRecord inspectDistribution(String reference, @Nullable RegistryCredentials credentials);

  /**
   * Looks for images in a registry: {@code docker search}.
   *
   * @throws dev.proa.spi.ProaException {@code INVALID_ARGUMENT} for a filter or limit that is none
   */
  List<SearchResult> search(SearchRequest request);

  /**
   * Checks credentials against a registry ({@code POST /auth}).
   *
   * @return the identity token, or an empty string where the registry gives none
   * @throws dev.proa.spi.ProaException {@code UNAUTHENTICATED} if they are refused
   */
  String login(RegistryCredentials credentials);

  /** Sizes, for {@code docker system df} and {@code GET /images/json?shared-size=1}. */
  ImageUsage usage();

  /** Every blob of the content store, the largest first. */
  List<BlobUsage> content();

  /**
   * Removes layers from the storage driver that neither an image nor a container needs, and blobs that nothing refers to. To be called
   * after a container was removed whose image is gone; cheap when there is nothing to do.
   */
  void collect();

  /** Events ({@code pull}, {@code tag}, {@code untag}, {@code delete}, …) as they happen, on the thread that caused them. Closing ends it. */
  Subscription subscribe(Consumer<ImageEvent> listener);

  /** Ends a subscription. */
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
