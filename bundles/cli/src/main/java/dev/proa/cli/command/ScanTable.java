package dev.proa.cli.command;

import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A scan's result for people. */
final class ScanTable {
  private static final int TITLE = 60;
  private static final int DIGEST = 12;

  private final @Nullable Object report;
  private final PrintStream out;
  private final boolean colours;
  private final boolean whole;

  ScanTable(@Nullable Object report, PrintStream out, boolean colours, boolean whole) {
    this.report = report;
    this.out = out;
    this.colours = colours;
    this.whole = whole;
  }

  void print(boolean packages) {
    head();
    if (packages) {
      packages();
    } else {
      findings();
    }
  }

  private void head() {
    String distribution = Json.text(report, "Distribution", "Name");
    out.println(Json.text(report, "Image", "Name") + ": " + Json.text(report, "PackageCount") + " packages" + (distribution.isEmpty() ? "" : ", " + distribution));
    List<@Nullable Object> ecosystems = Json.list(report, "Database", "Ecosystems");
    if (!ecosystems.isEmpty()) {
      Instant oldest = ecosystems.stream().map(each -> Instant.parse(Json.text(each, "Imported"))).min(Instant::compareTo).orElseThrow();
      out.println("Advisories: generation " + Json.text(report, "Database", "Generation") + ", imported " + age(oldest) + " ago");
    }
    out.println();
  }

  static String age(Instant since) {
    Duration age = Duration.between(since, Instant.now());
    return age.toDays() > 1 ? age.toDays() + " days" : age.toHours() > 1 ? age.toHours() + " hours" : age.toMinutes() > 1 ? age.toMinutes() + " minutes" : "a minute";
  }

  private void packages() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("TYPE", "PACKAGE", "VERSION", "SOURCE", "LAYER"));
    for (Object each : Json.list(report, "Packages")) {
      lines.add(List.of(Json.text(each, "Type"), Json.text(each, "Name"), Json.text(each, "Version"), Json.text(each, "Source"), layer(each)));
    }
    Table.printAligned(out, lines);
  }

  private void findings() {
    List<@Nullable Object> findings = Json.list(report, "Findings");
    if (!findings.isEmpty()) {
      List<List<String>> lines = new ArrayList<>();
      lines.add(List.of("SEVERITY", "ID", "PACKAGE", "INSTALLED", "FIXED", "LAYER", "TITLE"));
      for (Object each : findings) {
        String title = Json.text(each, "Summary");
        lines.add(
            List.of(
                Json.text(each, "Severity"),
                Json.text(each, "Id"),
                Json.text(each, "Package", "Name"),
                Json.text(each, "Package", "Version"),
                Json.text(each, "Fixed").isEmpty() ? "-" : Json.text(each, "Fixed"),
                layer(each, "Package"),
                whole || title.length() <= TITLE ? title : title.substring(0, TITLE - 1) + "…"));
      }
      ColouredLines.print(out, lines, colours);
      out.println();
    }
    out.println(summary(findings.size()));
  }

  private String summary(int findings) {
    List<String> counts = new ArrayList<>();
    for (String severity : List.of("critical", "high", "medium", "low", "negligible", "unknown")) {
      String count = Json.text(report, "Summary", severity);
      if (!count.equals("0")) {
        counts.add(count + " " + severity);
      }
    }
    int ignored = Json.list(report, "Ignored").size();
    boolean looked = !Json.list(report, "Database", "Ecosystems").isEmpty();
    String what = findings == 0 ? looked ? "Nothing found" : "Nothing was looked up" : findings + (findings == 1 ? " finding: " : " findings: ") + String.join(", ", counts);
    return what + (ignored == 0 ? "" : "; " + ignored + " ignored");
  }

  private String layer(@Nullable Object each, String... inside) {
    Object installed = inside.length == 0 ? each : Json.object(each).get(inside[0]);
    String digest = Json.text(installed, "Layer").replace("sha256:", "");
    return Json.text(installed, "LayerIndex") + ":" + (whole || digest.length() < DIGEST ? digest : digest.substring(0, DIGEST));
  }
}
