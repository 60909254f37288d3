package dev.proa.images.internal.registry;

import dev.proa.images.RegistryCredentials;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.registry.RegistryAddress.Rung;
import dev.proa.images.internal.registry.RegistryException.Kind;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is sent as {@code Authorization} to one repository: nothing at first; once challenged a bearer token, fetched with the credentials
 * or anonymously (distribution: docs "Token Authentication Specification"), or the credentials themselves (Basic). A token that is
 * refused later is fetched anew.
 */
final class Authorization {
  private static final int MAX_TOKEN_ANSWER = 1 << 20;

  private final Transport transport;
  private final Rung rung;
  private final RegistryAddress address;
  private final String repository;
  private final @Nullable RegistryCredentials credentials;
  private final ReentrantLock answering = new ReentrantLock();
  private volatile @Nullable String header;
  private volatile boolean anonymousBearer;

  Authorization(Transport transport, Rung rung, RegistryAddress address, String repository, @Nullable RegistryCredentials credentials) {
    this.transport = transport;
    this.rung = rung;
    this.address = address;
    this.repository = repository;
    boolean empty =
        credentials == null
            || credentials.username().isEmpty() && credentials.identityToken().isEmpty() && credentials.registryToken().isEmpty();
    this.credentials = empty ? null : credentials;
    if (this.credentials != null && !this.credentials.registryToken().isEmpty()) {
      this.header = "Bearer " + this.credentials.registryToken();
    }
  }

  /** The header to send; null for none. */
  @Nullable String current() {
    return header;
  }

  /** Whether the token in use was given to nobody in particular. */
  boolean anonymousBearer() {
    return anonymousBearer;
  }

  /** Says for an error where the credentials came from. */
  String source() {
    return credentials == null ? "" : " (as " + (credentials.username().isEmpty() ? "token holder" : credentials.username()) + ", from the client's login for " + address + ")";
  }

  /**
   * Answers a 401.
   *
   * @param sent what was sent with the refused request; if something else is current by now, another thread has answered already
   */
  void answer(List<String> challengeHeaders, @Nullable String sent, URI uri) throws RegistryException {
    answering.lock();
    try {
      String now = header;
      if (now != null && !now.equals(sent)) {
        return;
      }
      List<Challenge> challenges = Challenge.parse(challengeHeaders);
      Optional<Challenge> bearer = find(challenges, "bearer");
      if (bearer.isPresent()) {
        header = "Bearer " + token(bearer.get());
        anonymousBearer = credentials == null;
      } else if (find(challenges, "basic").isPresent()) {
        if (credentials == null || credentials.username().isEmpty()) {
          throw new RegistryException(Kind.UNAUTHORIZED, "Get \"" + uri + "\": no basic auth credentials");
        }
        header = basic(credentials);
      } else {
        throw new RegistryException(
            Kind.UNAUTHORIZED, "unauthorized: " + address + " asks for authentication in a way that is not known: " + challengeHeaders);
      }
    } finally {
      answering.unlock();
    }
  }

  private static Optional<Challenge> find(List<Challenge> challenges, String scheme) {
    return challenges.stream().filter(challenge -> challenge.scheme().equals(scheme)).findFirst();
  }

  private static String basic(RegistryCredentials credentials) {
    byte[] pair = (credentials.username() + ":" + credentials.password()).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  private String token(Challenge challenge) throws RegistryException {
    URI realm = realm(challenge);
    String scope = challenge.parameter("scope");
    if (scope.isEmpty() && !repository.isEmpty()) {
      scope = "repository:" + repository + ":pull";
    }
    HttpRequest request = tokenRequest(realm, challenge.parameter("service"), scope);
    try {
      // The token server of a registry that need not be verified, on the same host, need not be either.
      boolean same = realm.getHost().equals(rung.base().getHost());
      HttpResponse<InputStream> response = transport.send(request, !same || rung.verify());
      try (InputStream body = response.body()) {
        byte[] content = body.readNBytes(MAX_TOKEN_ANSWER);
        return read(realm, response.statusCode(), content);
      }
    } catch (IOException e) {
      throw Transport.failure(request.method(), realm, e);
    }
  }

  private URI realm(Challenge challenge) throws RegistryException {
    String text = challenge.parameter("realm");
    try {
      URI realm = URI.create(text);
      boolean plain = "http".equals(realm.getScheme());
      if (realm.getHost() != null && ("https".equals(realm.getScheme()) || (plain && rung.base().getScheme().equals("http")))) {
        return realm;
      }
    } catch (IllegalArgumentException e) {
      throw new RegistryException(Kind.PROTOCOL, address + " names \"" + text + "\" as its token server, which is no address", e);
    }
    throw new RegistryException(Kind.PROTOCOL, address + " names \"" + text + "\" as its token server, which is not asked");
  }

  private HttpRequest tokenRequest(URI realm, String service, String scope) {
    RegistryCredentials login = credentials;
    if (login != null && !login.identityToken().isEmpty()) {
      String form =
          "grant_type=refresh_token&client_id=proa&service="
              + encode(service)
              + "&scope="
              + encode(scope)
              + "&refresh_token="
              + encode(login.identityToken());
      return transport
          .request(realm)
          .header("Content-Type", "application/x-www-form-urlencoded")
          .POST(HttpRequest.BodyPublishers.ofString(form))
          .build();
    }
    StringBuilder query = new StringBuilder(realm.toString()).append(realm.getRawQuery() == null ? '?' : '&');
    query.append("service=").append(encode(service));
    for (String one : scope.split(" ")) {
      if (!one.isEmpty()) {
        query.append("&scope=").append(encode(one));
      }
    }
    HttpRequest.Builder builder;
    if (login != null && !login.username().isEmpty()) {
      builder = transport.request(URI.create(query.append("&account=").append(encode(login.username())).toString()));
      builder.header("Authorization", basic(login));
    } else {
      builder = transport.request(URI.create(query.toString()));
    }
    return builder.GET().build();
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private String read(URI realm, int status, byte[] content) throws RegistryException {
    String what = "the answer of the token server " + realm;
    try {
      JsonNode json = Json.parseObject(content, what);
      if (status == 200) {
        String token = Json.string(json, "token", what);
        if (token.isEmpty()) {
          token = Json.string(json, "access_token", what);
        }
        if (!token.isEmpty() && token.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
          return token;
        }
        throw new RegistryException(Kind.PROTOCOL, what + " holds no token");
      }
      String details = Json.string(json, "details", what);
      if (!details.isEmpty()) {
        throw refused(status, details);
      }
    } catch (ProaException e) {
      if (status == 200) {
        throw new RegistryException(Kind.PROTOCOL, String.valueOf(e.getMessage()), e);
      }
      throw refused(status, "status " + status + " from " + realm);
    }
    throw refused(status, "status " + status + " from " + realm);
  }

  private RegistryException refused(int status, String reason) {
    if (status == 401 || status == 403) {
      return credentials == null
          ? new RegistryException(Kind.DENIED, "denied: requested access to the resource is denied")
          : new RegistryException(Kind.UNAUTHORIZED, "unauthorized: " + reason + source());
    }
    return new RegistryException(status == 429 || status >= 500 ? Kind.UNAVAILABLE : Kind.PROTOCOL, "cannot get a token: " + reason);
  }
}
