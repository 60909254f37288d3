package dev.proa.scan.report;

import dev.proa.scan.inventory.Distribution;
import dev.proa.scan.inventory.ImageInventory.Installed;
import dev.proa.scan.inventory.PackageRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.spdx.core.InvalidSPDXAnalysisException;
import org.spdx.jacksonstore.MultiFormatStore;
import org.spdx.library.ModelCopyManager;
import org.spdx.library.SpdxModelFactory;
import org.spdx.library.model.v2.ReferenceType;
import org.spdx.library.model.v2.SpdxDocument;
import org.spdx.library.model.v2.SpdxPackage;
import org.spdx.library.model.v2.enumerations.Purpose;
import org.spdx.library.model.v2.enumerations.ReferenceCategory;
import org.spdx.library.model.v2.enumerations.RelationshipType;
import org.spdx.library.model.v2.license.SpdxListedLicense;
import org.spdx.library.model.v2.license.SpdxNoAssertionLicense;
import org.spdx.storage.simple.InMemSpdxStore;

/** SPDX 2.3, JSON: the image, and the packages that it contains. What a package says of its licence is a comment: it is seldom an expression of SPDX's. */
public final class SpdxReport {
  private static final String PURL = "http://spdx.org/rdf/references/purl";

  private SpdxReport() {}

  public static byte[] of(ScanResult result) throws IOException {
    // The library would look up its list of licences in the network otherwise.
    System.setProperty("org.spdx.useJARLicenseInfoOnly", "true");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(SpdxReport.class.getClassLoader());
    try {
      SpdxModelFactory.init();
      MultiFormatStore store = new MultiFormatStore(new InMemSpdxStore(), MultiFormatStore.Format.JSON);
      document(result, store);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      store.serialize(out);
      return out.toByteArray();
    } catch (InvalidSPDXAnalysisException e) {
      throw new IOException("cannot write the SPDX document: " + e.getMessage(), e);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static void document(ScanResult result, MultiFormatStore store) throws InvalidSPDXAnalysisException {
    String uri = "urn:uuid:" + UUID.randomUUID();
    ModelCopyManager copies = new ModelCopyManager();
    SpdxDocument document = new SpdxDocument(store, uri, copies, true);
    document.setCreationInfo(document.createCreationInfo(List.of("Tool: Proa"), result.when().truncatedTo(ChronoUnit.SECONDS).toString()));
    document.setSpecVersion("SPDX-2.3");
    document.setName(result.title());
    document.setDataLicense(new SpdxListedLicense(store, uri, "CC0-1.0", copies, true));
    SpdxPackage image =
        document
            .createPackage("SPDXRef-image", result.title(), new SpdxNoAssertionLicense(), "NOASSERTION", new SpdxNoAssertionLicense())
            .setVersionInfo(result.imageId())
            .setDownloadLocation("NOASSERTION")
            .setFilesAnalyzed(false)
            .setPrimaryPurpose(Purpose.CONTAINER)
            .build();
    int number = 0;
    for (Installed installed : result.inventory().packages()) {
      SpdxPackage one = one(document, "SPDXRef-package-" + ++number, installed, result);
      image.addRelationship(document.createRelationship(one, RelationshipType.CONTAINS, null));
    }
    document.setDocumentDescribes(new ArrayList<>(List.of(image)));
  }

  private static SpdxPackage one(SpdxDocument document, String id, Installed installed, ScanResult result) throws InvalidSPDXAnalysisException {
    PackageRecord record = installed.record();
    Distribution distribution = result.inventory().distribution();
    SpdxPackage.SpdxPackageBuilder builder =
        document
            .createPackage(id, record.name(), new SpdxNoAssertionLicense(), "NOASSERTION", new SpdxNoAssertionLicense())
            .setVersionInfo(record.version())
            .setDownloadLocation("NOASSERTION")
            .setFilesAnalyzed(false)
            .setSourceInfo(
                (record.type().ofDistribution() ? "built from " + record.source() + " " + record.sourceVersion() + "; " : "")
                    + "brought by layer " + result.layers().get(installed.layer()) + ", found in " + String.join(", ", installed.paths()))
            .addExternalRef(
                document.createExternalRef(ReferenceCategory.PACKAGE_MANAGER, new ReferenceType(PURL), PackageUrl.of(record, distribution), null));
    if (!record.license().isEmpty()) {
      builder.setLicenseComments("its metadata say: " + record.license());
    }
    return builder.build();
  }
}
