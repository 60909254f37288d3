package dev.proa.scan.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.scan.Image;
import dev.proa.scan.advisory.AdvisoryDatabase;
import dev.proa.scan.advisory.AdvisoryImport;
import dev.proa.scan.inventory.ImageInventory;
import dev.proa.scan.match.IgnoreFile;
import dev.proa.scan.match.Matcher;
import dev.proa.scan.match.Selection;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.cyclonedx.Version;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.spdx.jacksonstore.MultiFormatStore;
import org.spdx.library.SpdxModelFactory;
import org.spdx.library.model.v2.SpdxDocument;
import org.spdx.storage.simple.InMemSpdxStore;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One image with a package of every kind, some with odd texts, in each format. */
class ReportsTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path folder;
  private ScanResult result;

  @BeforeEach
  void scan() throws Exception {
    ImageInventory inventory =
        ImageInventory.of(
            List.of(
                Image.layer()
                    .file("etc/os-release", "ID=debian\nVERSION_ID=\"11\"\nPRETTY_NAME=\"Debian GNU/Linux 11 (bullseye)\"\n")
                    .file("var/lib/dpkg/status", "Package: libssl1.1\nStatus: install ok installed\nSource: openssl\nArchitecture: amd64\nVersion: 1:1.1.1k-1+deb11u1\n\n")
                    .scan(folder),
                Image.layer()
                    .file("a b:c/ü%/node_modules/@s/x/package.json", "{\"name\":\"@s/x\",\"version\":\"1.0.0\",\"license\":\"(MIT OR <odd> \\u0007 text)\"}")
                    .file("lib.jar", Image.zip("META-INF/maven/org.acme/a/pom.properties", "groupId=org.acme\nartifactId=a\nversion=1\n"))
                    .file("p/requests-2.31.0.dist-info/METADATA", "Name: requests\nVersion: 2.31.0\nLicense: Apache 2.0\n\n")
                    .scan(folder)));
    try (AdvisoryImport work = new AdvisoryImport(folder)) {
      work.add(
          new ByteArrayInputStream(
              Image.zip(
                  "1.json",
                  "{\"id\":\"DEBIAN-CVE-2022-0778\",\"modified\":\"2026-01-01T00:00:00Z\",\"upstream\":[\"CVE-2022-0778\"],\"severity\":[{\"type\":\"CVSS_V3\",\"score\":\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H\"}],\"references\":[{\"type\":\"ADVISORY\",\"url\":\"https://example.org/x?a=b\"}],\"affected\":[{\"package\":{\"ecosystem\":\"Debian:11\",\"name\":\"openssl\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"1:1.1.1k-1+deb11u2\"}]}]}]}",
                  "2.json",
                  "{\"id\":\"GHSA-xxxx\",\"modified\":\"2026-01-01T00:00:00Z\",\"severity\":[{\"type\":\"CVSS_V4\",\"score\":\"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N\"}],\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"@s/x\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"0\"}]}]}]}")),
          "osv.zip");
      work.finish("osv.zip");
    }
    try (AdvisoryDatabase database = AdvisoryDatabase.open(AdvisoryImport.file(folder)).orElseThrow()) {
      Matcher.Result matched = Matcher.match(inventory, database);
      assertThat(matched.findings()).extracting(each -> each.id() + " " + each.severity() + " " + each.score()).containsExactly("GHSA-xxxx CRITICAL 9.3", "CVE-2022-0778 HIGH 7.5");
      Selection.Selected selected = Selection.of("", false, IgnoreFile.parse("GHSA-xxxx looked at")).of(new ArrayList<>(matched.findings()), LocalDate.of(2026, 1, 1));
      List<String> layers = List.of("sha256:" + "a".repeat(64), "sha256:" + "b".repeat(64));
      result =
          new ScanResult(
              "x:1", "sha256:" + "c".repeat(64), List.of("x:1"), List.of(), layers, inventory, database.metadata(), matched.findings(), selected.ignored(), matched.notices(), Instant.parse("2026-12-01T10:00:00.5Z"));
    }
  }

  @Test
  void cycloneDxDocumentsAreValidByTheirOfficialSchema() throws Exception {
    byte[] document = CycloneDxReport.of(result);
    assertThat(new JsonParser().validate(document, Version.VERSION_16)).isEmpty();
    JsonNode root = JSON.readTree(document);
    assertThat(root.path("components").size()).isEqualTo(result.inventory().packages().size() + 1);
    assertThat(root.path("vulnerabilities").size()).isEqualTo(2);
    String broken = new String(document, StandardCharsets.UTF_8).replace("\"library\"", "\"nothing\"");
    assertThat(new JsonParser().validate(broken.getBytes(StandardCharsets.UTF_8), Version.VERSION_16)).as("the check can fail").isNotEmpty();
  }

  @Test
  void spdxDocumentsAreValidBySpdxsOwnLibrary() throws Exception {
    byte[] document = SpdxReport.of(result);
    SpdxModelFactory.init();
    SpdxDocument read = new MultiFormatStore(new InMemSpdxStore(), MultiFormatStore.Format.JSON).deSerialize(new ByteArrayInputStream(document), false);
    assertThat(read.verify()).isEmpty();
    assertThat(JSON.readTree(document).path("packages").size()).isEqualTo(result.inventory().packages().size() + 1);
    byte[] broken = new String(document, StandardCharsets.UTF_8).replace("SPDX-2.3", "SPDX-0").replace("\"NOASSERTION\",\"downloadLocation\":\"NOASSERTION\"", "\"\",\"downloadLocation\":\"no place\"").getBytes(StandardCharsets.UTF_8);
    assertThat(problems(broken)).as("the check can fail").isNotEmpty();
  }

  private static List<String> problems(byte[] document) {
    try {
      return new MultiFormatStore(new InMemSpdxStore(), MultiFormatStore.Format.JSON).deSerialize(new ByteArrayInputStream(document), false).verify();
    } catch (Exception e) {
      return List.of(String.valueOf(e.getMessage()));
    }
  }

  @Test
  void sarifTellsRulesResultsAndWhatWasIgnored() throws Exception {
    JsonNode run = JSON.readTree(SarifReport.of(result)).path("runs").path(0);
    assertThat(run.path("tool").path("driver").path("rules").size()).isEqualTo(2);
    assertThat(run.path("results").size()).isEqualTo(3);
    assertThat(run.path("results").path(2).path("suppressions").path(0).path("justification").asString("")).isEqualTo("looked at");
    for (JsonNode each : run.path("results")) {
      String uri = each.path("locations").path(0).path("physicalLocation").path("artifactLocation").path("uri").asString("");
      assertThat(java.net.URI.create(uri).isAbsolute()).as(uri).isFalse();
      assertThat(each.path("ruleId").asString("")).isEqualTo(run.path("tool").path("driver").path("rules").path(each.path("ruleIndex").asInt()).path("id").asString(""));
    }
  }

  @Test
  void jsonTellsEverything() throws Exception {
    JsonNode root = JSON.readTree(JsonReport.of(result, true));
    assertThat(root.path("PackageCount").asInt()).isEqualTo(root.path("Packages").size()).isEqualTo(4);
    assertThat(root.path("Findings").path(1).path("Package").path("Purl").asString("")).isEqualTo("pkg:deb/debian/libssl1.1@1:1.1.1k-1%2Bdeb11u1?arch=amd64&distro=debian-11");
    assertThat(root.path("Findings").path(1).path("Fixed").asString("")).isEqualTo("1:1.1.1k-1+deb11u2");
    assertThat(root.path("Notices").toString()).contains("1 packages of type maven were not looked up");
  }
}
