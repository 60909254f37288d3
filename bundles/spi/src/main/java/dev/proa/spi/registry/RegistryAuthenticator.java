package dev.proa.spi.registry;

import dev.proa.spi.DriverContext;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A way to prove to a registry who asks. A driver does one or more of three things: it knows credentials ({@link #credentials}), it answers
 * challenges of some schemes with them ({@link #schemes}, {@link #authorize}), it knows certificates ({@link #tls}). The engine asks all drivers in the
 * order of their names and takes the first answer; what a client sent with its request always counts before what a driver knows.
 *
 * <p>Secrets leave a driver in the records of this package alone, whose texts never show them. Methods may be called from many threads and
 * should end within seconds.
 */
@ConsumerType
public interface RegistryAuthenticator extends AutoCloseable {

  /** Reads nothing yet: what is missing is told by the call that needs it. */
  void open(DriverContext context);

  /** Idempotent. */
  @Override
  void close();

  /**
   * What this driver knows of a registry.
   *
   * @param registry {@code host[:port]}; Docker Hub is {@code docker.io}
   * @return empty if it knows nothing
   * @throws dev.proa.spi.ProaException if a source of credentials that was set up for the registry cannot be asked
   */
  default Optional<Credentials> credentials(String registry) {
    return Optional.empty();
  }

  /** The schemes of challenges (RFC 9110, section 11) that it answers, in lower case. */
  default Set<String> schemes() {
    return Set.of();
  }

  /**
   * Answers a challenge of one of its {@link #schemes}.
   *
   * @param http for requests to the registry's token server, on the way on which the registry itself is reached
   * @throws dev.proa.spi.ProaException {@code UNAUTHENTICATED} without credentials that the scheme needs, or when they are refused; {@code
   *     PERMISSION_DENIED} when nobody in particular is refused; {@code UNAVAILABLE} if trying again may help; {@code INTERNAL} for an answer that makes
   *     no sense
   */
  default Authorization authorize(AuthorizationRequest request, TokenTransport http) {
    throw new UnsupportedOperationException("answers no challenges");
  }

  /**
   * The certificates to use with a registry.
   *
   * @param registry {@code host[:port]} as it is connected to
   * @throws dev.proa.spi.ProaException {@code FAILED_PRECONDITION} for files that are there but cannot be used
   */
  default Optional<TlsMaterial> tls(String registry) {
    return Optional.empty();
  }
}
