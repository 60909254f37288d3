package dev.proa.builder.internal.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.builder.internal.dockerfile.Instruction.Flag;
import dev.proa.spi.ProaException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DockerfileTest {
  private static Dockerfile parse(String text) {
    return Dockerfile.parse("Dockerfile", text);
  }

  private static Instruction only(String text) {
    List<Instruction> inside = parse("FROM a\n" + text).stages().getFirst().instructions();
    assertThat(inside).hasSize(1);
    return inside.getFirst();
  }

  @Test
  void linesAreContinuedOverCommentsAndBlankOnes() {
    Instruction run = only("RUN a \\\n  # comment\n\n  b \\\n\t&& c\n");
    assertThat(run.rest()).isEqualTo("a   b \t&& c");
    assertThat(run.line()).isEqualTo(2);
    assertThat(run.lastLine()).isEqualTo(6);
  }

  @Test
  void aDoubledEscapeCharacterDoesNotContinueALine() {
    assertThat(parse("FROM a\nRUN echo \\\\\nRUN b\n").stages().getFirst().instructions()).extracting(Instruction::rest).containsExactly("echo \\\\", "b");
  }

  @Test
  void theEscapeDirectiveChangesTheCharacter() {
    Dockerfile file = parse("# escape=`\nFROM a\nRUN dir c:\\\nRUN x `\n y\n");
    assertThat(file.escape()).isEqualTo('`');
    assertThat(file.stages().getFirst().instructions()).extracting(Instruction::rest).containsExactly("dir c:\\", "x  y");
  }

  @Test
  void directivesCountAtTheTopOnly() {
    Dockerfile file = parse("# syntax=docker/dockerfile:1\n# check=skip=all\n# other\n# escape=`\nFROM a\n");
    assertThat(file.syntax()).isEqualTo("docker/dockerfile:1");
    assertThat(file.check()).isEqualTo("skip=all");
    assertThat(file.escape()).isEqualTo('\\');
  }

  @Test
  void aDirectiveThatComesTwiceIsRefused() {
    assertThatThrownBy(() -> parse("# escape=`\n# escape=`\nFROM a\n")).hasMessageContaining("only one escape parser directive can be used");
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstInstruction() {
    assertThat(parse("\uFEFFFROM a\n").stages()).hasSize(1);
  }

  @Test
  void flagsEndAtABlankOutsideOfQuotes() {
    Instruction run = only("RUN --mount=type=bind,source=\"a b\",target=/x --network=none true --not-a-flag");
    assertThat(run.flags()).containsExactly(new Flag("mount", "type=bind,source=\"a b\",target=/x"), new Flag("network", "none"));
    assertThat(run.rest()).isEqualTo("true --not-a-flag");
  }

  @Test
  void instructionsWithoutFlagsTakeDashesAsWords() {
    assertThat(only("CMD --help").rest()).isEqualTo("--help");
    assertThat(only("ENTRYPOINT --x y").rest()).isEqualTo("--x y");
  }

  @Test
  void hereDocumentsEndAtTheirWord() {
    Instruction run = only("RUN cat <<A <<-'B' >x\none $V\nA\n\ttwo\n\tB\n");
    assertThat(run.heredocs()).extracting(h -> h.name()).containsExactly("A", "B");
    assertThat(run.heredocs().get(0).content()).isEqualTo("one $V\n");
    assertThat(run.heredocs().get(0).expand()).isTrue();
    assertThat(run.heredocs().get(1).content()).isEqualTo("two\n");
    assertThat(run.heredocs().get(1).expand()).isFalse();
  }

  @Test
  void whatLooksLikeAHereDocumentInQuotesOrArithmeticIsNone() {
    assertThat(only("RUN echo \"<<EOF\" '<<EOF' $((1<<3))").heredocs()).isEmpty();
    assertThat(only("ENV a=<<EOF").heredocs()).isEmpty();
  }

  @Test
  void stagesHaveNamesNumbersAndPlatforms() {
    Dockerfile file = parse("ARG V=1\nFROM --platform=linux/amd64 a:$V AS Base\nFROM base\nRUN x\n");
    assertThat(file.globals()).hasSize(1);
    assertThat(file.stages()).hasSize(2);
    assertThat(file.stages().getFirst().platform()).isEqualTo("linux/amd64");
    assertThat(file.stage("BASE", 1)).isSameAs(file.stages().getFirst());
    assertThat(file.stage("0", 2)).isSameAs(file.stages().getFirst());
    assertThat(file.stage("base", 0)).isNull();
    assertThat(file.stage("1", 1)).isNull();
  }

  @Test
  void aNameThatTwoStagesHaveMeansTheLater() {
    Dockerfile file = parse("FROM a AS x\nFROM b AS x\nFROM x\n");
    assertThat(file.stage("x", 2)).isSameAs(file.stages().get(1));
  }

  @Test
  void errorsNameLineColumnAndTheLineItself() {
    assertThatThrownBy(() -> parse("FROM a\n\n  FRUN x\n"))
        .isInstanceOf(ProaException.class)
        .hasMessageContaining("dockerfile parse error on line 3: unknown instruction: FRUN (did you mean RUN?)")
        .hasMessageContaining("Dockerfile:3:3")
        .hasMessageContaining(">>>   3 |   FRUN x\n       |   ^");
  }

  @Test
  void aSwappedLetterIsSuggested() {
    assertThatThrownBy(() -> parse("FROM a\nCOPY --chwon=1 a b\n")).hasMessageContaining("unknown flag: --chwon (did you mean --chown?)");
  }

  @Test
  void whatCannotBeADockerfileIsRefused() {
    assertThatThrownBy(() -> parse("")).hasMessageContaining("cannot be empty");
    assertThatThrownBy(() -> parse("# only a comment\n")).hasMessageContaining("cannot be empty");
    assertThatThrownBy(() -> parse("ARG a\n")).hasMessageContaining("no build stage in current context");
    assertThatThrownBy(() -> parse("RUN a\nFROM b\n")).hasMessageContaining("no build stage in current context");
    assertThatThrownBy(() -> parse("FROM a b c d\n")).hasMessageContaining("FROM requires either one or three arguments");
    assertThatThrownBy(() -> parse("FROM a AS 1x\n")).hasMessageContaining("invalid name for build stage");
    assertThatThrownBy(() -> parse("FROM a\nRUN\n")).hasMessageContaining("RUN requires at least one argument");
    assertThatThrownBy(() -> parse("FROM a\nRUN <<EOF\nx\n")).hasMessageContaining("unterminated heredoc");
  }

  @Test
  void anyTextIsADockerfileOrRefusedInWords() {
    Random random = new Random(20261130);
    String[] pieces = {"FROM ", "a", "\n", "\\\n", "RUN ", "<<EOF", "EOF", "\"", "'", "--mount=", "#", " ", "$", "{", "\t", "ARG x", "`", "AS ", "\u0000", "\uD800", "COPY "};
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? "FROM a\n" : "");
      for (int n = random.nextInt(20); n >= 0; n--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      try {
        assertThat(parse(text.toString()).stages()).isNotEmpty();
      } catch (ProaException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }
}
