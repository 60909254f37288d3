package dev.proa.buildkit.internal.solve;

import dev.proa.builder.BuildSource;
import dev.proa.builder.BuildTrace;
import dev.proa.builder.PathPatterns;
import dev.proa.buildkit.internal.session.FileSync;
import dev.proa.buildkit.internal.session.Session;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A build's files as its client has them: the Dockerfile, what it ignores, and then all else that is not here yet. */
final class ClientFiles implements BuildSource.Supplier {
  private static final int MAX_DOCKERFILE = 4 << 20;
  private static final String IGNORE = ".dockerignore";

  private final Session session;
  private final FrontendAttributes attributes;
  private final StatusLog status;
  private final boolean whole;

  /** @param whole whether more is wanted than the Dockerfile and what it ignores */
  ClientFiles(Session session, FrontendAttributes attributes, StatusLog status, boolean whole) {
    this.whole = whole;
    this.session = session;
    this.attributes = attributes;
    this.status = status;
  }

  @Override
  public String key() {
    return "context " + attributes.get("contextkey", "context") + " of " + (session.sharedKey().isEmpty() ? "anybody" : session.sharedKey());
  }

  @Override
  public BuildSource.Supplied fill(Path context, Path scratch) throws IOException {
    String name = PathPatterns.clean(attributes.get("filename", "Dockerfile"));
    Path definition = Files.createDirectories(scratch.resolve("definition"));
    String dockerfile =
        step(
            "[internal] load build definition from " + name,
            step -> {
              FileSync.Transfer transfer =
                  FileSync.receive(session, attributes.get("dockerfilekey", "dockerfile"), List.of(name, name + IGNORE), List.of(), definition);
              status.progress(step, "transferring dockerfile: " + transfer.bytes() + "B", transfer.bytes(), 0, true);
              return read(definition, name);
            });
    if (dockerfile == null) {
      throw ProaException.invalid("failed to read dockerfile: open " + name + ": no such file or directory");
    }
    String key = attributes.get("contextkey", "context");
    String own = read(definition, name + IGNORE);
    Path list = Files.createDirectories(scratch.resolve("ignored"));
    String ignored =
        own != null
            ? own
            : step(
                "[internal] load " + IGNORE,
                step -> {
                  FileSync.Transfer transfer = FileSync.receive(session, key, List.of(IGNORE), List.of(), list);
                  status.progress(step, "transferring context: " + transfer.bytes() + "B", transfer.bytes(), 0, true);
                  return read(list, IGNORE);
                });
    List<String> patterns = ignored == null ? List.of() : PathPatterns.lines(ignored);
    if (!whole) {
      return new BuildSource.Supplied(name, dockerfile, ignored == null ? null : PathPatterns.of(patterns));
    }
    step(
        "[internal] load build context",
        step -> {
          FileSync.Transfer transfer = FileSync.receive(session, key, List.of(), excluded(patterns), context);
          status.progress(step, "transferring context: " + transfer.bytes() + "B", transfer.bytes(), 0, true);
          return null;
        });
    return new BuildSource.Supplied(name, dockerfile, ignored == null ? null : PathPatterns.of(patterns));
  }

  /** As the client matches them: paths without slashes around them. */
  private static List<String> excluded(List<String> patterns) {
    UnaryOperator<String> clean = PathPatterns::clean;
    List<String> excluded = new ArrayList<>();
    for (String pattern : patterns) {
      boolean exception = pattern.startsWith("!");
      String path = clean.apply(exception ? pattern.substring(1).strip() : pattern);
      if (!path.isEmpty()) {
        excluded.add(exception ? "!" + path : path);
      }
    }
    return excluded;
  }

  private interface Work {
    @Nullable String run(String step) throws IOException;
  }

  private @Nullable String step(String name, Work work) throws IOException {
    String step = BuildTrace.id(name);
    status.begin(step, name, List.of());
    try {
      String result = work.run(step);
      status.end(step, false, null);
      return result;
    } catch (IOException | RuntimeException e) {
      status.end(step, false, String.valueOf(e.getMessage()));
      throw e;
    }
  }

  private static @Nullable String read(Path folder, String name) throws IOException {
    Path file = folder.resolve(name).normalize();
    if (!file.startsWith(folder) || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    if (Files.size(file) > MAX_DOCKERFILE) {
      throw ProaException.invalid(name + " is larger than " + MAX_DOCKERFILE + " bytes");
    }
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
