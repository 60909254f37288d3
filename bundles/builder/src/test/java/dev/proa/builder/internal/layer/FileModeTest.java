package dev.proa.builder.internal.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FileModeTest {
  @ParameterizedTest(name = "{0} makes {1} {2}")
  @CsvSource({
    "755, 600, 755",
    "4711, 600, 4711",
    "u+x, 644, 744",
    "+x, 644, 755",
    "a-w, 666, 444",
    "'u=rwx,go=rX', 600, 755",
    "'go=', 755, 700",
    "g+s, 755, 2755",
    "+X, 644, 644",
    "+X, 744, 755",
    "o=r, 647, 644",
  })
  void modesAreAppliedAsChmodDoes(String text, String before, String after) {
    assertThat(new FileMode(text).applyTo(Integer.parseInt(before, 8), false)).isEqualTo(Integer.parseInt(after, 8));
  }

  @Test
  void aFolderGetsExecutionByACapitalX() {
    assertThat(new FileMode("a+X").applyTo(0644, true)).isEqualTo(0755);
  }

  @Test
  void whatIsNoModeIsRefused() {
    for (String text : new String[] {"", "8", "99", "u+q", "rwx", "77777", "u+x,"}) {
      assertThatThrownBy(() -> new FileMode(text)).as(text).hasMessageContaining("invalid chmod parameter");
    }
  }
}
