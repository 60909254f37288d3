package dev.proa.api.json;

import dev.proa.api.http.Exchange;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.MismatchedInputException;

/** Reads the JSON bodies of requests and says what is wrong with them in Docker's words ({@code httputils.ReadJSON}). */
public final class JsonBody {
  private static final int MAX_BYTES = 4 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String MEDIA_TYPE = "application/json";

  private JsonBody() {}

  /**
   * Reads the body as a document of that type.
   *
   * @param name Docker's name of the type, for messages
   * @return the document; that of an empty object if the request has no body
   */
  public static <T> T read(Exchange exchange, Class<T> type, String name) throws IOException {
    JsonNode tree = tree(exchange);
    return convert(tree == null ? Json.mapper().createObjectNode() : tree, type, name);
  }

  /** The body's document; null if the request has no body. */
  public static @Nullable JsonNode tree(Exchange exchange) throws IOException {
    checkContentType(exchange);
    if (!exchange.hasBody()) {
      return null;
    }
    byte[] bytes = exchange.body(PATIENCE).readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw ProaException.invalid("invalid JSON: the request body is larger than " + MAX_BYTES + " bytes");
    }
    try (JsonParser parser = Json.mapper().createParser(bytes)) {
      JsonNode tree = parser.readValueAsTree();
      if (tree == null || tree.isMissingNode()) {
        throw ProaException.invalid("invalid JSON: got EOF while reading request body");
      }
      if (parser.nextToken() != null) {
        throw ProaException.invalid("unexpected content after JSON");
      }
      return tree;
    } catch (JacksonException e) {
      String offence = JsonSyntax.offence(bytes);
      throw ProaException.invalid("invalid JSON: " + (offence == null ? syntax(e) : offence));
    }
  }

  /** The tree as a document of that type; a JSON null is an empty object. */
  public static <T> T convert(JsonNode tree, Class<T> type, String name) {
    try {
      return Json.mapper().treeToValue(tree.isNull() ? Json.mapper().createObjectNode() : tree, type);
    } catch (JacksonException e) {
      if (e.getCause() instanceof ProaException refused) {
        throw refused;
      }
      throw ProaException.invalid("invalid JSON: " + (e instanceof MismatchedInputException mismatch ? mismatch(mismatch, name, tree) : syntax(e)));
    }
  }

  private static void checkContentType(Exchange exchange) {
    String given = exchange.header("Content-Type");
    if (given == null || given.isEmpty()) {
      if (exchange.hasBody()) {
        throw ProaException.invalid("malformed Content-Type header (): mime: no media type");
      }
      return;
    }
    String mediaType = given.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (mediaType.isEmpty() || mediaType.indexOf(' ') >= 0 || mediaType.startsWith("/") || mediaType.endsWith("/")) {
      throw ProaException.invalid("malformed Content-Type header (" + given + "): mime: expected token after slash");
    }
    if (!mediaType.equals(MEDIA_TYPE)) {
      throw ProaException.invalid("unsupported Content-Type header (" + given + "): must be '" + MEDIA_TYPE + "'");
    }
  }

  private static String syntax(JacksonException e) {
    return e.getOriginalMessage();
  }

  /** As Go's encoding/json says it, because clients and people look for these words. */
  private static String mismatch(MismatchedInputException e, String name, JsonNode tree) {
    String field =
        e.getPath().stream()
            .map(JacksonException.Reference::getPropertyName)
            .filter(part -> part != null)
            .collect(Collectors.joining("."));
    return "json: cannot unmarshal "
        + kind(e, tree)
        + " into Go "
        + (field.isEmpty() ? "value" : "struct field " + name + "." + field)
        + " of type "
        + goType(e.getTargetType());
  }

  /** What stands in the document where the mismatch was found. */
  private static String kind(MismatchedInputException e, JsonNode tree) {
    JsonNode node = tree;
    for (JacksonException.Reference step : e.getPath()) {
      String property = step.getPropertyName();
      node = property == null ? node.path(step.getIndex()) : node.path(property);
    }
    return switch (node.getNodeType()) {
      case ARRAY -> "array";
      case OBJECT, POJO -> "object";
      case STRING, BINARY -> "string";
      case NUMBER -> "number";
      case BOOLEAN -> "bool";
      case NULL -> "null";
      case MISSING -> "value";
    };
  }

  private static String goType(@Nullable Class<?> type) {
    return switch (type) {
      case null -> "value";
      case Class<?> t when t == String.class -> "string";
      case Class<?> t when t == boolean.class || t == Boolean.class -> "bool";
      case Class<?> t when t == int.class || t == Integer.class -> "int";
      case Class<?> t when t == long.class || t == Long.class -> "int64";
      case Class<?> t when t == double.class || t == Double.class -> "float64";
      case Class<?> t when Collection.class.isAssignableFrom(t) || t == List.class -> "[]string";
      case Class<?> t when Map.class.isAssignableFrom(t) -> "map[string]string";
      case Class<?> t -> t.getSimpleName();
    };
  }
}
