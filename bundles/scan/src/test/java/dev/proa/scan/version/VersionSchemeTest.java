package dev.proa.scan.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class VersionSchemeTest {
  private static void check(VersionScheme scheme, String a, String sign, String b) {
    int expected = sign.equals("<") ? -1 : sign.equals(">") ? 1 : 0;
    assertThat(Integer.signum(scheme.compare(a, b))).as("%s %s %s", a, sign, b).isEqualTo(expected);
    assertThat(Integer.signum(scheme.compare(b, a))).as("%s against %s", b, a).isEqualTo(-expected);
  }

  /** Of rpm's own test suite (tests/rpmvercmp.at). */
  @ParameterizedTest
  @CsvSource({
    "1.0,=,1.0", "1.0,<,2.0", "2.0.1,=,2.0.1", "2.0,<,2.0.1", "2.0.1a,=,2.0.1a", "2.0.1a,>,2.0.1", "5.5p1,<,5.5p2", "5.5p10,>,5.5p1", "10xyz,<,10.1xyz",
    "xyz10,=,xyz10", "xyz10,<,xyz10.1", "xyz.4,=,xyz.4", "xyz.4,<,8", "xyz.4,<,2", "5.5p2,<,5.6p1", "5.6p1,<,6.5p1", "6.0.rc1,>,6.0", "10b2,>,10a1",
    "10a2,<,10b2", "1.0aa,=,1.0aa", "1.0a,<,1.0aa", "10.0001,=,10.1", "10.0001,<,10.0039", "4.999.9,<,5.0", "20101121,<,20101122", "2_0,=,2.0", "2.0,=,2_0",
    "a,=,a", "a+,=,a+", "a+,=,a_", "+a,=,_a", "+_,=,_+", "+,=,_", "1.0~rc1,=,1.0~rc1", "1.0~rc1,<,1.0", "1.0~rc1,<,1.0~rc2", "1.0~rc1~git123,<,1.0~rc1",
    "1.0^,=,1.0^", "1.0^,>,1.0", "1.0^git1,>,1.0", "1.0^git1,<,1.0^git2", "1.0^git1,<,1.01", "1.0^20160101,<,1.0.1", "1.0^20160101^git1,=,1.0^20160101^git1",
    "1.0^20160102,>,1.0^20160101^git1", "1.0~rc1^git1,>,1.0~rc1", "1.0^git1~pre,<,1.0^git1", "1:1.0-1,>,2.0-1", "1.0-1.el9,<,1.0-2.el9", "1.0-1,=,1.0"
  })
  void rpmOrdersAsItsOwnTestsSay(String a, String sign, String b) {
    check(VersionScheme.RPM, a, sign, b);
  }

  /** Of apk-tools' test data (test/unit/version.data). */
  @ParameterizedTest
  @CsvSource({
    "2.34,>,0.1.0_alpha", "0.1.0_alpha,=,0.1.0_alpha", "0.1.0_alpha,<,0.1.3_alpha", "0.1.0_alpha2,>,0.1.0_alpha", "2.2.39-r1,>,1.0.4-r3", "1.0.4-r3,<,1.0.4-r4",
    "1.6-r2,>,1.6", "1.6_rc1,<,1.6", "1.6_p1,>,1.6", "1.2_pre1,<,1.2_rc1", "1.2_beta,<,1.2_pre1", "1.2_git20,>,1.2", "1.2.3a,>,1.2.3", "1.2.3a,<,1.2.3b",
    "6.1_p1,>,6.1", "1.1.1k-r0,<,1.1.1l-r0", "3.0.8-r3,<,3.0.8-r10", "1.0,<,1.0.1", "1.01,<,1.1", "5.00,=,5.00", "1.0_p10,>,1.0_p9",
    "4.6.1_pre1-r0,<,4.6.1-r0", "12.2.5-r0,<,12.2.5_p20", "1.0~1234-r1,>,1.0~1234-r0"
  })
  void apkOrdersAsItsOwnTestsSay(String a, String sign, String b) {
    check(VersionScheme.APK, a, sign, b);
  }

  /** Of semver.org, clause 11, and node-semver's fixtures. */
  @ParameterizedTest
  @CsvSource({
    "1.0.0-alpha,<,1.0.0-alpha.1", "1.0.0-alpha.1,<,1.0.0-alpha.beta", "1.0.0-alpha.beta,<,1.0.0-beta", "1.0.0-beta,<,1.0.0-beta.2", "1.0.0-beta.2,<,1.0.0-beta.11",
    "1.0.0-beta.11,<,1.0.0-rc.1", "1.0.0-rc.1,<,1.0.0", "0.0.0,>,0.0.0-foo", "1.2.3,>,1.2.3-4", "1.2.3-5-foo,>,1.2.3-5", "1.2.3-5,>,1.2.3-4", "1.2.3-a.10,>,1.2.3-a.5",
    "1.2.3-a.b,>,1.2.3-a.5", "v1.2.3,=,1.2.3", "1.2.3+build,=,1.2.3+other", "4.17.20,<,4.17.21", "10.0.0,>,9.0.0", "1.0.0-99999999999999999999,>,1.0.0-9"
  })
  void semanticVersionsOrderAsTheSpecificationSays(String a, String sign, String b) {
    check(VersionScheme.SEMVER, a, sign, b);
  }

  /** Of PEP 440's examples and the tests of Python's packaging. */
  @ParameterizedTest
  @CsvSource({
    "1.0.dev456,<,1.0a1", "1.0a1,<,1.0a2.dev456", "1.0a2.dev456,<,1.0a12.dev456", "1.0a12.dev456,<,1.0a12", "1.0a12,<,1.0b1.dev456", "1.0b1.dev456,<,1.0b2",
    "1.0b2,<,1.0b2.post345.dev456", "1.0b2.post345.dev456,<,1.0b2.post345", "1.0b2.post345,<,1.0rc1.dev456", "1.0rc1.dev456,<,1.0rc1", "1.0rc1,<,1.0", "1.0,<,1.0+abc.5",
    "1.0+abc.5,<,1.0+abc.7", "1.0+abc.7,<,1.0+5", "1.0+5,<,1.0.post456.dev34", "1.0.post456.dev34,<,1.0.post456", "1.0.post456,<,1.1.dev1", "1!1.0,>,2.0", "1.0,=,1.0.0",
    "1.0-1,=,1.0.post1", "1.0alpha1,=,1.0a1", "v1.0,=,1.0", "2.31.0,<,2.32.4"
  })
  void pythonsVersionsOrderAsPep440Says(String a, String sign, String b) {
    check(VersionScheme.PEP440, a, sign, b);
  }

  /** Of Maven's documentation and its tests (ComparableVersionTest). */
  @ParameterizedTest
  @CsvSource({
    "1-alpha2snapshot,<,1-alpha2", "1-alpha2,<,1-alpha-123", "1-alpha-123,<,1-beta-2", "1-beta-2,<,1-beta123", "1-beta123,<,1-m2", "1-m2,<,1-m11", "1-m11,<,1-rc", "1-rc,<,1-SNAPSHOT",
    "1-SNAPSHOT,<,1", "1,<,1-sp", "1,=,1.0", "1,=,1-ga", "1.0.0,=,1", "2.14.1,<,2.15.0", "2.0-beta9,<,2.0", "1.foo,<,1-1"
  })
  void mavensVersionsOrderAsItsOwnTestsSay(String a, String sign, String b) {
    check(VersionScheme.MAVEN, a, sign, b);
  }

  @Test
  void debiansVersionsOrderAsDpkgItselfSays() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/dpkg")), "there is no dpkg to judge");
    List<String> versions = new ArrayList<>(List.of("1.0", "1.0~rc1", "1.0~~", "1.0+b1", "1.0-1", "1:0.9-1", "1.0-1~deb12u1", "1.0-1+deb12u1", "1.0a", "1.0.1", "1.00", "0:1.0", "1.0-1.1", "7.6p2-4", "1.0-0", "1.1.1k-1+deb11u1", "1.1.1k-1+deb11u2"));
    Random random = new Random(20261201);
    while (versions.size() < 45) {
      StringBuilder version = new StringBuilder(random.nextInt(6) == 0 ? random.nextInt(3) + ":" : "").append(random.nextInt(3));
      int length = random.nextInt(7);
      for (int i = 0; i < length; i++) {
        version.append("0123456789abz.+~".charAt(random.nextInt(16)));
      }
      versions.add(version + (random.nextBoolean() ? "-" + random.nextInt(12) + (random.nextBoolean() ? "~b" : "+u" + random.nextInt(11)) : ""));
    }
    StringBuilder script = new StringBuilder();
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < versions.size(); i++) {
      for (int j = i + 1; j < versions.size(); j += 1 + i % 3) {
        String a = versions.get(i);
        String b = versions.get(j);
        pairs.add(a + " " + b);
        script.append("if dpkg --compare-versions '" + a + "' lt '" + b + "'; then echo -1; elif dpkg --compare-versions '" + a + "' eq '" + b + "'; then echo 0; else echo 1; fi\n");
      }
    }
    Process judge = new ProcessBuilder("sh").redirectErrorStream(true).start();
    Thread feeder = Thread.startVirtualThread(() -> feed(judge, script.toString()));
    List<String> verdicts = new String(judge.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).lines().toList();
    feeder.join();
    assertThat(verdicts).hasSameSizeAs(pairs);
    for (int i = 0; i < pairs.size(); i++) {
      String[] pair = pairs.get(i).split(" ");
      assertThat(Integer.signum(VersionScheme.DPKG.compare(pair[0], pair[1]))).as(pairs.get(i)).isEqualTo(Integer.parseInt(verdicts.get(i)));
    }
  }

  private static void feed(Process judge, String script) {
    try (var out = judge.getOutputStream()) {
      out.write(script.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Whatever somebody writes into a package's metadata: an order all the same, and no failure. */
  @ParameterizedTest
  @EnumSource(VersionScheme.class)
  void anyTextsHaveAnOrder(VersionScheme scheme) {
    Random random = new Random(scheme.ordinal());
    for (int round = 0; round < 20_000; round++) {
      String a = text(random);
      String b = text(random);
      assertThat(Integer.signum(scheme.compare(a, b))).as("\"%s\" and \"%s\"", a, b).isEqualTo(-Integer.signum(scheme.compare(b, a)));
      assertThat(scheme.compare(a, a)).isZero();
    }
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(12);
    for (int i = 0; i < length; i++) {
      text.append("0123459abrcvz.-_+~^:! é".charAt(random.nextInt(23)));
    }
    return text.toString();
  }
}
