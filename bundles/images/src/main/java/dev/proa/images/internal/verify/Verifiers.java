package dev.proa.images.internal.verify;

import dev.proa.spi.policy.ImageVerifier;
import java.util.List;
import java.util.function.Function;

/** The image verifiers of this daemon, leased for one call at a time: they come, go and are replaced between two. */
public interface Verifiers {
  List<String> names();

  /** @throws dev.proa.spi.ProaException {@code NOT_FOUND} if it has gone, {@code UNAVAILABLE} if it could not be opened */
  <R> R use(String name, Function<ImageVerifier, R> call);
}
