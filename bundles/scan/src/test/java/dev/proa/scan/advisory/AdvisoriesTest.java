package dev.proa.scan.advisory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.scan.Image;
import dev.proa.scan.inventory.ImageInventory;
import dev.proa.scan.inventory.Notice;
import dev.proa.scan.match.Finding;
import dev.proa.scan.match.IgnoreFile;
import dev.proa.scan.match.Matcher;
import dev.proa.scan.match.Selection;
import dev.proa.scan.version.VersionScheme;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdvisoriesTest {
  @TempDir Path folder;

  private static String osv(String id, String ecosystem, String name, String events, String more) {
    return "{\"id\":\"%s\",\"modified\":\"2026-01-01T00:00:00Z\"%s,\"affected\":[{\"package\":{\"ecosystem\":\"%s\",\"name\":\"%s\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[%s]}]}]}"
        .formatted(id, more, ecosystem, name, events);
  }

  private AdvisoryImport.Result put(Object... archives) throws IOException {
    try (AdvisoryImport work = new AdvisoryImport(folder)) {
      for (Object each : archives) {
        work.add(new ByteArrayInputStream(each instanceof byte[] raw ? raw : ((String) each).getBytes(StandardCharsets.UTF_8)), "x.zip");
      }
      return work.finish("x.zip");
    } finally {
      try (var left = Files.newDirectoryStream(folder, "*.tmp")) {
        assertThat(left).isEmpty();
      }
    }
  }

  private List<String> ids(String ecosystem, String name) {
    try (AdvisoryDatabase database = AdvisoryDatabase.open(AdvisoryImport.file(folder)).orElseThrow()) {
      return database.of(ecosystem, name).stream().map(Advisory::id).sorted().toList();
    }
  }

  private List<Finding> findings(Image... layers) throws IOException {
    Path work = Files.createDirectories(folder.resolve("work"));
    List<dev.proa.scan.inventory.LayerContents> contents = new ArrayList<>();
    for (Image each : layers) {
      contents.add(each.scan(work));
    }
    try (AdvisoryDatabase database = AdvisoryDatabase.open(AdvisoryImport.file(folder)).orElseThrow()) {
      return Matcher.match(ImageInventory.of(contents), database).findings();
    }
  }

  private static final String ALWAYS = "{\"introduced\":\"0\"}";

  /** The examples of the schema's own text, and their edges. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0,f1.0.2|1.0.1|true", "0,f1.0.2|1.0.2|false", "1.0.0,f1.0.2,3.0.0,f3.2.5|2.0.0|false", "1.0.0,f1.0.2,3.0.0,f3.2.5|3.2.4|true", "1.0.0,f1.0.2,3.0.0,f3.2.5|0.9.0|false",
        "3.0.0,f3.2.5,1.0.0,f1.0.2|1.0.1|true", "0,l2.1.214|2.1.214|true", "0,l2.1.214|2.1.215|false", "1.0.0|99.0.0|true", "0,m2.0.0|1.9.9|true", "0,m2.0.0|2.0.0|false", "1.0.0,f2.0.0|2.0.0-rc.1|true"
      })
  void rangesAreReadAsTheSchemaSays(String events, String version, boolean affected) {
    List<Range.Event> list =
        Arrays.stream(events.split(","))
            .map(
                text ->
                    switch (text.charAt(0)) {
                      case 'f' -> new Range.Event(Range.Kind.FIXED, text.substring(1));
                      case 'l' -> new Range.Event(Range.Kind.LAST_AFFECTED, text.substring(1));
                      case 'm' -> new Range.Event(Range.Kind.LIMIT, text.substring(1));
                      default -> new Range.Event(Range.Kind.INTRODUCED, text);
                    })
            .toList();
    assertThat(new Range(list).affects(version, VersionScheme.SEMVER)).isEqualTo(affected);
  }

  /** Scores as FIRST's calculators give them. */
  @ParameterizedTest
  @CsvSource({
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H,10.0", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H,7.5", "AV:N/AC:L/Au:N/C:P/I:P/A:P,7.5",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N,9.3", "no vector,-1", "CVSS:3.1/AV:X,-1"
  })
  void vectorsHaveTheirScores(String vector, double score) {
    assertThat(Severity.score(vector)).isEqualTo(score);
  }

  @Test
  void everyExpectedFindingAndNoOther() throws Exception {
    put(
        Image.zip(
            "1.json", osv("DEBIAN-CVE-2022-0778", "Debian:11", "openssl", ALWAYS + ",{\"fixed\":\"1.1.1k-1+deb11u2\"}", ",\"upstream\":[\"CVE-2022-0778\"]"),
            "2.json", osv("DEBIAN-CVE-2023-1", "Debian:12", "openssl", ALWAYS, ""),
            "3.json", osv("DSA-1", "Debian:11", "openssl", ALWAYS + ",{\"fixed\":\"1.1.1k-1+deb11u2\"}", ",\"upstream\":[\"CVE-2022-0778\",\"CVE-2022-9999\"]"),
            "4.json", osv("GHSA-35jh-r3h4-6jhm", "npm", "lodash", ALWAYS + ",{\"fixed\":\"4.17.21\"}", ",\"aliases\":[\"CVE-2021-23337\"]"),
            "5.json", osv("OTHER-1", "npm", "lodash", ALWAYS + ",{\"fixed\":\"4.17.22\"}", ",\"aliases\":[\"CVE-2021-23337\"]"),
            "6.json", osv("GHSA-jfh8-c2jp-5v3q", "Maven", "org.apache.logging.log4j:log4j-core", "{\"introduced\":\"2.13.0\"},{\"fixed\":\"2.15.0\"}", ",\"aliases\":[\"CVE-2021-44228\"]"),
            "7.json", osv("PYSEC-1", "PyPI", "Zope.Interface", ALWAYS + ",{\"fixed\":\"5.0\"}", "")));
    Image image =
        Image.layer()
            .file("etc/os-release", "ID=debian\nVERSION_ID=11\n")
            .file("var/lib/dpkg/status", "Package: libssl1.1\nStatus: install ok installed\nSource: openssl\nVersion: 1.1.1k-1+deb11u1\n\nPackage: openssl\nStatus: install ok installed\nVersion: 1.1.1k-1+deb11u2\n\n")
            .file("a/node_modules/lodash/package.json", "{\"name\":\"lodash\",\"version\":\"4.17.20\"}")
            .file("b/node_modules/lodash/package.json", "{\"name\":\"lodash\",\"version\":\"4.17.22\"}")
            .file("log4j.jar", Image.zip("META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties", "groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n"))
            .file("x/zope.interface-4.7.dist-info/METADATA", "Name: zope.interface\nVersion: 4.7\n\n");
    assertThat(findings(image))
        .extracting(each -> each.id() + " " + each.installed().record().name() + " " + each.installed().record().version() + " -> " + each.fixed())
        .containsExactlyInAnyOrder(
            "CVE-2021-23337 lodash 4.17.20 -> 4.17.21",
            "DSA-1 libssl1.1 1.1.1k-1+deb11u1 -> 1.1.1k-1+deb11u2",
            "CVE-2022-0778 libssl1.1 1.1.1k-1+deb11u1 -> 1.1.1k-1+deb11u2",
            "CVE-2021-44228 org.apache.logging.log4j:log4j-core 2.14.1 -> 2.15.0",
            "PYSEC-1 zope-interface 4.7 -> 5.0");
  }

  @Test
  void anImportReplacesWhatItHasAndKeepsTheRest() throws Exception {
    put(Image.zip("a.json", osv("A", "npm", "x", ALWAYS, ""), "b.json", osv("B", "npm", "x", ALWAYS, ""), "c.json", osv("C", "PyPI", "y", ALWAYS, "")));
    AdvisoryImport.Result result = put(Image.zip("a.json", osv("A", "npm", "moved", ALWAYS, ""), "b.json", osv("B", "npm", "x", ALWAYS, ",\"withdrawn\":\"2026-01-02T00:00:00Z\"")));
    assertThat(ids("npm", "x")).isEmpty();
    assertThat(ids("npm", "moved")).containsExactly("A");
    assertThat(ids("PyPI", "y")).containsExactly("C");
    assertThat(result.metadata().generation()).isEqualTo(2);
    assertThat(result.withdrawn()).isEqualTo(1);
    assertThat(result.metadata().ecosystems().get("PyPI").imported()).isBefore(result.metadata().ecosystems().get("npm").imported());
  }

  @Test
  void aTruncatedArchiveIsLeftOutWholeWhereverItBreaksOff() throws Exception {
    put(osv("KEPT", "npm", "kept", ALWAYS, ""));
    byte[] whole = Image.zip("a.json", osv("A", "npm", "x", ALWAYS, ""), "b.json", osv("B", "npm", "x", ALWAYS, ""));
    for (int length = 5; length < whole.length; length += length < whole.length - 140 ? 17 : 1) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> put(cut)).as("%d of %d bytes", length, whole.length).hasMessageContaining("nothing was imported");
    }
    assertThat(ids("npm", "x")).isEmpty();
    assertThat(ids("npm", "kept")).containsExactly("KEPT");
    AdvisoryImport.Result result = put(Image.zip("good.zip", Image.zip("g.json", osv("G", "npm", "g", ALWAYS, "")), "cut.zip", Arrays.copyOf(whole, whole.length / 2), "h.json", osv("H", "npm", "h", ALWAYS, "")));
    assertThat(result.brokenArchives()).isEqualTo(1);
    assertThat(result.advisories()).isEqualTo(2);
    assertThat(result.notices()).extracting(Notice::where).containsExactly("cut.zip");
    assertThat(List.of(ids("npm", "g"), ids("npm", "h"), ids("npm", "x"))).containsExactly(List.of("G"), List.of("H"), List.of());
  }

  @Test
  void anAdvisoryThatCannotBeReadIsLeftOutAlone() throws Exception {
    AdvisoryImport.Result result = put(Image.zip("a.json", "{\"id\":", "b.json", "[".repeat(50_000), "c.json", "{}", "d.json", osv("D", "npm", "x", ALWAYS, ""), "e.json", osv("E", "Go", "x", ALWAYS, ""), "f.txt", "?"));
    assertThat(result.skipped()).isEqualTo(3);
    assertThat(result.notices()).extracting(Notice::where).containsExactly("x.zip!/a.json", "x.zip!/b.json", "x.zip!/c.json");
    assertThat(result.passedOver()).containsExactly("Go");
    assertThat(ids("npm", "x")).containsExactly("D");
  }

  @Test
  void manyAdvisoriesAreSortedOutsideOfMemory() throws Exception {
    Object[] members = new Object[24_000];
    String padding = "x".repeat(250);
    for (int i = 0; i < members.length; i += 2) {
      members[i] = i + ".json";
      members[i + 1] = osv("ID-" + i, "npm", "package-" + i % 3000, ALWAYS, ",\"summary\":\"" + padding + "\",\"aliases\":[\"" + padding + i + "\",\"" + padding + "\",\"a" + padding + "\",\"b" + padding + "\",\"c" + padding + "\"]");
    }
    assertThat(put(Image.zip(members)).metadata().ecosystems().get("npm").entries()).isEqualTo(12_000);
    assertThat(ids("npm", "package-10")).containsExactlyInAnyOrder("ID-10", "ID-3010", "ID-6010", "ID-9010", "ID-12010", "ID-15010", "ID-18010", "ID-21010");
  }

  @Test
  void aDamagedDatabaseIsSaidAndNeverTakenForAnother() throws Exception {
    put(Image.zip("a.json", osv("A", "npm", "x", ALWAYS, ""), "b.json", osv("B", "PyPI", "y", ALWAYS, "")));
    Path file = AdvisoryImport.file(folder);
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(7);
    for (int round = 0; round < 400; round++) {
      byte[] damaged = round % 8 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      if (damaged.length == whole.length) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(file, damaged);
      try {
        assertThat(ids("npm", "x")).isEqualTo(List.of("A"));
      } catch (dev.proa.spi.ProaException e) {
        assertThat(e).hasMessageContaining("import the advisories again");
      }
    }
    Files.write(file, Arrays.copyOf(whole, 20));
    assertThat(put(osv("N", "npm", "x", ALWAYS, "")).notices()).singleElement().satisfies(notice -> assertThat(notice.text()).contains("is lost"));
    assertThat(ids("npm", "x")).containsExactly("N");
  }

  @Test
  void twoImportsDoNotWorkAtATime() throws Exception {
    try (AdvisoryImport one = new AdvisoryImport(folder)) {
      assertThat(one).isNotNull();
      assertThatThrownBy(() -> new AdvisoryImport(folder)).hasMessageContaining("imported already");
    }
    new AdvisoryImport(folder).close();
  }

  @Test
  void anIgnoreFileNeedsReasonsAndItsLinesEnd() throws Exception {
    put(Image.zip("a.json", osv("CVE-2026-0001", "npm", "x", ALWAYS + ",{\"fixed\":\"2.0.0\"}", ""), "b.json", osv("CVE-2026-0002", "npm", "x", ALWAYS, ",\"database_specific\":{\"severity\":\"HIGH\"}")));
    List<Finding> all = findings(Image.layer().file("node_modules/x/package.json", "{\"name\":\"x\",\"version\":\"1.0.0\"}"));
    LocalDate today = LocalDate.of(2026, 12, 1);
    IgnoreFile file = IgnoreFile.parse("# looked at\n\nCVE-2026-0001 package=x until=2026-12-01 not reachable\nCVE-2026-0002 until=2026-11-30 for a while\nCVE-2026-0002 package=y other\n");
    Selection.Selected selected = Selection.of("", false, file).of(all, today);
    assertThat(selected.findings()).extracting(Finding::id).containsExactly("CVE-2026-0002");
    assertThat(selected.ignored()).singleElement().satisfies(each -> assertThat(each.rule().reason()).isEqualTo("not reachable"));
    assertThat(selected.notices()).singleElement().satisfies(notice -> assertThat(notice.where() + notice.text()).contains("line 4", "until 2026-11-30"));
    assertThat(Selection.of("medium", false, IgnoreFile.parse("")).of(all, today).findings()).extracting(Finding::id).containsExactly("CVE-2026-0002");
    assertThat(Selection.of("", true, IgnoreFile.parse("")).of(all, today).findings()).extracting(Finding::id).containsExactly("CVE-2026-0001");
    assertThatThrownBy(() -> IgnoreFile.parse("\nCVE-1 until=2026-01-01")).hasMessageContaining("line 2 of the ignore file gives no reason");
    assertThatThrownBy(() -> IgnoreFile.parse("CVE-1 until=soon x")).hasMessageContaining("\"soon\" is no day");
    assertThatThrownBy(() -> Selection.of("bad", false, file)).hasMessageContaining("no severity");
  }
}
