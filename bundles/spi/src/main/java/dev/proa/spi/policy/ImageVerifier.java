package dev.proa.spi.policy;

import dev.proa.spi.DriverContext;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Decides whether an image may be used. It is asked before a layer of a pulled image is fetched, and again whenever a container is to be made of an image
 * that is here. Of several verifiers each must agree.
 *
 * <p>What it goes by is read anew each time, so that a change of the policy counts at once. Once its {@linkplain DriverContext#stateDir folder} holds
 * anything the operator relies on it: while it is not there the engine uses no image.
 *
 * <p>Methods may be called from many threads. What comes from a registry is hostile; a broken proof is none, and no exception.
 */
@ConsumerType
public interface ImageVerifier extends AutoCloseable {

  /** Reads nothing yet: what is missing is told by the call that needs it. */
  void open(DriverContext context);

  /** Idempotent. */
  @Override
  void close();

  /**
   * What is asked of the images of a repository. Asked for every new container: it must be cheap.
   *
   * @param repository in full: {@code docker.io/library/busybox}; empty for images that have no name
   * @throws dev.proa.spi.ProaException {@code FAILED_PRECONDITION} for a policy that is there but cannot be read: nothing is used then; {@code UNAVAILABLE}
   *     when it is not open
   */
  Requirement requirement(String repository);

  /**
   * Looks for a proof.
   *
   * @throws dev.proa.spi.ProaException {@code FAILED_PRECONDITION} for a policy or key that is there but cannot be read; whatever {@code artifacts} throws
   */
  Verification verify(ImageSubject subject, ImageArtifacts artifacts);
}
