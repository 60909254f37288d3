package dev.proa.registry.token;

import dev.proa.spi.registry.Authorization;
import dev.proa.spi.registry.AuthorizationRequest;
import dev.proa.spi.registry.Credentials;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tokens that have not run out, the least recently used given up first. Thread-safe. */
final class TokenCache {
  static final int MAX = 256;
  /** Not to the last second: the request is still to be made, and clocks differ. */
  private static final long MARGIN_SECONDS = 10;
  private static final long MAX_LIFETIME_SECONDS = 24 * 3600;

  private final Clock clock;
  private final LinkedHashMap<Key, Authorization> tokens = new LinkedHashMap<>(16, 0.75f, true);

  TokenCache(Clock clock) {
    this.clock = clock;
  }

  /**
   * What a token is good for.
   *
   * @param holder digest of name and secrets: other credentials never get a token of these
   */
  record Key(String registry, URI realm, String service, List<String> scopes, String holder) {
    static Key of(AuthorizationRequest request, URI realm) {
      return new Key(request.registry(), realm, request.parameter("service"), request.scopes(), holder(request.credentials()));
    }

    private static String holder(@Nullable Credentials credentials) {
      if (credentials == null) {
        return "";
      }
      try {
        MessageDigest hash = MessageDigest.getInstance("SHA-256");
        for (String part : List.of(credentials.username(), credentials.password(), credentials.identityToken())) {
          hash.update(part.getBytes(StandardCharsets.UTF_8));
          hash.update((byte) 0);
        }
        return HexFormat.of().formatHex(hash.digest());
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }
  }

  Instant expiry(long lifetimeSeconds) {
    long seconds = Math.min(lifetimeSeconds, MAX_LIFETIME_SECONDS);
    return clock.instant().plusSeconds(Math.max(seconds - MARGIN_SECONDS, seconds / 2));
  }

  synchronized @Nullable Authorization get(Key key) {
    Authorization known = tokens.get(key);
    if (known != null && !clock.instant().isBefore(Objects.requireNonNull(known.expires()))) {
      tokens.remove(key);
      return null;
    }
    return known;
  }

  synchronized void put(Key key, Authorization authorization) {
    tokens.put(key, authorization);
    if (tokens.size() > MAX) {
      Map.Entry<Key, Authorization> eldest = tokens.firstEntry();
      tokens.remove(eldest.getKey());
    }
  }

  synchronized void clear() {
    tokens.clear();
  }

  synchronized int size() {
    return tokens.size();
  }
}
