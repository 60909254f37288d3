package dev.proa.scan.report;

import dev.proa.scan.inventory.PackageRecord;
import dev.proa.scan.match.Finding;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** SARIF 2.1.0 (OASIS): a rule for each flaw, a result for each package that has it. */
public final class SarifReport {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private SarifReport() {}

  public static byte[] of(ScanResult result) {
    ObjectNode root =
        JSON.createObjectNode().put("$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json").put("version", "2.1.0");
    ObjectNode run = root.putArray("runs").addObject();
    ObjectNode driver = run.putObject("tool").putObject("driver").put("name", "Proa");
    ArrayNode rules = driver.putArray("rules");
    ArrayNode results = run.putArray("results");
    Map<String, Integer> indexes = new LinkedHashMap<>();
    for (Finding finding : result.findings()) {
      int rule = indexes.computeIfAbsent(finding.id(), id -> rule(rules, finding));
      results.add(result(result, finding, rule));
    }
    for (var ignored : result.ignored()) {
      int rule = indexes.computeIfAbsent(ignored.finding().id(), id -> rule(rules, ignored.finding()));
      ObjectNode node = result(result, ignored.finding(), rule);
      node.putArray("suppressions").addObject().put("kind", "external").put("justification", ignored.rule().reason());
      results.add(node);
    }
    ArrayNode invocations = run.putArray("invocations");
    ObjectNode invocation = invocations.addObject().put("executionSuccessful", true);
    ArrayNode notifications = invocation.putArray("toolExecutionNotifications");
    result
        .notices()
        .forEach(
            notice ->
                notifications.addObject().put("level", "warning").putObject("message").put("text", notice.where().isEmpty() ? notice.text() : notice.where() + ": " + notice.text()));
    return JSON.writeValueAsBytes(root);
  }

  private static int rule(ArrayNode rules, Finding finding) {
    ObjectNode rule = rules.addObject().put("id", finding.id());
    rule.putObject("shortDescription").put("text", finding.summary().isEmpty() ? finding.id() : finding.summary());
    if (!finding.url().isEmpty()) {
      rule.put("helpUri", finding.url());
    }
    ObjectNode properties = rule.putObject("properties");
    if (finding.score() >= 0) {
      properties.put("security-severity", String.format(Locale.ROOT, "%.1f", finding.score()));
    }
    properties.putArray("tags").add("security").add("vulnerability");
    return rules.size() - 1;
  }

  private static ObjectNode result(ScanResult result, Finding finding, int rule) {
    PackageRecord record = finding.installed().record();
    ObjectNode node = JSON.createObjectNode().put("ruleId", finding.id()).put("ruleIndex", rule).put("level", level(finding));
    node.putObject("message")
        .put(
            "text",
            record.name() + " " + record.version() + " has " + finding.id() + " (" + finding.severity().word() + "), "
                + (finding.fixed().isEmpty() ? "not fixed" : "fixed in " + finding.fixed()));
    String path = finding.installed().paths().isEmpty() ? "" : finding.installed().paths().getFirst();
    ObjectNode location = node.putArray("locations").addObject();
    ObjectNode physical = location.putObject("physicalLocation");
    physical.putObject("artifactLocation").put("uri", Uris.path(path));
    physical.putObject("region").put("startLine", 1);
    location.putObject("message").put("text", result.title() + ", layer " + result.layers().get(finding.installed().layer()));
    node.putObject("partialFingerprints").put("proaPackage", finding.id() + "/" + PackageUrl.of(record, result.inventory().distribution()));
    return node;
  }

  private static String level(Finding finding) {
    return switch (finding.severity()) {
      case CRITICAL, HIGH -> "error";
      case MEDIUM, UNKNOWN -> "warning";
      case LOW, NEGLIGIBLE -> "note";
    };
  }
}
