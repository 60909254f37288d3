package dev.proa.api.json;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.BeanPropertyWriter;
import tools.jackson.databind.ser.ValueSerializerModifier;
import tools.jackson.databind.type.LogicalType;

/**
 * JSON as the Docker Engine writes and reads it: names without regard to case (but not those of flattened members), unknown members
 * ignored, null for "the default", numbers and strings never taken for each other, times as RFC 3339 with as many decimals as they have.
 */
public final class Json {
  private static final int MAX_DEPTH = 100;

  private Json() {}

  /** Built when it is first needed: a daemon that was only pinged has no use for it. */
  private static final class Holder {
    static final JsonMapper MAPPER =
        JsonMapper.builder(
                JsonFactory.builder().streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build()).build())
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .withCoercionConfig(
                LogicalType.Textual,
                config ->
                    config
                        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail))
            .addModule(
                new SimpleModule("engine-api").addSerializer(Instant.class, new Rfc3339()).setSerializerModifier(new EmptyStrings()))
            .build();
  }

  public static JsonMapper mapper() {
    return Holder.MAPPER;
  }

  /** A document and a line end, as the Docker Engine ends its bodies. */
  public static byte[] line(Object value) {
    byte[] json = mapper().writeValueAsBytes(value);
    byte[] line = java.util.Arrays.copyOf(json, json.length + 1);
    line[json.length] = '\n';
    return line;
  }

  /** Go's {@code time.RFC3339Nano}. */
  public static String time(Instant time) {
    return Rfc3339.FORMAT.format(time.atOffset(ZoneOffset.UTC));
  }

  /** A string of the Docker Engine is never null: what is not said is left out where the document says so, else the empty string. */
  private static final class EmptyStrings extends ValueSerializerModifier {
    private static final long serialVersionUID = 1L;

    @Override
    public List<BeanPropertyWriter> changeProperties(
        SerializationConfig config, BeanDescription.Supplier description, List<BeanPropertyWriter> properties) {
      for (BeanPropertyWriter property : properties) {
        if (property.getType().hasRawClass(String.class) && !property.willSuppressNulls()) {
          property.assignNullSerializer(new EmptyString());
        }
      }
      return properties;
    }
  }

  private static final class EmptyString extends ValueSerializer<Object> {
    @Override
    public void serialize(Object value, JsonGenerator generator, SerializationContext context) {
      generator.writeString("");
    }
  }

  private static final class Rfc3339 extends ValueSerializer<Instant> {
    static final DateTimeFormatter FORMAT =
        new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd'T'HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .appendLiteral('Z')
            .toFormatter(Locale.ROOT);

    @Override
    public void serialize(Instant value, JsonGenerator generator, SerializationContext context) {
      generator.writeString(time(value));
    }
  }
}
