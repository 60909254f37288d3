package dev.proa.scan.report;

import dev.proa.scan.advisory.Metadata;
import dev.proa.scan.advisory.Severity;
import dev.proa.scan.inventory.Distribution;
import dev.proa.scan.inventory.ImageInventory.Installed;
import dev.proa.scan.inventory.Notice;
import dev.proa.scan.inventory.PackageRecord;
import dev.proa.scan.match.Finding;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Everything, in the form of the Engine API. */
public final class JsonReport {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final ScanResult result;

  private JsonReport(ScanResult result) {
    this.result = result;
  }

  /** @param packages whether the packages are listed, findings or not */
  public static byte[] of(ScanResult result, boolean packages) {
    return JSON.writeValueAsBytes(new JsonReport(result).root(packages));
  }

  private ObjectNode root(boolean packages) {
    ObjectNode root = JSON.createObjectNode().put("SchemaVersion", 1).put("Created", result.when().toString());
    ObjectNode image = root.putObject("Image").put("Name", result.title()).put("Id", result.imageId());
    texts(image.putArray("RepoTags"), result.names());
    texts(image.putArray("RepoDigests"), result.digests());
    texts(image.putArray("Layers"), result.layers());
    Distribution distribution = result.inventory().distribution();
    root.putObject("Distribution").put("Id", distribution.id()).put("Version", distribution.version()).put("Name", distribution.prettyName());
    root.set("Database", database(result.database()));
    root.put("PackageCount", result.inventory().packages().size());
    if (packages) {
      ArrayNode list = root.putArray("Packages");
      result.inventory().packages().forEach(each -> list.add(installed(each)));
    }
    ObjectNode summary = root.putObject("Summary");
    for (Severity severity : Severity.values()) {
      summary.put(severity.word(), result.findings().stream().filter(finding -> finding.severity() == severity).count());
    }
    ArrayNode findings = root.putArray("Findings");
    result.findings().forEach(each -> findings.add(finding(each)));
    ArrayNode ignored = root.putArray("Ignored");
    result
        .ignored()
        .forEach(
            each -> {
              ObjectNode node = finding(each.finding());
              node.put("Reason", each.rule().reason());
              each.rule().until().ifPresent(until -> node.put("Until", until.toString()));
              ignored.add(node);
            });
    root.set("Notices", notices(result.notices()));
    return root;
  }

  private static void texts(ArrayNode to, List<String> values) {
    values.forEach(to::add);
  }

  static ObjectNode database(Metadata metadata) {
    ObjectNode database = JSON.createObjectNode().put("Generation", metadata.generation()).put("Written", metadata.written().toString());
    ArrayNode ecosystems = database.putArray("Ecosystems");
    metadata
        .ecosystems()
        .forEach(
            (name, content) ->
                ecosystems
                    .addObject()
                    .put("Name", name)
                    .put("Entries", content.entries())
                    .put("Imported", content.imported().toString())
                    .put("Source", content.source())
                    .put("Newest", content.newest().toString()));
    return database;
  }

  static ArrayNode notices(List<Notice> notices) {
    ArrayNode list = JSON.createArrayNode();
    notices.forEach(notice -> list.addObject().put("Where", notice.where()).put("Text", notice.text()));
    return list;
  }

  private ObjectNode installed(Installed installed) {
    PackageRecord record = installed.record();
    ObjectNode node =
        JSON.createObjectNode()
            .put("Type", record.type().purlType())
            .put("Name", record.name())
            .put("Version", record.version())
            .put("Arch", record.arch())
            .put("Source", record.source())
            .put("SourceVersion", record.sourceVersion())
            .put("License", record.license())
            .put("Purl", PackageUrl.of(record, result.inventory().distribution()))
            .put("Layer", result.layers().get(installed.layer()))
            .put("LayerIndex", installed.layer());
    texts(node.putArray("Paths"), installed.paths());
    return node;
  }

  private ObjectNode finding(Finding finding) {
    ObjectNode node =
        JSON.createObjectNode()
            .put("Id", finding.id())
            .put("Severity", finding.severity().word())
            .put("Fixed", finding.fixed())
            .put("Summary", finding.summary())
            .put("Url", finding.url());
    if (finding.score() >= 0) {
      node.put("Score", finding.score()).put("Vector", finding.vector());
    }
    texts(node.putArray("Names"), finding.names());
    node.set("Package", installed(finding.installed()));
    return node;
  }

  /** What a database is, and what is kept of layers. */
  public static byte[] info(Metadata metadata, long bytes, long cachedLayers, long cachedBytes, String mirror) {
    ObjectNode root = database(metadata);
    root.put("Bytes", bytes).put("CachedLayers", cachedLayers).put("CachedBytes", cachedBytes).put("Mirror", mirror);
    return JSON.writeValueAsBytes(root);
  }

  /** What an import has done. */
  public static byte[] imported(dev.proa.scan.advisory.AdvisoryImport.Result result) {
    ObjectNode root = JSON.createObjectNode();
    root.put("Advisories", result.advisories()).put("Withdrawn", result.withdrawn()).put("Skipped", result.skipped());
    root.put("Archives", result.archives()).put("BrokenArchives", result.brokenArchives());
    ArrayNode over = root.putArray("OtherEcosystems");
    result.passedOver().forEach(over::add);
    root.set("Database", database(result.metadata()));
    root.set("Notices", notices(result.notices()));
    return JSON.writeValueAsBytes(root);
  }
}
