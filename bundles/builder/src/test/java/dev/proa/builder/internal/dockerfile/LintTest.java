package dev.proa.builder.internal.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.builder.PathPatterns;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LintTest {
  private static List<String> check(String text) {
    PathPatterns ignored = PathPatterns.ofIgnoreFile("*.log\n");
    return Lint.of(Dockerfile.parse("Dockerfile", text), image -> image.equals("known") ? Set.of("SET") : null, ignored).stream()
        .map(warning -> warning.line() + " " + warning.rule())
        .toList();
  }

  @Test
  void howThingsAreWritten() {
    assertThat(check("FROM a as Base\nrun x\nRUN y \\\n\n z\n"))
        .containsExactly("1 FromAsCasing", "1 StageNameCasing", "2 ConsistentInstructionCasing", "5 NoEmptyContinuation");
    assertThat(check("from a as b\nrun x\nRUN y\n")).containsExactly("3 ConsistentInstructionCasing");
    assertThat(check("FROM a\nMAINTAINER me\nENV a b\nLABEL c d\nCMD x\nEXPOSE 80/TCP 127.0.0.1:80:80 8080 53/udp\n"))
        .containsExactly(
            "2 MaintainerDeprecated", "3 LegacyKeyValueFormat", "4 LegacyKeyValueFormat", "5 JSONArgsRecommended", "6 ExposeProtoCasing", "6 ExposeInvalidFormat");
  }

  @Test
  void stagesAndTheirNames() {
    assertThat(check("FROM a AS scratch\nFROM b AS c\nFROM d AS c\n")).containsExactly("1 ReservedStageName", "3 DuplicateStageName");
    assertThat(check("FROM a:$T\nFROM --platform=linux/amd64 b\nFROM --platform=$TARGETPLATFORM c\nFROM --platform=$BUILDPLATFORM d\n"))
        .containsExactly("1 UndefinedArgInFrom", "2 FromPlatformFlagConstDisallowed", "3 RedundantTargetPlatform");
    assertThat(check("ARG T\nARG U=1\nFROM a:$T\nFROM b:$U\n")).containsExactly("3 InvalidDefaultArgInFrom");
  }

  @Test
  void whatIsDoneTwiceCountsOnce() {
    assertThat(check("FROM a\nCMD [\"a\"]\nCMD [\"b\"]\nENTRYPOINT [\"a\"]\nFROM b\nCMD [\"a\"]\n")).containsExactly("2 MultipleInstructionsDisallowed");
  }

  @Test
  void variablesThatNobodySets() {
    assertThat(check("FROM scratch\nARG A\nENV B=1\nLABEL l=\"$A ${B} ${C:-d} '$E' $F\"\n")).containsExactly("4 UndefinedVar");
    assertThat(check("FROM known AS one\nENV X=1\nFROM one\nWORKDIR /$SET/$X/$Y\n")).containsExactly("4 UndefinedVar");
    assertThat(check("FROM unknown\nWORKDIR /$ANY\n")).as("an image that is not here may set it").isEmpty();
  }

  @Test
  void secretsAndPlaces() {
    assertThat(check("ARG TOKEN\nFROM a\nARG DB_PASSWORD=x\nENV AUTHOR=me PUBLIC_KEY=1 API_KEY=2\n"))
        .containsExactly("1 SecretsUsedInArgOrEnv", "3 SecretsUsedInArgOrEnv", "4 SecretsUsedInArgOrEnv");
    assertThat(check("FROM a\nWORKDIR b\nWORKDIR /c\nWORKDIR d\n")).containsExactly("2 WorkdirRelativePath");
    assertThat(check("FROM a\nCOPY a.log b /\nCOPY --from=x c.log /\n")).containsExactly("2 CopyIgnoredFile");
  }

  @Test
  void theDirectiveTakesWarningsAwayAndMakesErrorsOfThem() {
    assertThat(check("# check=skip=JSONArgsRecommended,MaintainerDeprecated\nFROM a\nMAINTAINER x\nCMD x\nENV a b\n")).containsExactly("5 LegacyKeyValueFormat");
    assertThat(check("# check=skip=all\nFROM a\nCMD x\n")).isEmpty();
    assertThat(Lint.failsBuild(Dockerfile.parse("d", "# check=skip=x; error=true\nFROM a\n"))).isTrue();
    assertThat(Lint.failsBuild(Dockerfile.parse("d", "# check=skip=error\nFROM a\n"))).isFalse();
  }
}
