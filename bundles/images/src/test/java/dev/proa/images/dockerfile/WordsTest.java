package dev.proa.images.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WordsTest {
  private static final Words WORDS = Words.of(Map.of("a", "1", "e", "", "path", "/x/y.tar.gz", "list", "80 443", "n", "a"));

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource(
      quoteCharacter = '|',
      value = {
        "$a, 1",
        "${a}b, 1b",
        "\\$a, $a",
        "'$a', $a",
        "\"$a\", 1",
        "\"\\x\", \\x",
        "\\x, x",
        "$none, ||",
        "${none:-d}, d",
        "${e:-d}, d",
        "${e-d}, ||",
        "${none-d}, d",
        "${a:+y}, y",
        "${e:+y}, ||",
        "${e+y}, y",
        "${none:-${a}}, 1",
        "${none:-\"a b\"}, a b",
        "${none:-a}b}, ab}",
        "${path##*/}, y.tar.gz",
        "${path#*/}, x/y.tar.gz",
        "${path%.*}, /x/y.tar",
        "${path%%.*}, /x/y",
        "${path/./-}, /x/y-tar.gz",
        "${path//./-}, /x/y-tar-gz",
        "${path//[/-}, /x/y.tar.gz",
        "a$, a$",
        "${a:?must}, 1",
        "$ab, ||",
        "x${a}${a}, x11",
      })
  void variablesAreReplaced(String word, String expected) {
    assertThat(WORDS.expand(word)).isEqualTo(expected);
  }

  @Test
  void whatAVariableStandsForMayBeSeveralWords() {
    assertThat(WORDS.split("$list 53 \"$list\"")).containsExactly("80", "443", "53", "80 443");
  }

  @Test
  void wordsKeepTheirQuotesUntilTheyAreExpanded() {
    assertThat(WORDS.raw("a=\"b c\" d\\ e 'f g'")).containsExactly("a=\"b c\"", "d\\ e", "'f g'");
  }

  @Test
  void whatCannotBeReadIsRefused() {
    assertThatThrownBy(() -> WORDS.expand("${a")).hasMessageContaining("missing '}'");
    assertThatThrownBy(() -> WORDS.expand("${}")).hasMessageContaining("bad substitution");
    assertThatThrownBy(() -> WORDS.expand("${a!x}")).hasMessageContaining("unsupported modifier");
    assertThatThrownBy(() -> WORDS.expand("\"a")).hasMessageContaining("double-quote");
    assertThatThrownBy(() -> WORDS.expand("${none:?must be given}")).hasMessageContaining("none: must be given");
    assertThatThrownBy(() -> WORDS.expand("${e:?}")).hasMessageContaining("e: is not allowed to be empty");
    assertThatThrownBy(() -> WORDS.expand("${none:-".repeat(100))).hasMessageContaining("nested");
  }

  @Test
  void theEscapeCharacterMayBeABackquote() {
    Words words = new Words(Map.of("a", "1")::get, '`');
    assertThat(words.expand("c:\\x`$a$a")).isEqualTo("c:\\x$a1");
  }
}
