package dev.proa.images;

/**
 * Credentials for one registry, as {@code X-Registry-Auth} carries them ({@code AuthConfig}).
 *
 * @param serverAddress the registry they are for; empty if not said
 * @param identityToken an OAuth2 refresh token, instead of name and password
 * @param registryToken a bearer token to be sent as it is
 */
public record RegistryCredentials(String serverAddress, String username, String password, String identityToken, String registryToken) {

  /** Secrets stay out of logs. */
  @Override
  public String toString() {
    return "RegistryCredentials[serverAddress=" + serverAddress + ", username=" + username + "]";
  }
}
