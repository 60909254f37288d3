package dev.proa.api.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

class JsonTest {

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Document(
      @Nullable String name,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String label,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable String address,
      @Nullable List<String> list) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Sparse(@Nullable String untagged, @Nullable String deleted) {}

  private static String json(Object value) {
    return new String(Json.line(value), UTF_8);
  }

  @Test
  void anAbsentStringIsEmptyUnlessItIsToBeLeftOut() {
    assertThat(json(new Document(null, null, null, null))).isEqualTo("{\"Name\":\"\",\"List\":null}\n");
    assertThat(json(new Document("n", "l", "a", List.of()))).isEqualTo("{\"Name\":\"n\",\"Label\":\"l\",\"Address\":\"a\",\"List\":[]}\n");
    assertThat(json(new Sparse("a", null))).isEqualTo("{\"Untagged\":\"a\"}\n");
  }

  @Test
  void timesHaveAsManyDecimalsAsTheyNeed() {
    assertThat(json(Instant.parse("2026-01-02T03:04:05Z"))).isEqualTo("\"2026-01-02T03:04:05Z\"\n");
    assertThat(json(Instant.parse("2026-01-02T03:04:05.120Z"))).isEqualTo("\"2026-01-02T03:04:05.12Z\"\n");
    assertThat(json(Instant.parse("2026-01-02T03:04:05.000000001Z"))).isEqualTo("\"2026-01-02T03:04:05.000000001Z\"\n");
    assertThat(json(Instant.parse("0001-01-01T00:00:00Z"))).isEqualTo("\"0001-01-01T00:00:00Z\"\n");
  }

  @Test
  void markupAndUnicodeStayAsTheyAre() {
    assertThat(json("<a href='x'>ü 🚤</a>")).isEqualTo("\"<a href='x'>ü 🚤</a>\"\n");
  }
}
