package dev.proa.cli.compose;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code compose cp}: files into or out of a service's container, packed by the host's tar. */
final class CopyVerb extends Verb {
  private final Scope scope;

  CopyVerb(Scope scope) {
    super("compose cp [OPTIONS] SERVICE:SRC_PATH DEST_PATH | SRC_PATH SERVICE:DEST_PATH", "Copy files/folders between a service container and the local filesystem", 2, 2);
    this.scope = scope;
  }

  @Override
  protected void flags(Flags flags) {
    flags.toggle('a', "archive", "Keep owners").toggle('L', "follow-link", "Follow symbolic links in SRC_PATH").number((char) 0, "index", "Index of the container if the service has several");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    String from = call.argument(0);
    String to = call.argument(1);
    boolean out = from.contains(":") && !from.startsWith("/") && !from.startsWith(".");
    boolean in = to.contains(":") && !to.startsWith("/") && !to.startsWith(".");
    if (out == in) {
      throw new CliException(1, "one of the two paths is to be SERVICE:PATH");
    }
    String[] there = (out ? from : to).split(":", 2);
    Container container = scope.one(there[0], call.flags().number("index"));
    try {
      if (out) {
        out(container, there[1], to);
      } else {
        in(call, container, from, there[1]);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(130, "interrupted");
    }
    return 0;
  }

  private void out(Container container, String source, String to) throws IOException, InterruptedException {
    Path target = Path.of(to);
    boolean into = Files.isDirectory(target);
    Path folder = into ? target : target.toAbsolutePath().getParent();
    Path name = Path.of(source).getFileName();
    String given = name == null ? "." : name.toString();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new CliException(1, "no such directory: " + folder);
    }
    try (Engine.Answer answer = scope.engine().open("GET", "/containers/" + container.id() + "/archive?path=" + Engine.escape(source), null)) {
      Process tar =
          into
              ? tar(List.of("tar", "-x", "--no-same-owner", "-f", "-", "-C", folder.toString()))
              : tar(List.of("tar", "-x", "--no-same-owner", "-f", "-", "-C", folder.toString(), "--transform", "s,^" + quoted(given) + "\\(/\\|$\\)," + replacement(target) + "\\1,"));
      try (OutputStream input = tar.getOutputStream()) {
        answer.body().transferTo(input);
      }
      check(tar);
    }
  }

  private static String replacement(Path target) {
    return String.valueOf(target.getFileName()).replaceAll("([\\\\&,])", "\\\\$1");
  }

  private static String quoted(String name) {
    return name.replaceAll("([\\\\.*\\[\\]^$,])", "\\\\$1");
  }

  private void in(Invocation call, Container container, String from, String target) throws IOException, InterruptedException {
    Path source = Path.of(from).toAbsolutePath();
    if (!Files.exists(source)) {
      throw new CliException(1, "lstat " + source + ": no such file or directory");
    }
    boolean contents = from.endsWith("/.") || from.equals(".");
    Path real = source.normalize();
    Path parent = contents ? real : real.getParent();
    String name = contents ? "." : String.valueOf(real.getFileName());
    String folder = target;
    String renamed = name;
    if (!contents && !target.endsWith("/") && !isFolder(container, target)) {
      Path at = Path.of(target);
      folder = at.getParent() == null ? "/" : at.getParent().toString();
      renamed = String.valueOf(at.getFileName());
    }
    List<String> line = new ArrayList<>(List.of("tar", "-c", "-f", "-", "-C", String.valueOf(parent)));
    if (call.flags().has("follow-link")) {
      line.add("-h");
    }
    if (!call.flags().has("archive")) {
      line.addAll(List.of("--owner=0", "--group=0", "--numeric-owner"));
    }
    if (!renamed.equals(name)) {
      line.addAll(List.of("--transform", "s,^" + quoted(name) + "\\(/\\|$\\)," + renamed.replaceAll("([\\\\&,])", "\\\\$1") + "\\1,"));
    }
    line.addAll(List.of("--", name));
    Process tar = tar(line);
    tar.getOutputStream().close();
    try (InputStream packed = tar.getInputStream()) {
      scope.engine().put("/containers/" + container.id() + "/archive?path=" + Engine.escape(folder), packed);
    }
    check(tar);
  }

  private boolean isFolder(Container container, String path) throws IOException {
    try (Engine.Answer answer = scope.engine().open("GET", "/containers/" + container.id() + "/archive?path=" + Engine.escape(path + "/."), null)) {
      return answer.head().status() == 200;
    } catch (EngineException e) {
      if (e.status() == 404 || e.status() == 400) {
        return false;
      }
      throw e;
    }
  }

  private static Process tar(List<String> line) throws IOException {
    return new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void check(Process tar) throws InterruptedException {
    if (tar.waitFor() != 0) {
      throw new CliException(1, "tar ended with status " + tar.exitValue());
    }
  }
}
