package dev.proa.images.internal.registry;

import dev.proa.images.RegistryCredentials;
import dev.proa.images.internal.registry.RegistryAddress.Rung;
import dev.proa.images.internal.registry.RegistryException.Kind;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.registry.Authorization;
import dev.proa.spi.registry.AuthorizationRequest;
import dev.proa.spi.registry.Credentials;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Our standing with one repository: what is sent as {@code Authorization}. Nothing at first; once challenged what a registry plugin makes of
 * the challenge, with the client's credentials if it sent any, else with those that a plugin knows, else as nobody in particular.
 */
final class Access {
  private final Authenticators authenticators;
  private final Transport transport;
  private final Rung rung;
  private final RegistryAddress address;
  private final String repository;
  private final boolean login;
  private final ReentrantLock answering = new ReentrantLock();
  private @Nullable Credentials credentials;
  private boolean asked;
  private volatile @Nullable Authorization authorization;
  private volatile boolean anonymousBearer;

  /**
   * @param given what the client sent; null or without content for nothing
   * @param login whether this is about the credentials themselves
   */
  Access(
      Authenticators authenticators,
      Transport transport,
      Rung rung,
      RegistryAddress address,
      String repository,
      @Nullable RegistryCredentials given,
      boolean login) {
    this.authenticators = authenticators;
    this.transport = transport;
    this.rung = rung;
    this.address = address;
    this.repository = repository;
    this.login = login;
    boolean empty = given == null || given.username().isEmpty() && given.identityToken().isEmpty() && given.registryToken().isEmpty();
    // A mirror is not the registry that the client logged in to.
    if (given != null && !empty && !address.mirror()) {
      credentials =
          new Credentials(given.username(), given.password(), given.identityToken(), given.registryToken(), "the client's login for " + address);
      if (!given.registryToken().isEmpty()) {
        authorization = new Authorization("Bearer " + given.registryToken(), null, "");
      }
    }
    asked = credentials != null || login;
  }

  /** The header to send; null for none. */
  @Nullable String current() {
    Authorization now = authorization;
    return now == null || now.expires() != null && !Instant.now().isBefore(now.expires()) ? null : now.header();
  }

  /** Whether the token in use was given to nobody in particular. */
  boolean anonymousBearer() {
    return anonymousBearer;
  }

  /** What a later login needs instead of a password; empty if the registry gave none. */
  String refreshToken() {
    Authorization now = authorization;
    return now == null ? "" : now.refreshToken();
  }

  /** Says for an error whose credentials were used, and where they came from. */
  String source() {
    answering.lock();
    try {
      return credentials == null ? "" : " (as " + credentials + ")";
    } finally {
      answering.unlock();
    }
  }

  /**
   * Answers a 401.
   *
   * @param sent what was sent with the refused request; if something else is current by now, another thread has answered already
   */
  void answer(List<String> challengeHeaders, @Nullable String sent, String method, URI uri) throws RegistryException {
    answering.lock();
    try {
      String now = current();
      if (now != null && !now.equals(sent)) {
        return;
      }
      Challenge challenge = choose(challengeHeaders);
      Credentials mine = credentials();
      authorization = authorize(challenge, mine, sent);
      anonymousBearer = mine == null && challenge.scheme().equals("bearer");
    } catch (ProaException e) {
      throw refused(e, method, uri);
    } finally {
      answering.unlock();
    }
  }

  /** The challenge that some plugin answers; tokens rather than passwords. */
  private Challenge choose(List<String> headers) throws RegistryException {
    List<Challenge> challenges = Challenge.parse(headers);
    return challenges.stream()
        .sorted(Comparator.comparing(challenge -> !challenge.scheme().equals("bearer")))
        .filter(challenge -> authenticators.first(driver -> answers(driver.schemes().contains(challenge.scheme()))).isPresent())
        .findFirst()
        .orElseThrow(
            () ->
                new RegistryException(
                    Kind.UNAUTHORIZED,
                    "unauthorized: "
                        + address
                        + " asks for authentication by "
                        + (challenges.isEmpty() ? "nothing that can be read" : String.join(", ", challenges.stream().map(Challenge::scheme).toList()))
                        + ", which no registry plugin answers"));
  }

  private static Optional<Boolean> answers(boolean yes) {
    return yes ? Optional.of(true) : Optional.empty();
  }

  /** The client's, else those of the first plugin that knows some. */
  private @Nullable Credentials credentials() {
    if (!asked) {
      credentials = authenticators.first(driver -> driver.credentials(address.name())).orElse(null);
      asked = true;
    }
    return credentials;
  }

  private Authorization authorize(Challenge challenge, @Nullable Credentials mine, @Nullable String refused) {
    AuthorizationRequest request =
        new AuthorizationRequest(
            address.name(), rung.base(), challenge.scheme(), challenge.parameters(), scopes(challenge), mine, refused, login && mine != null);
    return authenticators
        .first(driver -> driver.schemes().contains(challenge.scheme()) ? Optional.of(driver.authorize(request, transport.tokens(rung))) : Optional.empty())
        .orElseThrow(() -> ProaException.unavailable("the registry plugin for " + challenge.scheme() + " challenges went away", null));
  }

  private List<String> scopes(Challenge challenge) {
    String scope = challenge.parameter("scope");
    if (scope.isBlank()) {
      return repository.isEmpty() ? List.of() : List.of("repository:" + repository + ":pull");
    }
    return Arrays.stream(scope.strip().split("\\s+")).distinct().toList();
  }

  private static RegistryException refused(ProaException e, String method, URI uri) {
    String message = String.valueOf(e.getMessage());
    return switch (e.errorClass()) {
      case ErrorClass.UNAUTHENTICATED ->
          new RegistryException(
              Kind.UNAUTHORIZED, message.startsWith("no basic auth") ? Transport.goMethod(method) + " \"" + uri + "\": " + message : message, e);
      case ErrorClass.PERMISSION_DENIED -> new RegistryException(Kind.DENIED, message, e);
      case ErrorClass.UNAVAILABLE -> new RegistryException(Kind.UNAVAILABLE, message, e);
      default -> new RegistryException(Kind.PROTOCOL, message, e);
    };
  }
}
