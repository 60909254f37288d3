package dev.proa.api.images;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proa.api.json.Json;
import dev.proa.images.RegistryCredentials;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** Credentials as clients send them (Engine API {@code AuthConfig}). */
public record RegistryAuth(
    @Nullable String username,
    @Nullable String password,
    @Nullable String auth,
    @JsonProperty("serveraddress") @Nullable String serverAddress,
    @JsonProperty("identitytoken") @Nullable String identityToken,
    @JsonProperty("registrytoken") @Nullable String registryToken) {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryAuth.class);

  public RegistryCredentials credentials() {
    return new RegistryCredentials(text(serverAddress), text(username), text(password), text(identityToken), text(registryToken));
  }

  /** Nothing that would tell a registry who asks. */
  public boolean isAnonymous() {
    return text(username).isEmpty() && text(identityToken).isEmpty() && text(registryToken).isEmpty();
  }

  /** The header {@code X-Registry-Auth}: base64url of JSON. One that cannot be read is anonymous, as for the Docker Engine. */
  public static @Nullable RegistryCredentials ofHeader(@Nullable String header) {
    if (header == null || header.isEmpty()) {
      return null;
    }
    try {
      // Some clients use the standard alphabet, some leave the padding out.
      String base64 = header.strip().replace('+', '-').replace('/', '_').replace("=", "");
      RegistryAuth auth = Json.mapper().readValue(Base64.getUrlDecoder().decode(base64), RegistryAuth.class);
      return auth == null || auth.isAnonymous() ? null : auth.credentials();
    } catch (IllegalArgumentException | JacksonException e) {
      LOG.debug("the header X-Registry-Auth cannot be read, going on without credentials");
      return null;
    }
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  /** Secrets stay out of logs. */
  @Override
  public String toString() {
    return "RegistryAuth[serverAddress=" + serverAddress + ", username=" + username + "]";
  }
}
