package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Invocation;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Units;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/** {@code scan --db}. */
final class AdvisoryVerbs {
  private AdvisoryVerbs() {}

  static int info(Invocation call) throws IOException {
    Object info = call.engine().get("/proa/scan/db");
    if (call.flags().get("format", "table").equals("json")) {
      call.out().println(Json.write(info));
      return 0;
    }
    List<@Nullable Object> ecosystems = Json.list(info, "Ecosystems");
    String mirror = Json.text(info, "Mirror");
    call.out().println("Mirror:        " + (mirror.isEmpty() ? "none: no network is used" : mirror));
    call.out().println("Layers known:  " + Json.text(info, "CachedLayers") + " (" + Units.size(Long.parseLong(Json.text(info, "CachedBytes"))) + ")");
    if (ecosystems.isEmpty()) {
      call.out().println("Advisories:    none; import some with proa scan --db import FILE");
      return 0;
    }
    call.out().println("Advisories:    generation " + Json.text(info, "Generation") + ", " + Units.size(Long.parseLong(Json.text(info, "Bytes"))));
    call.out().println();
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("ECOSYSTEM", "ENTRIES", "IMPORTED", "NEWEST", "SOURCE"));
    for (Object each : ecosystems) {
      lines.add(
          List.of(
              Json.text(each, "Name"),
              Json.text(each, "Entries"),
              ScanTable.age(Instant.parse(Json.text(each, "Imported"))) + " ago",
              Json.text(each, "Newest"),
              Json.text(each, "Source")));
    }
    Table.printAligned(call.out(), lines);
    return 0;
  }

  /** @return 1 if something of it could not be read */
  static int add(Invocation call, String source) throws IOException {
    StringBuilder path = new StringBuilder("/proa/scan/db?");
    if (source.startsWith("http://") || source.startsWith("https://")) {
      path.append("url=").append(Engine.escape(source));
      call.flags().list("ecosystem").forEach(each -> path.append("&ecosystem=").append(Engine.escape(each)));
      return done(call, call.engine().post(path.toString(), null));
    }
    Path file = Path.of(source);
    if (Files.notExists(file)) {
      throw new CliException(1, "no file or folder " + source);
    }
    path.append("source=").append(Engine.escape(file.toAbsolutePath().normalize().toString()));
    if (!Files.isDirectory(file)) {
      try (InputStream in = Files.newInputStream(file)) {
        return done(call, upload(call, path.toString(), in));
      }
    }
    try (PipedInputStream in = new PipedInputStream(256 << 10)) {
      PipedOutputStream out = new PipedOutputStream(in);
      CompletableFuture<Void> packing = CompletableFuture.runAsync(() -> pack(file, out), task -> Thread.ofPlatform().daemon().name("pack").start(task));
      Object answer = upload(call, path.toString(), in);
      packing.join();
      return done(call, answer);
    } catch (CompletionException e) {
      if (e.getCause() instanceof java.io.UncheckedIOException failure) {
        throw failure.getCause();
      }
      throw e;
    }
  }

  private static @Nullable Object upload(Invocation call, String path, InputStream in) throws IOException {
    try (Engine.Answer answer = call.engine().upload(path, in)) {
      return Json.parse(new String(answer.body().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  /** One archive of all archives and advisories of a folder, which the daemon takes for one import. */
  private static void pack(Path folder, OutputStream to) {
    try (ZipOutputStream zip = new ZipOutputStream(to);
        Stream<Path> files = Files.walk(folder)) {
      zip.setLevel(Deflater.BEST_SPEED);
      for (Path each : (Iterable<Path>) files.sorted()::iterator) {
        if (Files.isRegularFile(each) && (each.toString().endsWith(".zip") || each.toString().endsWith(".json"))) {
          zip.putNextEntry(new ZipEntry(folder.relativize(each).toString()));
          Files.copy(each, zip);
          zip.closeEntry();
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static int done(Invocation call, @Nullable Object result) {
    ScanVerb.notices(call, Json.list(result, "Notices"));
    long skipped = Long.parseLong(Json.text(result, "Skipped"));
    long broken = Long.parseLong(Json.text(result, "BrokenArchives"));
    call.out().println("Imported " + Json.text(result, "Advisories") + " advisories (" + Json.text(result, "Withdrawn") + " withdrawn), generation " + Json.text(result, "Database", "Generation"));
    if (skipped + broken > 0) {
      call.out().println("Skipped " + skipped + " advisories and " + broken + " archives that could not be read");
    }
    return skipped + broken > 0 ? 1 : 0;
  }
}
