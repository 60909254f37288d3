package dev.proa.registry.token;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.registry.Authorization;
import dev.proa.spi.registry.AuthorizationRequest;
import dev.proa.spi.registry.Credentials;
import dev.proa.spi.registry.RegistryAuthenticator;
import dev.proa.spi.registry.TokenTransport;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Answers Bearer challenges (distribution: "Token Authentication Specification", "Token Authentication: OAuth2"): a token server, named by
 * the registry, gives a token for the wanted scopes to whoever shows name and password (GET), a refresh token (POST), or to anybody.
 * Tokens are kept until they run out.
 */
public sealed class TokenAuthenticator implements RegistryAuthenticator permits TokenComponent {
  public static final String NAME = "token";

  private static final String CLIENT = "proa";

  private final TokenCache cache;

  public TokenAuthenticator() {
    this(Clock.systemUTC());
  }

  TokenAuthenticator(Clock clock) {
    cache = new TokenCache(clock);
  }

  @Override
  public void open(DriverContext context) {
    // Tokens are not kept beyond the process.
  }

  @Override
  public void close() {
    cache.clear();
  }

  @Override
  public Set<String> schemes() {
    return Set.of("bearer");
  }

  @Override
  public Authorization authorize(AuthorizationRequest request, TokenTransport http) {
    Credentials credentials = request.credentials();
    if (credentials != null && !credentials.registryToken().isEmpty()) {
      return given(request, "Bearer " + credentials.registryToken());
    }
    URI realm = realm(request);
    TokenCache.Key key = TokenCache.Key.of(request, realm);
    Authorization known = request.offline() ? null : cache.get(key);
    if (known != null && !known.header().equals(request.refused())) {
      return known;
    }
    TokenAnswer answer = fetch(request, realm, http);
    Authorization fresh = new Authorization("Bearer " + answer.token(), cache.expiry(answer.lifetimeSeconds()), answer.refreshToken());
    cache.put(key, fresh);
    return fresh;
  }

  private static Authorization given(AuthorizationRequest request, String header) {
    if (header.equals(request.refused())) {
      throw new ProaException(ErrorClass.UNAUTHENTICATED, "unauthorized: " + request.registry() + " refuses the token (as " + request.credentials() + ")");
    }
    return new Authorization(header, null, "");
  }

  private static URI realm(AuthorizationRequest request) {
    String text = request.parameter("realm");
    try {
      URI realm = URI.create(text);
      boolean plain = "http".equals(realm.getScheme());
      // A registry that is verified must not have the password sent in the clear.
      if (realm.getHost() != null && ("https".equals(realm.getScheme()) || plain && request.base().getScheme().equals("http"))) {
        return realm;
      }
    } catch (IllegalArgumentException e) {
      throw ProaException.internal(request.registry() + " names \"" + text + "\" as its token server, which is no address", e);
    }
    throw ProaException.internal(request.registry() + " names \"" + text + "\" as its token server, which is not asked", null);
  }

  private static TokenAnswer fetch(AuthorizationRequest request, URI realm, TokenTransport http) {
    Credentials credentials = request.credentials();
    boolean refresh = credentials != null && !credentials.identityToken().isEmpty();
    try {
      TokenTransport.Answer answer =
          refresh ? http.send(realm, Map.of(), form(request, credentials)) : http.send(query(request, realm, credentials), headers(credentials), null);
      return TokenAnswer.read(request, realm, answer);
    } catch (IOException e) {
      throw ProaException.unavailable("the token server of " + request.registry() + " does not answer: " + e.getMessage(), e);
    }
  }

  private static String form(AuthorizationRequest request, Credentials credentials) {
    return "grant_type=refresh_token&client_id="
        + CLIENT
        + "&service="
        + encode(request.parameter("service"))
        + "&scope="
        + encode(String.join(" ", request.scopes()))
        + "&refresh_token="
        + encode(credentials.identityToken());
  }

  private static URI query(AuthorizationRequest request, URI realm, @Nullable Credentials credentials) {
    StringBuilder query = new StringBuilder(realm.toString()).append(realm.getRawQuery() == null ? '?' : '&');
    query.append("service=").append(encode(request.parameter("service")));
    request.scopes().forEach(scope -> query.append("&scope=").append(encode(scope)));
    if (credentials != null && !credentials.username().isEmpty()) {
      query.append("&account=").append(encode(credentials.username()));
    }
    if (request.offline()) {
      query.append("&offline_token=true&client_id=").append(CLIENT);
    }
    return URI.create(query.toString());
  }

  private static Map<String, String> headers(@Nullable Credentials credentials) {
    if (credentials == null || credentials.username().isEmpty()) {
      return Map.of();
    }
    byte[] pair = (credentials.username() + ":" + credentials.password()).getBytes(StandardCharsets.UTF_8);
    return Map.of("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
