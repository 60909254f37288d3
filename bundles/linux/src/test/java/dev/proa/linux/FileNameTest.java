package dev.proa.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FileNameTest {
  @Test
  void namesInUtf8ReadAsSuch() {
    for (String name : new String[] {"", "a", "größe", "日本語", "🚀 x", "a\nb"}) {
      byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
      assertThat(FileName.encode(name)).isEqualTo(utf8);
      assertThat(FileName.decode(utf8)).isEqualTo(name);
    }
  }

  @Test
  void anyBytesGoThereAndBackUnchanged() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] name = new byte[random.nextInt(12)];
      random.nextBytes(name);
      assertThat(FileName.encode(FileName.decode(name))).isEqualTo(name);
    }
    assertThat(FileName.decode(new byte[] {'a', (byte) 0xff, 'b'})).isEqualTo("a\udcffb");
  }
}
