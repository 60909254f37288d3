package dev.proa.lifecycle.internal.logs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.lifecycle.containers.StreamType;
import dev.proa.lifecycle.internal.Json;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.067Z");

  private static byte[] encoded(byte[] text, StreamType stream, String attributes) {
    EntryBuffer out = new EntryBuffer(16);
    JsonLines.encode(out, text, 0, text.length, JsonLines.tail(stream, TIME, attributes));
    byte[] line = new byte[out.length() - 1];
    out.view().get(line);
    return line;
  }

  @Test
  void whatIsWrittenIsReadBackByTheFastWayAsByTheParser() {
    Random random = new Random(7);
    EntryBuffer text = new EntryBuffer(1);
    for (int round = 0; round < 2000; round++) {
      byte[] bytes = new byte[random.nextInt(80)];
      random.nextBytes(bytes);
      for (int i = 0; round % 2 == 0 && i < bytes.length; i++) {
        bytes[i] &= 0x7f;
      }
      byte[] line = encoded(bytes, round % 3 == 0 ? StreamType.STDERR : StreamType.STDOUT, "");
      LogEntry parsed = Json.read(line, LogEntry.class, "log entry");
      JsonLines.Plain plain = JsonLines.decode(line, 0, line.length, text, true);
      assertThat(plain).as(new String(line, UTF_8)).isNotNull();
      assertThat(plain.stream()).isEqualTo(parsed.type());
      assertThat(Instant.parse(plain.time())).isEqualTo(parsed.time());
      assertThat(new String(text.bytes(), 0, text.length(), UTF_8)).isEqualTo(parsed.text());
    }
  }

  @Test
  void asciiAndUtf8ComeBackAsTheyWere() {
    EntryBuffer text = new EntryBuffer(1);
    for (String said : new String[] {"", "plain\n", "\"quoted\" \\ <tag> & \t\r\u0001\u007f\n", "gr\u00fc\u00df \u20ac \ud83d\ude00 \u2028\n"}) {
      byte[] line = encoded(said.getBytes(UTF_8), StreamType.STDOUT, "");
      assertThat(JsonLines.decode(line, 0, line.length, text, false)).isNotNull();
      assertThat(new String(text.bytes(), 0, text.length(), UTF_8)).isEqualTo(said);
    }
  }

  @Test
  void anythingElseIsLeftToTheParser() {
    EntryBuffer text = new EntryBuffer(1);
    byte[] attributed = encoded("x".getBytes(UTF_8), StreamType.STDOUT, "{\"a\":\"b\"}");
    assertThat(JsonLines.decode(attributed, 0, attributed.length, text, false)).isNull();
    for (String line :
        new String[] {"", "{}", "{\"log\":\"", "{\"log\":\"a\\", "{\"log\":\"a\\u12", "{\"log\":\"a\\ud83d\\ude00\"}", "{\"log\":\"a\",\"stream\":\"other\"}", "{\"log\":\"a\",\"stream\":\"stdout\",\"time\":\""}) {
      byte[] bytes = line.getBytes(ISO_8859_1);
      assertThat(JsonLines.decode(bytes, 0, bytes.length, text, true)).as(line).isNull();
    }
  }
}
