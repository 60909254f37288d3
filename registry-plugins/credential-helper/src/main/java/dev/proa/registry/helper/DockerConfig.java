package dev.proa.registry.helper;

import dev.proa.spi.ProaException;
import dev.proa.spi.registry.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The parts of docker's {@code config.json} that are about registries. */
record DockerConfig(Path file, JsonNode json) {
  private static final int MAX_BYTES = 1 << 20;
  private static final String HUB = "https://index.docker.io/v1/";
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  /** Empty if there is no such file. */
  static Optional<DockerConfig> read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      JsonNode json =
          bytes.length > MAX_BYTES
              ? null
              : parse(bytes).filter(JsonNode::isObject).orElse(null);
      if (json == null) {
        throw ProaException.failedPrecondition(file + " is no docker configuration: it is not a JSON object of at most " + MAX_BYTES + " bytes");
      }
      return Optional.of(new DockerConfig(file, json));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw ProaException.failedPrecondition("cannot read " + file + ": " + e.getMessage());
    }
  }

  static Optional<JsonNode> parse(byte[] bytes) {
    try {
      return Optional.ofNullable(MAPPER.readTree(bytes));
    } catch (JacksonException e) {
      // Its text would show what was read, which may be a secret.
      return Optional.empty();
    }
  }

  /** Under which keys a registry may stand. */
  static List<String> keys(String registry) {
    return registry.equals("docker.io") ? List.of(HUB, "index.docker.io", "docker.io") : List.of(registry, "https://" + registry);
  }

  Optional<String> helper(String key) {
    String name = json.path("credHelpers").path(key).asString("");
    return name.isEmpty() ? Optional.empty() : Optional.of(name);
  }

  Optional<String> store() {
    String name = json.path("credsStore").asString("");
    return name.isEmpty() ? Optional.empty() : Optional.of(name);
  }

  /** What stands in the file itself: by the key, else by a key that means the same host. */
  Optional<Credentials> auth(String registry) {
    JsonNode auths = json.path("auths");
    for (String key : keys(registry)) {
      if (auths.path(key).isObject()) {
        return credentials(auths.path(key));
      }
    }
    for (Map.Entry<String, JsonNode> entry : auths.properties()) {
      if (host(entry.getKey()).equals(registry)) {
        return credentials(entry.getValue());
      }
    }
    return Optional.empty();
  }

  private static String host(String key) {
    String host = key.replaceFirst("^https?://", "");
    int slash = host.indexOf('/');
    return slash < 0 ? host : host.substring(0, slash);
  }

  private Optional<Credentials> credentials(JsonNode entry) {
    String username = entry.path("username").asString("");
    String password = entry.path("password").asString("");
    String auth = entry.path("auth").asString("");
    if (!auth.isEmpty()) {
      try {
        String pair = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
        int colon = pair.indexOf(':');
        if (colon <= 0) {
          throw new IllegalArgumentException("no colon");
        }
        username = pair.substring(0, colon);
        password = pair.substring(colon + 1).replaceAll("\0+$", "");
      } catch (IllegalArgumentException e) {
        throw ProaException.failedPrecondition("an entry \"auth\" of " + file + " is not base64 of name and password");
      }
    }
    String identity = entry.path("identitytoken").asString("");
    String bearer = entry.path("registrytoken").asString("");
    return username.isEmpty() && identity.isEmpty() && bearer.isEmpty()
        ? Optional.empty()
        : Optional.of(new Credentials(identity.isEmpty() ? username : "", identity.isEmpty() ? password : "", identity, bearer, file.toString()));
  }
}
