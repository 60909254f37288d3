package dev.proa.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource({
    "busybox, docker.io/library/busybox, busybox",
    "busybox:1.36, docker.io/library/busybox:1.36, busybox:1.36",
    "library/busybox, docker.io/library/busybox, busybox",
    "docker.io/busybox, docker.io/library/busybox, busybox",
    "docker.io/library/busybox:x, docker.io/library/busybox:x, busybox:x",
    "index.docker.io/busybox, docker.io/library/busybox, busybox",
    "proa/busybox, docker.io/proa/busybox, proa/busybox",
    "library/a/b, docker.io/library/a/b, library/a/b",
    "localhost/busybox, localhost/busybox, localhost/busybox",
    "localhost:5000/busybox:1, localhost:5000/busybox:1, localhost:5000/busybox:1",
    "127.0.0.1:5000/a/b/c, 127.0.0.1:5000/a/b/c, 127.0.0.1:5000/a/b/c",
    "[::1]:5000/x, [::1]:5000/x, [::1]:5000/x",
    "[2001:db8::1]/x:y, [2001:db8::1]/x:y, [2001:db8::1]/x:y",
    "registry.example.com/x_y/z-1.2:V_1.0-a, registry.example.com/x_y/z-1.2:V_1.0-a, registry.example.com/x_y/z-1.2:V_1.0-a",
    "UPPER/x, UPPER/x, UPPER/x",
    "a__b/c---d, docker.io/a__b/c---d, a__b/c---d",
  })
  void namesAreBroughtToTheirFullForm(String text, String full, String familiar) {
    Reference reference = Reference.parse(text);
    assertThat(reference).hasToString(full);
    assertThat(reference.familiar()).isEqualTo(familiar);
    assertThat(Reference.parse(reference.familiar())).isEqualTo(reference);
  }

  @Test
  void digestsAreKept() {
    Reference reference = Reference.parse("busybox:1@sha256:" + HEX);
    assertThat(reference.tag()).isEqualTo("1");
    assertThat(reference.digest()).isEqualTo("sha256:" + HEX);
    assertThat(reference.stored()).hasToString("docker.io/library/busybox@sha256:" + HEX);
    assertThat(reference.familiar()).isEqualTo("busybox:1@sha256:" + HEX);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|invalid reference format",
        ":x|invalid reference format",
        "a:|invalid reference format",
        "a:b:c|invalid reference format",
        "-a|invalid reference format",
        "a..b|invalid reference format",
        "a___b|invalid reference format",
        "a/|invalid reference format",
        "/a|invalid reference format",
        "a//b|invalid reference format",
        "a@b|invalid reference format",
        "a:x y|invalid reference format",
        "a b|invalid reference format",
        "https://a/b|invalid reference format",
        "localhost:x/a|invalid reference format",
        "[::1/a|invalid reference format",
        "Busybox|invalid reference format: repository name (library/Busybox) must be lowercase",
        "proa/Busybox:1|invalid reference format: repository name (proa/Busybox) must be lowercase",
        "localhost:5000/Busybox|invalid reference format: repository name (Busybox) must be lowercase",
        "a@md5:0123456789abcdef0123456789abcdef|unsupported digest algorithm",
        "a@sha256:0123456789abcdef0123456789abcdef|invalid checksum digest length",
      })
  void whatIsNoNameIsRefusedInDockersWords(String text, String message) {
    assertThatThrownBy(() -> Reference.parse(text))
        .isInstanceOf(ProaException.class)
        .hasMessage(message)
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.INVALID_ARGUMENT));
  }

  @Test
  void anIdIsNoName() {
    assertThatThrownBy(() -> Reference.parse(HEX))
        .hasMessage("invalid repository name (" + HEX + "), cannot specify 64-byte hexadecimal strings");
    assertThat(Reference.asId(HEX)).contains("sha256:" + HEX);
    assertThat(Reference.asId("sha256:" + HEX)).contains("sha256:" + HEX);
    assertThat(Reference.asId(HEX.substring(1))).isEmpty();
  }

  @Test
  void lengthsAreLimited() {
    assertThat(Reference.parse("a".repeat(235)).path()).hasSize(243);
    assertThatThrownBy(() -> Reference.parse("a".repeat(300))).hasMessage("repository name must not be more than 255 characters");
    assertThat(Reference.parse("a:" + "x".repeat(128)).tag()).hasSize(128);
    assertThatThrownBy(() -> Reference.parse("a:" + "x".repeat(129))).hasMessage("invalid reference format");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".x", "-x", "x y", "ä"})
  void badTagsAreRefused(String tag) {
    assertThatThrownBy(() -> Reference.parse("a").withTag(tag)).hasMessage("invalid tag format");
  }

  @Test
  void whateverParsesReadsBackTheSame() {
    Random random = new Random(4711);
    String alphabet = "ab09ZA.:/@-_[] sha256:localhost" + HEX;
    int parsed = 0;
    for (int i = 0; i < 300_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(24); n >= 0; n--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      if (random.nextInt(10) == 0) {
        text.append("@sha256:").append(HEX);
      }
      try {
        Reference reference = Reference.parse(text.toString());
        assertThat(Reference.parse(reference.toString())).isEqualTo(reference);
        assertThat(Reference.parse(reference.familiar())).isEqualTo(reference);
        parsed++;
      } catch (ProaException e) {
        assertThat(e.errorClass()).isEqualTo(ErrorClass.INVALID_ARGUMENT);
      }
    }
    assertThat(parsed).isGreaterThan(1000);
  }
}
