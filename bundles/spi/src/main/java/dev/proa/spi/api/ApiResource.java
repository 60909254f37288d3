package dev.proa.spi.api;

import dev.proa.spi.DriverContext;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A resource of the Engine API that a plugin brings: it answers the requests for {@code /proa/NAME} and all that lies below, where NAME is the driver's. The
 * engine's own resources ({@code plugins}, {@code drivers}, {@code trust}, {@code settings}) stand before one of their name.
 *
 * <p>Called from many threads. The thread is interrupted when the client goes away or the engine stops.
 */
@ConsumerType
public interface ApiResource extends AutoCloseable {

  /** Cheap: it runs while the engine starts, and nobody may ever ask for the resource. */
  void open(DriverContext context);

  /** Idempotent. */
  @Override
  void close();

  /**
   * Answers, once. What it throws before the answer's head is out becomes the answer; after that it breaks the answer off.
   *
   * @throws dev.proa.spi.ProaException with the class that decides the status, {@code NOT_FOUND} for a path that it does not have
   * @throws IOException if the client cannot be read from or written to
   */
  void answer(ApiRequest request, ApiAnswer answer) throws IOException;
}
