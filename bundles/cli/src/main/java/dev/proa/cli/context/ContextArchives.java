package dev.proa.cli.context;

import dev.proa.cli.CliException;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Contexts to and from files, as docker's command writes them: a tar archive of {@code meta.json}. */
public final class ContextArchives {
  private static final int MAX_BYTES = 1 << 20;

  private ContextArchives() {}

  /** {@code context export}. */
  public static final class Export extends Verb {
    public Export() {
      super("context export CONTEXT [FILE|-]", "Export a context to a tar archive FILE or a tar stream on STDOUT.", 1, 2);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String name = call.argument(0);
      ContextStore.checkName(name);
      ContextStore store = new ContextStore();
      store.get(name);
      String file = call.arguments().size() > 1 ? call.argument(1) : name + ".dockercontext";
      List<String> line = new ArrayList<>(List.of("tar", "-c", "-f", "-", "--owner=0", "--group=0", "-C", store.meta(name).toString(), "meta.json"));
      if (Files.isDirectory(store.tls(name))) {
        line.addAll(List.of("--transform", "s,^\\./,tls/,;s,^\\.$,tls,", "-C", store.tls(name).toString(), "."));
      }
      if (file.equals("-") && Terminal.isTerminal(1)) {
        throw new CliException(1, "cowardly refusing to export to a terminal, specify a file path");
      }
      Process tar = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      tar.getOutputStream().close();
      try (InputStream archive = tar.getInputStream()) {
        if (file.equals("-")) {
          archive.transferTo(call.rawOut());
        } else {
          Files.copy(archive, Path.of(file));
          call.err().println("Written file \"" + file + "\"");
        }
      }
      return end(tar, "packing context \"" + name + "\"");
    }
  }

  private static int end(Process tar, String what) {
    try {
      if (tar.waitFor() != 0) {
        throw new CliException(1, what + ": tar ended with status " + tar.exitValue());
      }
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 130;
    }
  }

  /** {@code context import}. */
  public static final class Import extends Verb {
    public Import() {
      super("context import CONTEXT FILE|-", "Import a context from a tar file", 2, 2);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String name = call.argument(0);
      ContextStore.checkName(name);
      ContextStore store = new ContextStore();
      if (store.exists(name)) {
        throw new CliException(1, "context \"" + name + "\" already exists");
      }
      Path work = Files.createTempDirectory("proa-context");
      try {
        byte[] archive;
        try (InputStream in = call.argument(1).equals("-") ? call.in() : Files.newInputStream(Path.of(call.argument(1)))) {
          archive = in.readNBytes(MAX_BYTES + 1);
        }
        if (archive.length > MAX_BYTES) {
          throw new CliException(1, call.argument(1) + " has more than 1 MiB: it is no context");
        }
        // its one member by name, so that nothing else in the archive is ever written
        Process tar = new ProcessBuilder("tar", "-x", "-f", "-", "-C", work.toString(), "--no-same-owner", "meta.json").redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (OutputStream input = tar.getOutputStream()) {
          input.write(archive);
        }
        end(tar, "reading " + call.argument(1));
        Path meta = work.resolve("meta.json");
        if (!Files.isRegularFile(meta, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
          throw new CliException(1, call.argument(1) + " has no file meta.json: it is no context");
        }
        Map<String, @Nullable Object> document = ContextStore.read(meta);
        store.write(name, Json.text(document, "Metadata", "Description"), Json.text(document, "Endpoints", "docker", "Host"));
      } finally {
        try (Stream<Path> files = Files.walk(work)) {
          for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(each);
          }
        }
      }
      call.out().println(name);
      call.out().flush();
      call.err().println("Successfully imported context \"" + name + "\"");
      return 0;
    }
  }
}
