package dev.proa.api.containers;

import dev.proa.api.http.Exchange;
import dev.proa.api.json.Json;
import dev.proa.api.router.Call;
import dev.proa.images.Decompression;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.containers.Containers.ExtractOptions;
import dev.proa.lifecycle.containers.FileArchive;
import dev.proa.lifecycle.containers.PathStat;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Files into and out of containers: {@code docker cp} and {@code docker export}. They end when the client goes away. */
public final class ArchiveHandlers {
  private static final String STAT_HEADER = "X-Docker-Container-Path-Stat";

  private final Containers containers;

  public ArchiveHandlers(Containers containers) {
    this.containers = containers;
  }

  void stat(Call call) throws IOException {
    setStat(call.exchange(), containers.stat(call.parameter(), path(call)));
    call.exchange().send(200);
  }

  void get(Call call) throws IOException {
    try (FileArchive archive = containers.archive(call.parameter(), path(call))) {
      setStat(call.exchange(), archive.stat());
      write(call, archive, Call.TAR);
    }
  }

  void export(Call call) throws IOException {
    try (FileArchive archive = containers.export(call.parameter())) {
      write(call, archive, "application/octet-stream");
    }
  }

  private static void write(Call call, FileArchive archive, String contentType) throws IOException {
    call.exchange().interruptOnDisconnect();
    // Not closed when it fails: an answer that is cut off must not look whole.
    OutputStream out = call.stream(contentType);
    archive.writeTo(out);
    out.close();
  }

  void put(Call call) throws IOException {
    ExtractOptions options = new ExtractOptions(call.query().flag("noOverwriteDirNonDir"), call.query().flag("copyUIDGID"));
    containers.extract(call.parameter(), path(call), options, Decompression.of(call.exchange().body()));
    call.exchange().send(200);
  }

  private static String path(Call call) {
    String path = call.query().get("path");
    if (path.isEmpty()) {
      throw ProaException.invalid("bad parameter: path cannot be empty");
    }
    if (path.indexOf('\0') >= 0) {
      throw ProaException.invalid("bad parameter: path cannot hold a NUL");
    }
    return path;
  }

  private static void setStat(Exchange exchange, @Nullable PathStat stat) {
    if (stat != null) {
      exchange.setHeader(STAT_HEADER, Base64.getEncoder().encodeToString(Json.mapper().writeValueAsBytes(stat)));
    }
  }
}
