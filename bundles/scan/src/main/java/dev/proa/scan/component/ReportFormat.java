package dev.proa.scan.component;

import dev.proa.scan.report.CycloneDxReport;
import dev.proa.scan.report.JsonReport;
import dev.proa.scan.report.SarifReport;
import dev.proa.scan.report.ScanResult;
import dev.proa.scan.report.SpdxReport;
import dev.proa.spi.ProaException;
import java.io.IOException;

/** The forms in which a result is given. */
enum ReportFormat {
  JSON("application/json"),
  SARIF("application/sarif+json"),
  CYCLONEDX("application/vnd.cyclonedx+json"),
  SPDX("application/spdx+json");

  private final String mediaType;

  ReportFormat(String mediaType) {
    this.mediaType = mediaType;
  }

  String mediaType() {
    return mediaType;
  }

  /** @throws ProaException {@code INVALID_ARGUMENT} for one that there is not */
  static ReportFormat of(String name) {
    return switch (name) {
      case "", "json" -> JSON;
      case "sarif" -> SARIF;
      case "cyclonedx" -> CYCLONEDX;
      case "spdx" -> SPDX;
      default -> throw ProaException.invalid("there is no format \"" + name + "\": json, sarif, cyclonedx or spdx");
    };
  }

  /** @param packages whether packages without findings are listed too, where there is a choice */
  byte[] write(ScanResult result, boolean packages) throws IOException {
    return switch (this) {
      case JSON -> JsonReport.of(result, packages);
      case SARIF -> SarifReport.of(result);
      case CYCLONEDX -> CycloneDxReport.of(result);
      case SPDX -> SpdxReport.of(result);
    };
  }
}
