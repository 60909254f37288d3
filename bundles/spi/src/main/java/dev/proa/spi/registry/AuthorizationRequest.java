package dev.proa.spi.registry;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A challenge that is to be answered.
 *
 * @param registry {@code host[:port]}, for messages and caches
 * @param base the API's base address, {@code http(s)://…/v2/}: what may be sent without TLS depends on it
 * @param scheme in lower case
 * @param parameters of the challenge, names in lower case
 * @param scopes what is wanted, as {@code repository:NAME:pull}; empty for a mere login
 * @param credentials null for nobody in particular
 * @param refused the authorization that the registry refused just now, which is not to be given again; null if none was sent
 * @param offline whether a refresh token is wanted too, for a login
 */
public record AuthorizationRequest(
    String registry,
    URI base,
    String scheme,
    Map<String, String> parameters,
    List<String> scopes,
    @Nullable Credentials credentials,
    @Nullable String refused,
    boolean offline) {
  public AuthorizationRequest {
    parameters = Map.copyOf(parameters);
    scopes = List.copyOf(scopes);
  }

  /** Empty if the challenge has none of that name. */
  public String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  @Override
  public String toString() {
    return scheme + " challenge of " + registry + " for " + scopes + (credentials == null ? "" : " (as " + credentials + ")");
  }
}
