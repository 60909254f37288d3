package dev.proa.scan.report;

import dev.proa.scan.advisory.Severity;
import dev.proa.scan.inventory.Distribution;
import dev.proa.scan.inventory.ImageInventory.Installed;
import dev.proa.scan.inventory.PackageRecord;
import dev.proa.scan.inventory.PackageType;
import dev.proa.scan.match.Finding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.cyclonedx.Version;
import org.cyclonedx.exception.GeneratorException;
import org.cyclonedx.generators.json.BomJsonGenerator;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.model.License;
import org.cyclonedx.model.LicenseChoice;
import org.cyclonedx.model.Metadata;
import org.cyclonedx.model.Property;
import org.cyclonedx.model.metadata.ToolInformation;
import org.cyclonedx.model.vulnerability.Vulnerability;

/** CycloneDX 1.6, JSON: the packages as components, what is wrong with them as vulnerabilities. */
public final class CycloneDxReport {
  private final ScanResult result;
  private final Distribution distribution;
  private final Map<PackageRecord, Integer> numbers = new HashMap<>();

  private CycloneDxReport(ScanResult result) {
    this.result = result;
    this.distribution = result.inventory().distribution();
  }

  public static byte[] of(ScanResult result) throws IOException {
    try {
      return new BomJsonGenerator(new CycloneDxReport(result).bom(), Version.VERSION_16).toJsonString(false).getBytes(StandardCharsets.UTF_8);
    } catch (GeneratorException e) {
      throw new IOException("cannot write the CycloneDX document: " + e.getMessage(), e);
    }
  }

  private Bom bom() {
    Bom bom = new Bom();
    bom.setSerialNumber("urn:uuid:" + UUID.randomUUID());
    Metadata metadata = new Metadata();
    metadata.setTimestamp(Date.from(result.when()));
    Component proa = new Component();
    proa.setType(Component.Type.APPLICATION);
    proa.setName("Proa");
    ToolInformation tools = new ToolInformation();
    tools.setComponents(List.of(proa));
    metadata.setToolChoice(tools);
    Component image = new Component();
    image.setType(Component.Type.CONTAINER);
    image.setName(result.title());
    image.setVersion(result.imageId());
    image.setBomRef(result.imageId());
    metadata.setComponent(image);
    bom.setMetadata(metadata);
    if (!distribution.id().isEmpty()) {
      Component system = new Component();
      system.setType(Component.Type.OPERATING_SYSTEM);
      system.setName(distribution.id());
      system.setVersion(distribution.version());
      system.setDescription(distribution.prettyName());
      system.setBomRef("distribution");
      bom.addComponent(system);
    }
    result.inventory().packages().forEach(each -> bom.addComponent(component(each)));
    bom.setVulnerabilities(vulnerabilities());
    return bom;
  }

  /** Unique: some packages differ in what their package URLs do not tell. */
  private String ref(Installed installed) {
    return PackageUrl.of(installed.record(), distribution) + "#" + numbers.computeIfAbsent(installed.record(), record -> numbers.size());
  }

  private Component component(Installed installed) {
    PackageRecord record = installed.record();
    Component component = new Component();
    component.setType(Component.Type.LIBRARY);
    int split = record.type() == PackageType.MAVEN ? record.name().indexOf(':') : record.name().startsWith("@") ? record.name().indexOf('/') : -1;
    if (split > 0) {
      component.setGroup(record.name().substring(0, split));
    }
    component.setName(record.name().substring(split + 1));
    component.setVersion(record.version());
    component.setPurl(PackageUrl.of(record, distribution));
    component.setBomRef(ref(installed));
    if (!record.license().isEmpty()) {
      License license = new License();
      license.setName(record.license());
      LicenseChoice choice = new LicenseChoice();
      choice.addLicense(license);
      component.setLicenses(choice);
    }
    component.addProperty(property("proa:layer", result.layers().get(installed.layer())));
    if (record.type().ofDistribution()) {
      component.addProperty(property("proa:source", record.source() + " " + record.sourceVersion()));
    }
    installed.paths().forEach(path -> component.addProperty(property("proa:path", path)));
    return component;
  }

  private static Property property(String name, String value) {
    Property property = new Property();
    property.setName(name);
    property.setValue(value);
    return property;
  }

  /** One for each flaw, whatever packages have it. */
  private List<Vulnerability> vulnerabilities() {
    Map<String, Vulnerability> byId = new LinkedHashMap<>();
    for (Finding finding : result.findings()) {
      Vulnerability vulnerability = byId.computeIfAbsent(finding.id(), id -> vulnerability(finding));
      Vulnerability.Affect affect = new Vulnerability.Affect();
      affect.setRef(ref(finding.installed()));
      List<Vulnerability.Affect> affects = new ArrayList<>(vulnerability.getAffects() == null ? List.of() : vulnerability.getAffects());
      affects.add(affect);
      vulnerability.setAffects(affects);
    }
    return List.copyOf(byId.values());
  }

  private static Vulnerability vulnerability(Finding finding) {
    Vulnerability vulnerability = new Vulnerability();
    vulnerability.setBomRef("vulnerability:" + finding.id());
    vulnerability.setId(finding.id());
    Vulnerability.Rating rating = new Vulnerability.Rating();
    rating.setSeverity(severity(finding.severity()));
    if (finding.score() >= 0) {
      rating.setScore(finding.score());
      rating.setVector(finding.vector());
      rating.setMethod(method(finding.vector()));
    }
    vulnerability.setRatings(List.of(rating));
    if (!finding.summary().isEmpty()) {
      vulnerability.setDescription(finding.summary());
    }
    if (!finding.fixed().isEmpty()) {
      vulnerability.setRecommendation("update to " + finding.fixed());
    }
    if (!finding.url().isEmpty()) {
      Vulnerability.Advisory advisory = new Vulnerability.Advisory();
      advisory.setUrl(finding.url());
      vulnerability.setAdvisories(List.of(advisory));
    }
    return vulnerability;
  }

  private static Vulnerability.Rating.Method method(String vector) {
    if (vector.startsWith("CVSS:4")) {
      return Vulnerability.Rating.Method.CVSSV4;
    }
    return vector.startsWith("CVSS:3.1") ? Vulnerability.Rating.Method.CVSSV31 : vector.startsWith("CVSS:3") ? Vulnerability.Rating.Method.CVSSV3 : Vulnerability.Rating.Method.CVSSV2;
  }

  private static Vulnerability.Rating.Severity severity(Severity severity) {
    return switch (severity) {
      case CRITICAL -> Vulnerability.Rating.Severity.CRITICAL;
      case HIGH -> Vulnerability.Rating.Severity.HIGH;
      case MEDIUM -> Vulnerability.Rating.Severity.MEDIUM;
      case LOW -> Vulnerability.Rating.Severity.LOW;
      case NEGLIGIBLE -> Vulnerability.Rating.Severity.INFO;
      case UNKNOWN -> Vulnerability.Rating.Severity.UNKNOWN;
    };
  }
}
