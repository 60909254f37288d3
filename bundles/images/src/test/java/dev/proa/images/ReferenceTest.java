package dev.proa.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
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
    // The registry does not count.
    assertThat(Reference.parse("a".repeat(100) + ".example/" + "a".repeat(255)).path()).hasSize(255);
    assertThatThrownBy(() -> Reference.parse("a".repeat(100) + ".example/" + "a".repeat(256))).hasMessage("repository name must not be more than 255 characters");
    assertThatThrownBy(() -> Reference.parse("a".repeat(300))).hasMessage("repository name must not be more than 255 characters");
    assertThat(Reference.parse("a:" + "x".repeat(128)).tag()).hasSize(128);
    assertThatThrownBy(() -> Reference.parse("a:" + "x".repeat(129))).hasMessage("invalid reference format");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".x", "-x", "x y", "ä"})
  void badTagsAreRefused(String tag) {
    assertThatThrownBy(() -> Reference.parse("a").withTag(tag)).hasMessage("invalid tag format");
  }

  /** Cases of the reference package's own tests (distribution/reference, normalize_test.go). */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "docker/docker", "library/debian", "debian", "docker.io/docker/docker", "docker.io/library/debian", "docker.io/debian", "index.docker.io/docker/docker",
        "index.docker.io/library/debian", "index.docker.io/debian", "127.0.0.1:5000/docker/docker", "127.0.0.1:5000/debian", "192.168.0.1", "192.168.0.1:80",
        "192.168.0.1:8/debian", "192.168.0.2:25000/debian", "thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev", "[fc00::1]:5000/docker",
        "[fc00:1:2:3:4:5:6:7]:5000/library/debian", "docker.io/1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a", "Docker/docker", "DOCKER/docker",
        "docker-rules/docker", "docker---rules/docker", "doc/docker", "d/docker", "jess/t", "dock__er/docker", "test_com/foo", "xn--n3h.com:18080/foo",
      })
  void whatTheReferencePackageTakesIsTaken(String text) {
    Reference reference = Reference.parse(text);
    assertThat(Reference.parse(reference.toString())).isEqualTo(reference);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://github.com/docker/docker", "docker/Docker", "-docker", "-docker/docker", "-docker.io/docker/docker", "docker///docker", "docker.io/docker/Docker",
        "docker.io/docker///docker", "[fc00::1]", "[fc00::1]:5000", "fc00::1:5000/debian", "[fe80::1%eth0]:5000/debian", "[2001:db8:3:4::192.0.2.33]:5000/debian",
        "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a", "docker-/docker", "-docker-/docker", "____/____", "_docker/_docker", "dock..er/docker",
        "dock_.er/docker", "dock-.er/docker", "docker/", "-foo",
      })
  void whatTheReferencePackageRefusesIsRefused(String text) {
    assertThatThrownBy(() -> Reference.parse(text)).isInstanceOf(ProaException.class);
  }

  /** The grammar of the reference package's documentation, as a regular expression. */
  private static final Pattern GRAMMAR =
      Pattern.compile(
          "(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?/)"
              + "([a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)"
              + "(?::\\w[\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?");

  @Test
  void whateverParsesReadsBackTheSameAndIsOfTheGrammar() {
    AtomicInteger parsed = new AtomicInteger();
    Random random = new Random(4711);
    String alphabet = "ab09ZA.:/@-_[] sha256:localhost" + HEX;
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(24); n >= 0; n--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      if (random.nextInt(10) == 0) {
        text.append("@sha256:").append(HEX);
      }
      parsed.addAndGet(agrees(text.toString()));
    }
    Corpus.feed("reference", 50_000, bytes -> parsed.addAndGet(agrees(new String(bytes, StandardCharsets.UTF_8))));
    assertThat(parsed).hasValueGreaterThan(5_000);
  }

  /** @return 1 if it is a reference */
  private static int agrees(String text) {
    Reference reference;
    try {
      reference = Reference.parse(text);
    } catch (ProaException e) {
      assertThat(e.errorClass()).isEqualTo(ErrorClass.INVALID_ARGUMENT);
      boolean other = text.matches("[0-9a-f]{64}") || !"invalid reference format".equals(e.getMessage());
      // With a registry in front there is nothing to bring to a full form.
      assertThat(other || !GRAMMAR.matcher(text).matches() || !text.split("/")[0].matches(".*[.:].*|localhost")).as(text).isTrue();
      return 0;
    }
    assertThat(Reference.parse(reference.toString())).isEqualTo(reference);
    // The short form of docker.io/example.com/x is another name, and one of 64 digits an id; so it is with the reference package.
    if (!reference.domain().equals("docker.io") || !reference.familiarName().matches("(.*\\..*|localhost)/.*|[0-9a-f]{64}")) {
      assertThat(Reference.parse(reference.familiar())).isEqualTo(reference);
    }
    assertThat(GRAMMAR.matcher(reference.toString()).matches()).as(reference.toString()).isTrue();
    return 1;
  }
}
