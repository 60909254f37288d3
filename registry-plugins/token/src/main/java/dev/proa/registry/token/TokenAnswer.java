package dev.proa.registry.token;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.registry.AuthorizationRequest;
import dev.proa.spi.registry.Credentials;
import dev.proa.spi.registry.TokenTransport;
import java.net.URI;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a token server answers.
 *
 * @param lifetimeSeconds a minute if it does not say
 */
record TokenAnswer(String token, String refreshToken, long lifetimeSeconds) {
  private static final long DEFAULT_LIFETIME = 60;
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(16).maxStringLength(256 << 10).maxDocumentLength(1 << 20).build())
                  .build())
          .build();

  static TokenAnswer read(AuthorizationRequest request, URI realm, TokenTransport.Answer answer) {
    JsonNode json = parse(answer.body());
    if (answer.status() != 200) {
      throw refused(request, answer.status(), reason(json, answer.status(), realm));
    }
    String token = json.path("token").asString("");
    if (token.isEmpty()) {
      token = json.path("access_token").asString("");
    }
    if (!isToken(token)) {
      throw ProaException.internal("the token server " + bare(realm) + " of " + request.registry() + " gave no token", null);
    }
    String refresh = json.path("refresh_token").asString("");
    long lifetime = json.path("expires_in").asLong(DEFAULT_LIFETIME);
    return new TokenAnswer(token, isToken(refresh) ? refresh : "", lifetime <= 0 ? DEFAULT_LIFETIME : lifetime);
  }

  /** What may stand in a header. */
  private static boolean isToken(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c > 0x20 && c < 0x7f);
  }

  private static JsonNode parse(byte[] body) {
    try {
      JsonNode json = MAPPER.readTree(body);
      return json == null ? MAPPER.createObjectNode() : json;
    } catch (JacksonException e) {
      // A page for people, perhaps: the status says what there is to say.
      return MAPPER.createObjectNode();
    }
  }

  private static String reason(JsonNode json, int status, URI realm) {
    for (String said : new String[] {json.path("details").asString(""), json.path("error_description").asString(""), error(json)}) {
      if (!said.isEmpty()) {
        return said.length() > 500 ? said.substring(0, 500) : said;
      }
    }
    return "status " + status + " from " + bare(realm);
  }

  private static String error(JsonNode json) {
    String message = json.path("errors").path(0).path("message").asString("");
    return message.isEmpty() ? json.path("error").asString("") : message;
  }

  private static String bare(URI realm) {
    return realm.getScheme() + "://" + realm.getRawAuthority() + realm.getRawPath();
  }

  private static ProaException refused(AuthorizationRequest request, int status, String reason) {
    Credentials credentials = request.credentials();
    if (status == 401 || status == 403 || status == 400 && credentials != null) {
      return credentials == null
          ? new ProaException(ErrorClass.PERMISSION_DENIED, "denied: requested access to the resource is denied")
          : new ProaException(
              ErrorClass.UNAUTHENTICATED, "unauthorized: " + reason + " (bearer challenge of " + request.registry() + ", as " + credentials + ")");
    }
    String message = "cannot get a token for " + request.registry() + ": " + reason;
    return status == 429 || status >= 500 ? ProaException.unavailable(message, null) : ProaException.internal(message, null);
  }
}
