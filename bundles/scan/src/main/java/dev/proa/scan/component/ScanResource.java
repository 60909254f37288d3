package dev.proa.scan.component;

import dev.proa.scan.advisory.AdvisoryDatabase;
import dev.proa.scan.advisory.AdvisoryImport;
import dev.proa.scan.advisory.Metadata;
import dev.proa.scan.inventory.LayerCache;
import dev.proa.scan.match.IgnoreFile;
import dev.proa.scan.match.Selection;
import dev.proa.scan.report.JsonReport;
import dev.proa.scan.report.ScanResult;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.api.ApiAnswer;
import dev.proa.spi.api.ApiRequest;
import dev.proa.spi.api.ApiResource;
import dev.proa.spi.image.ImageContent;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** {@code /proa/scan}: images, and the database of advisories. */
public class ScanResource implements ApiResource {
  public static final String NAME = "scan";
  private static final String JSON = "application/json";
  private static final int MAX_IGNORE_FILE = 1 << 20;

  /** Each reads layers of any size: more of them at a time would only be slower. */
  private static final int SCANS_AT_A_TIME = 2;

  private final Semaphore scans = new Semaphore(SCANS_AT_A_TIME);
  private volatile Settings settings = Settings.DEFAULTS;
  private volatile @Nullable DriverContext context;

  /** Counts from the next request on. */
  final void settings(Settings now) {
    settings = now;
  }

  @Override
  public void open(DriverContext opened) {
    context = opened;
  }

  @Override
  public void close() {
    context = null;
  }

  private DriverContext context() {
    DriverContext now = context;
    if (now == null) {
      throw ProaException.unavailable("the scanner is not open", null);
    }
    return now;
  }

  @Override
  public void answer(ApiRequest request, ApiAnswer answer) throws IOException {
    try {
      switch (request.method() + " " + request.path()) {
        case "POST /image" -> scan(request, answer);
        case "GET /db" -> info(answer);
        case "POST /db" -> importAdvisories(request, answer);
        default -> throw ProaException.notFound("page not found");
      }
    } catch (InterruptedIOException e) {
      throw ProaException.unavailable(String.valueOf(e.getMessage()), e);
    }
  }

  // ---- images

  private void scan(ApiRequest request, ApiAnswer answer) throws IOException {
    String name = request.parameter("image");
    if (name.isEmpty()) {
      throw ProaException.invalid("no image is named: use the parameter image");
    }
    ReportFormat format = ReportFormat.of(request.parameter("format"));
    Selection selection = Selection.of(request.parameter("severity"), request.flag("ignore-unfixed"), ignoreFile(request));
    acquire();
    try (ImageContent image = request.images().open(name)) {
      DriverContext now = context();
      LayerCache cache = new LayerCache(now.stateDir().resolve("layers"), settings.cacheBytes());
      ImageScan scan = new ImageScan(now.stateDir().resolve("db"), now.runDir(), cache, settings);
      ScanResult result = scan.of(image, name, selection, request.flag("offline"));
      byte[] body = format.write(result, !request.parameter("packages").equals("0"));
      answer.header("Proa-Findings", String.valueOf(result.findings().size()));
      answer.header("Proa-Advisories", String.valueOf(result.database().generation()));
      answer.header("Proa-Notices", String.valueOf(result.notices().size()));
      answer.send(200, format.mediaType(), body);
    } finally {
      scans.release();
    }
  }

  private void acquire() throws InterruptedIOException {
    try {
      scans.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the scan was canceled");
    }
  }

  private static IgnoreFile ignoreFile(ApiRequest request) throws IOException {
    byte[] body = request.body().readNBytes(MAX_IGNORE_FILE + 1);
    if (body.length > MAX_IGNORE_FILE) {
      throw ProaException.invalid("the ignore file is longer than " + MAX_IGNORE_FILE + " bytes");
    }
    return IgnoreFile.parse(new String(body, StandardCharsets.UTF_8));
  }

  // ---- advisories

  private void info(ApiAnswer answer) throws IOException {
    DriverContext now = context();
    Map.Entry<Long, Long> kept = new LayerCache(now.stateDir().resolve("layers"), settings.cacheBytes()).size();
    Optional<AdvisoryDatabase> database = AdvisoryDatabase.open(AdvisoryImport.file(now.stateDir().resolve("db")));
    try {
      Metadata metadata = database.map(AdvisoryDatabase::metadata).orElse(Metadata.EMPTY);
      answer.send(200, JSON, JsonReport.info(metadata, database.map(AdvisoryDatabase::size).orElse(0L), kept.getKey(), kept.getValue(), settings.mirror()));
    } finally {
      database.ifPresent(AdvisoryDatabase::close);
    }
  }

  private void importAdvisories(ApiRequest request, ApiAnswer answer) throws IOException {
    String source = request.parameter("source");
    String url = request.parameter("url");
    try (AdvisoryImport work = new AdvisoryImport(context().stateDir().resolve("db"))) {
      if (url.isEmpty()) {
        work.add(request.body(), source.isEmpty() ? "the request" : source);
      } else {
        new Mirror(url).fetch(request.query("ecosystem"), work);
      }
      AdvisoryImport.Result result = work.finish(url.isEmpty() ? source : url);
      answer.send(200, JSON, JsonReport.imported(result));
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new ProaException(ErrorClass.INTERNAL, "cannot import advisories from " + (url.isEmpty() ? source : url) + ": " + e.getMessage(), e);
    }
  }
}
