package dev.proa.spi.registry;

/**
 * Credentials for one registry. Its text names who and from where, never a secret.
 *
 * @param username empty with one of the tokens
 * @param identityToken an OAuth2 refresh token, instead of name and password; empty for none
 * @param registryToken a bearer token to be sent as it is; empty for none
 * @param source where they come from, for messages: {@code the client's login}, {@code docker-credential-pass}
 */
public record Credentials(String username, String password, String identityToken, String registryToken, String source) {

  /** Who they are for, for messages. */
  public String holder() {
    return username.isEmpty() ? "token holder" : username;
  }

  @Override
  public String toString() {
    return holder() + ", from " + source;
  }
}
