package dev.proa.lifecycle.internal;

import dev.proa.spi.ProaException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The JSON of the state store: the API's own documents, which carry their names with them. */
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private Json() {}

  public static byte[] write(Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  /** @param what named in the failure, such as {@code container 3f…} */
  public static <T> T read(byte[] json, Class<T> type, String what) {
    try {
      return MAPPER.readValue(json, type);
    } catch (JacksonException e) {
      throw new ProaException(dev.proa.spi.ErrorClass.DATA_LOSS, what + ": its document cannot be read: " + e.getOriginalMessage(), e);
    }
  }
}
