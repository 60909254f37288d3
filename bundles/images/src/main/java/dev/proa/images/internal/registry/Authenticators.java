package dev.proa.images.internal.registry;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.registry.RegistryAuthenticator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The registry plugins of this daemon, leased for one call at a time: they come, go and are replaced between two. */
public interface Authenticators {
  /** In the order in which they are asked. */
  List<String> names();

  /** @throws ProaException {@code NOT_FOUND} if it has gone */
  <R> R use(String name, Function<RegistryAuthenticator, R> call);

  /** The first answer that one of them gives. */
  default <R> Optional<R> first(Function<RegistryAuthenticator, Optional<R>> call) {
    for (String name : names()) {
      try {
        Optional<R> answer = use(name, call);
        if (answer.isPresent()) {
          return answer;
        }
      } catch (ProaException e) {
        if (!e.is(ErrorClass.NOT_FOUND)) {
          throw e;
        }
        // It went between the two calls, as if it had never been there.
        continue;
      }
    }
    return Optional.empty();
  }
}
