package dev.proa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagsTest {
  private final Flags flags =
      new Flags()
          .toggle('i', "interactive", "")
          .toggle('t', "tty", "")
          .list('e', "env", "")
          .one('m', "memory", "bytes", "")
          .number('n', "last", "")
          .one("name", "string", "");

  private Flags parse(String... line) {
    flags.parse(List.of(line));
    return flags;
  }

  @Test
  void shortFlagsStandTogetherAndTheLastTakesTheRest() {
    parse("-ite", "A=1", "-eB=2", "-m64m", "-n=3");
    assertThat(flags.has("interactive")).isTrue();
    assertThat(flags.has("tty")).isTrue();
    assertThat(flags.list("env")).containsExactly("A=1", "B=2");
    assertThat(flags.get("memory")).isEqualTo("64m");
    assertThat(flags.number("last")).isEqualTo(3);
  }

  @Test
  void aSwitchCanBeSwitchedOff() {
    assertThat(parse("--tty=false").has("tty")).isFalse();
    assertThat(flags.given("tty")).isTrue();
  }

  @Test
  void flagsAndArgumentsMixUnlessTheFirstArgumentEndsThem() {
    assertThat(parse("a", "-t", "b").arguments()).containsExactly("a", "b");
    Flags run = new Flags().stopAtArgument().toggle('t', "tty", "");
    run.parse(List.of("-t", "image", "ls", "-l", "--all"));
    assertThat(run.arguments()).containsExactly("image", "ls", "-l", "--all");
  }

  @Test
  void twoDashesEndTheFlags() {
    assertThat(parse("-t", "--", "-i", "--name").arguments()).containsExactly("-i", "--name");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--nosuch    | unknown flag: --nosuch",
        "-x          | unknown shorthand flag: 'x' in -x",
        "-tx         | unknown shorthand flag: 'x' in -tx",
        "--name      | flag needs an argument: --name",
        "-e          | flag needs an argument: 'e' in -e",
        "--last=many | invalid argument \"many\" for \"-n, --last\" flag: strconv.ParseInt: parsing \"many\": invalid syntax",
        "--tty=maybe | invalid argument \"maybe\" for \"-t, --tty\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
        "--mane=x    | unknown flag: --mane\\n\\nDid you mean --name?",
      })
  void aWrongLineIsRefusedInThePflagsWords(String word, String message) {
    assertThatThrownBy(() -> parse(word)).isInstanceOf(Flags.UsageException.class).hasMessage(message.replace("\\n", "\n"));
  }
}
