package dev.proa.images.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.images.dockerfile.Glob.Syntax;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class GlobTest {

  /** The same pattern as a regular expression, which goes back on its ways and is no judge of time. */
  private static Pattern regex(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (pattern.startsWith("**/", i)) {
        regex.append("(?:.*/)?");
        i += 2;
      } else if (pattern.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else {
        regex.append(c == '*' ? "[^/]*" : c == '?' ? "[^/]" : Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  @Test
  void pathsMatchAsTheRegularExpressionDoes() {
    Random random = new Random(20261201);
    String[] pieces = {"a", "b", "/", "*", "**", "**/", "?"};
    for (int i = 0; i < 50_000; i++) {
      StringBuilder pattern = new StringBuilder();
      for (int n = random.nextInt(6); n > 0; n--) {
        pattern.append(pieces[random.nextInt(pieces.length)]);
      }
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(7); n > 0; n--) {
        text.append(pieces[random.nextInt(3)]);
      }
      assertThat(Glob.of(pattern.toString(), Syntax.PATH).matches(text.toString()))
          .as("%s against %s", pattern, text)
          .isEqualTo(regex(pattern.toString()).matcher(text).matches());
    }
  }

  /** A matcher that goes back would need more steps than there are atoms. */
  @Test
  void patternsThatAreMadeToTakeForEverDoNot() {
    String path = "a/".repeat(1000) + "a";
    assertThat(Glob.of("**/a/".repeat(60) + "b", Syntax.PATH).matches(path)).isFalse();
    assertThat(Glob.of("*a".repeat(60) + "b", Syntax.PATH).matches("a".repeat(2000))).isFalse();
    assertThat(Words.of(java.util.Map.of("v", "a".repeat(2000))).expand("${v%%" + "*a".repeat(40) + "b}")).hasSize(2000);
  }

  @Test
  void theEndOfTheLongestAndTheShortestIsFound() {
    Glob glob = Glob.of("a*b", Syntax.SHELL);
    assertThat(glob.end("a/b/b", 0, true)).isEqualTo(5);
    assertThat(glob.end("a/b/b", 0, false)).isEqualTo(3);
    assertThat(glob.end("xab", 1, true)).isEqualTo(3);
    assertThat(glob.end("xab", 0, true)).isEqualTo(-1);
    assertThat(Glob.of("", Syntax.SHELL).end("x", 0, true)).isZero();
  }
}
