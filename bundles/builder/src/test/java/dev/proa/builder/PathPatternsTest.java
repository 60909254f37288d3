package dev.proa.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PathPatternsTest {
  @ParameterizedTest(name = "{0} matches {1}: {2}")
  @CsvSource({
    "*.log, a.log, true",
    "*.log, d/a.log, false",
    "**/*.log, d/e/a.log, true",
    "**/*.log, a.log, true",
    "d, d/e/f, true",
    "d/, d/e, true",
    "/d, d, true",
    "./d, d, true",
    "d/../e, e/x, true",
    "a?c, abc, true",
    "a?c, a/c, false",
    "a[b-d]e, ace, true",
    "a[^b-d]e, ace, false",
    "a[^b-d]e, axe, true",
    "\\*, *, true",
    "\\*, x, false",
    "**, any/thing, true",
    "d/**/f, d/f, true",
    "d/**/f, d/a/b/f, true",
    "d/*/f, d/a/b/f, false",
    "a.b, axb, false",
    "(x, (x, true",
  })
  void patternsMatchAsGoHasThem(String pattern, String path, boolean matches) {
    assertThat(PathPatterns.of(List.of(pattern)).matches(path)).isEqualTo(matches);
  }

  @Test
  void theLastPatternThatMatchesDecides() {
    PathPatterns patterns = PathPatterns.ofIgnoreFile("# comment\n\n*.md\n!README*.md\nREADME-secret.md\n");
    assertThat(patterns.matches("a.md")).isTrue();
    assertThat(patterns.matches("README.md")).isFalse();
    assertThat(patterns.matches("README-secret.md")).isTrue();
    assertThat(patterns.hasExceptions()).isTrue();
  }

  @Test
  void whatIsTakenBackInAFolderIsWanted() {
    PathPatterns patterns = PathPatterns.ofIgnoreFile("build\n!build/keep\n");
    assertThat(patterns.matches("build")).isTrue();
    assertThat(patterns.matches("build/x")).isTrue();
    assertThat(patterns.matches("build/keep/y")).isFalse();
  }

  @Test
  void aPatternThatIsNoneIsRefused() {
    assertThatThrownBy(() -> PathPatterns.of(List.of("a[b"))).hasMessageContaining("syntax error in pattern");
    assertThatThrownBy(() -> PathPatterns.of(List.of("a\\"))).hasMessageContaining("syntax error in pattern");
    assertThatThrownBy(() -> PathPatterns.of(List.of("!"))).hasMessageContaining("illegal exclusion pattern");
  }

  @ParameterizedTest
  @CsvSource({"a//b/, a/b", "/../a, a", "a/./b/../c, a/c", "., ''", "/, ''"})
  void pathsAreCleaned(String path, String clean) {
    assertThat(PathPatterns.clean(path)).isEqualTo(clean);
  }
}
