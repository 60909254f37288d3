package dev.proa.images.internal.registry;

import dev.proa.images.Reference;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where a registry may be reached.
 *
 * @param scheme null if it is to be found out
 * @param authority {@code host[:port]}
 * @param prefix path before {@code /v2/}; empty or {@code /…} without a slash at its end
 * @param insecure whether plain HTTP and unverifiable certificates are allowed
 * @param mirror whether it stands in for another
 */
public record RegistryAddress(@Nullable String scheme, String authority, String prefix, boolean insecure, boolean mirror) {

  /** A way to reach it. */
  record Rung(URI base, boolean verify) {
    Rung {
      if (!base.getPath().endsWith("/v2/")) {
        throw new IllegalArgumentException(base + " is no API base");
      }
    }
  }

  Rung rung(String withScheme, boolean verify) {
    return new Rung(URI.create(withScheme + "://" + authority + prefix + "/v2/"), verify);
  }

  /** As users call it. */
  String name() {
    return authority.equals(Registries.HUB) ? Reference.DEFAULT_DOMAIN : authority;
  }

  @Override
  public String toString() {
    return authority + prefix;
  }
}
