package dev.proa.scan.component;

import dev.proa.scan.advisory.AdvisoryDatabase;
import dev.proa.scan.advisory.AdvisoryImport;
import dev.proa.scan.advisory.Ecosystem;
import dev.proa.scan.advisory.Metadata;
import dev.proa.scan.inventory.ImageInventory;
import dev.proa.scan.inventory.LayerCache;
import dev.proa.scan.inventory.LayerContents;
import dev.proa.scan.inventory.LayerScan;
import dev.proa.scan.inventory.Notice;
import dev.proa.scan.match.Matcher;
import dev.proa.scan.match.Selection;
import dev.proa.scan.report.ScanResult;
import dev.proa.spi.ProaException;
import dev.proa.spi.image.ImageContent;
import dev.proa.spi.image.ImageContent.Layer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Scans one image: layers that are not known yet are read, some at a time; then their packages are looked up. */
final class ImageScan {
  private static final int LAYERS_AT_A_TIME = Math.min(4, Runtime.getRuntime().availableProcessors());

  private final Path databaseFolder;
  private final Path workFolder;
  private final LayerCache cache;
  private final Settings settings;

  ImageScan(Path databaseFolder, Path workFolder, LayerCache cache, Settings settings) {
    this.databaseFolder = databaseFolder;
    this.workFolder = workFolder;
    this.cache = cache;
    this.settings = settings;
  }

  /** @param offline whether a mirror, if there is one, is not asked */
  ScanResult of(ImageContent image, String asked, Selection selection, boolean offline) throws InterruptedIOException {
    List<Layer> layers = image.layers();
    ImageInventory inventory = ImageInventory.of(contents(image, layers));
    List<String> diffIds = layers.stream().map(Layer::diffId).toList();
    List<Notice> notices = new ArrayList<>();
    inventory
        .notices()
        .forEach((index, list) -> list.forEach(notice -> notices.add(new Notice("layer " + diffIds.get(index) + (notice.where().isEmpty() ? "" : ", " + notice.where()), notice.text()))));
    if (!offline && !settings.mirror().isEmpty()) {
      refresh(Matcher.families(inventory), notices);
    }
    Optional<AdvisoryDatabase> opened = AdvisoryDatabase.open(AdvisoryImport.file(databaseFolder));
    if (opened.isEmpty()) {
      notices.add(new Notice("", "there are no advisories: nothing was looked up; import some with proa scan --db import FILE"));
      return result(image, asked, diffIds, inventory, Metadata.EMPTY, selection.of(List.of(), today()), notices);
    }
    try (AdvisoryDatabase database = opened.get()) {
      Matcher.Result matched = Matcher.match(inventory, database);
      notices.addAll(matched.notices());
      return result(image, asked, diffIds, inventory, database.metadata(), selection.of(matched.findings(), today()), notices);
    }
  }

  private static LocalDate today() {
    return LocalDate.now(ZoneOffset.UTC);
  }

  private static ScanResult result(
      ImageContent image, String asked, List<String> layers, ImageInventory inventory, Metadata metadata, Selection.Selected selected, List<Notice> notices) {
    List<Notice> all = new ArrayList<>(notices);
    all.addAll(selected.notices());
    return new ScanResult(
        asked, image.id(), image.names(), image.digests(), layers, inventory, metadata, selected.findings(), selected.ignored(), all, Instant.now());
  }

  // ---- layers

  private List<LayerContents> contents(ImageContent image, List<Layer> layers) throws InterruptedIOException {
    List<Future<LayerContents>> work = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(LAYERS_AT_A_TIME, Thread.ofPlatform().name("scan-", 0).daemon().factory())) {
      for (int i = 0; i < layers.size(); i++) {
        int index = i;
        work.add(threads.submit(() -> layer(image, layers.get(index), index)));
      }
      threads.shutdown();
      List<LayerContents> all = new ArrayList<>();
      try {
        for (Future<LayerContents> each : work) {
          all.add(each.get());
        }
        return all;
      } catch (InterruptedException e) {
        threads.shutdownNow();
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the scan was canceled");
      } catch (ExecutionException e) {
        threads.shutdownNow();
        throw e.getCause() instanceof ProaException failure ? failure : ProaException.internal("cannot scan image " + image.id() + ": " + e.getCause(), e.getCause());
      }
    }
  }

  private LayerContents layer(ImageContent image, Layer layer, int index) throws IOException {
    Optional<LayerContents> kept = cache.get(layer.diffId());
    if (kept.isPresent()) {
      return kept.get();
    }
    LayerContents contents;
    try (WatchedStream tar = new WatchedStream(image.open(index))) {
      contents = LayerScan.read(tar, workFolder);
      if (!tar.failed()) {
        cache.put(layer.diffId(), contents);
      }
    }
    return contents;
  }

  // ---- advisories

  /** Asks the mirror for what is too old. That it does not answer is said, and what is there is used. */
  private void refresh(Set<String> families, List<Notice> notices) throws InterruptedIOException {
    Instant oldest = Instant.now().minus(Duration.ofHours(settings.maxAgeHours()));
    List<String> old = families.stream().filter(family -> imported(family).isBefore(oldest)).toList();
    if (old.isEmpty()) {
      return;
    }
    try (AdvisoryImport work = new AdvisoryImport(databaseFolder)) {
      String mirror = settings.mirror().endsWith("/") ? settings.mirror() : settings.mirror() + "/";
      new Mirror(mirror).fetch(old, work);
      AdvisoryImport.Result result = work.finish(mirror);
      notices.addAll(result.notices());
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | ProaException e) {
      notices.add(new Notice("", "advisories of " + String.join(", ", old) + " were not renewed: " + e.getMessage()));
    }
  }

  private Instant imported(String family) {
    Optional<AdvisoryDatabase> opened;
    try {
      opened = AdvisoryDatabase.open(AdvisoryImport.file(databaseFolder));
    } catch (ProaException e) {
      // Damaged: an import makes it new.
      return Instant.EPOCH;
    }
    if (opened.isEmpty()) {
      return Instant.EPOCH;
    }
    try (AdvisoryDatabase database = opened.get()) {
      return database.metadata().ecosystems().entrySet().stream()
          .filter(each -> Ecosystem.family(each.getKey()).equals(family))
          .map(each -> each.getValue().imported())
          .min(Instant::compareTo)
          .orElse(Instant.EPOCH);
    }
  }
}
