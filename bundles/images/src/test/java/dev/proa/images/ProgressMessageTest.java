package dev.proa.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.images.ProgressMessage.Progress;
import dev.proa.images.internal.GoDuration;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ProgressMessageTest {
  @Test
  void messagesAreWrittenAsDockerWritesThem() {
    assertThat(ProgressMessage.ofStatus("abc", "Waiting").toJson()).isEqualTo("{\"status\":\"Waiting\",\"progressDetail\":{},\"id\":\"abc\"}");
    assertThat(ProgressMessage.ofStatus("Digest: x").toJson()).isEqualTo("{\"status\":\"Digest: x\"}");
    assertThat(ProgressMessage.ofStream("Loaded image: a\n").toJson()).isEqualTo("{\"stream\":\"Loaded image: a\\n\"}");
    assertThat(ProgressMessage.ofError("no \"x\"").toJson()).isEqualTo("{\"errorDetail\":{\"message\":\"no \\\"x\\\"\"},\"error\":\"no \\\"x\\\"\"}");
    assertThat(ProgressMessage.ofProgress("abc", "Downloading", 1_234_567, 12_345_678, 0).toJson())
        .isEqualTo(
            "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":1234567,\"total\":12345678},"
                + "\"progress\":\"[====>                                              ]  1.235MB/12.35MB\",\"id\":\"abc\"}");
  }

  @Test
  void whateverIsInAMessageIsJson() {
    StringBuilder text = new StringBuilder();
    for (char c = 0; c < 0x300; c++) {
      text.append(c);
    }
    text.append("\ud83d\ude00");
    JsonNode read = JsonMapper.shared().readTree(ProgressMessage.ofStream(text.toString()).toJson());
    assertThat(read.get("stream").stringValue()).isEqualTo(text.toString());
    assertThat(ProgressMessage.ofStream("\ud800").toJson()).isEqualTo("{\"stream\":\"\\ud800\"}");
  }

  @Test
  void sizesHaveFourDigits() {
    assertThat(new Progress(0, 0, 0).bar()).isEmpty();
    assertThat(new Progress(999, 0, 0).bar()).isEqualTo("    999B");
    assertThat(new Progress(1000, 0, 0).bar()).isEqualTo("     1kB");
    assertThat(new Progress(5, 2, 0).bar()).isEqualTo("[" + "=".repeat(50) + ">]       5B");
  }

  @Test
  void durationsAreReadAsGoReadsThem() {
    assertThat(GoDuration.parse("1h30m")).contains(Duration.ofMinutes(90));
    assertThat(GoDuration.parse("1.5s")).contains(Duration.ofMillis(1500));
    assertThat(GoDuration.parse("-2us")).contains(Duration.ofNanos(-2000));
    assertThat(GoDuration.parse("0")).contains(Duration.ZERO);
    for (String none : new String[] {"", "1", "s", "1x", "1h 2m", "999999999999h", "--1s"}) {
      assertThat(GoDuration.parse(none)).as(none).isEmpty();
    }
  }

  @Test
  void whenItBeganIsSaidSoThatTheTimeThatIsLeftCanBeShown() {
    assertThat(ProgressMessage.ofProgress("abc", "Pushing", 1, 2, 1_700_000_000).toJson()).contains("\"progressDetail\":{\"current\":1,\"total\":2,\"start\":1700000000}");
  }
}
