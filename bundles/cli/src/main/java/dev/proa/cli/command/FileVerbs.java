package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Terminal;
import dev.proa.cli.text.Units;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Verbs on the files of a container: cp, diff, export, commit. */
public final class FileVerbs {
  private FileVerbs() {}

  /** {@code cp}. */
  public static final class Cp extends Verb {
    public Cp() {
      super("cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|- | SRC_PATH|- CONTAINER:DEST_PATH", "Copy files/folders between a container and the local filesystem", 2, 2);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "archive", "Archive mode (copy all uid/gid information)")
          .toggle('L', "follow-link", "Always follow symbol link in SRC_PATH")
          .toggle('q', "quiet", "Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached");
    }

    @Override
    protected String examples() {
      return "proa cp web:/etc/nginx/nginx.conf .\nproa cp site/. web:/usr/share/nginx/html\nproa cp web:/var/log - | tar -t";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String[] from = parts(call.argument(0));
      String[] to = parts(call.argument(1));
      if (!from[0].isEmpty() && !to[0].isEmpty()) {
        throw new CliException(1, "copying between containers is not supported");
      }
      if (from[0].isEmpty() && to[0].isEmpty()) {
        throw new CliException(1, "must specify at least one container source");
      }
      boolean out = !from[0].isEmpty();
      Flags flags = call.flags();
      ContainerCopy copy = new ContainerCopy(call.engine(), out ? from[0] : to[0], flags.has("follow-link"), flags.has("archive"));
      long bytes = out ? copy.out(from[1], to[1], call.rawOut()) : copy.in(from[1], to[1], call.in());
      boolean quiet = flags.given("quiet") ? flags.has("quiet") : !Terminal.isTerminal(1);
      if (!quiet && !call.argument(1).equals("-")) {
        call.err().println("Successfully copied " + Units.size(bytes) + " to " + (out ? Path.of(to[1]).toAbsolutePath().normalize() : call.argument(1)));
      }
      return 0;
    }

    /** {@code CONTAINER:PATH}; a path of ours that has a colon begins with {@code .} or {@code /}. */
    static String[] parts(String argument) {
      int colon = argument.indexOf(':');
      if (colon < 0 || argument.startsWith("/") || argument.startsWith(".")) {
        return new String[] {"", argument};
      }
      return new String[] {argument.substring(0, colon), argument.substring(colon + 1)};
    }
  }

  /** {@code diff}. */
  public static final class Diff extends Verb {
    private static final List<String> KINDS = List.of("C", "A", "D");

    public Diff() {
      super("diff CONTAINER", "Inspect changes to files or directories on a container's filesystem", 1, 1);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      for (Object change : ContainerVerbs.list(call.engine().get("/containers/" + Engine.escape(call.argument(0)) + "/changes"))) {
        int kind = (int) Json.number(change, "Kind");
        call.out().println((kind < KINDS.size() ? KINDS.get(kind) : "?") + " " + Json.text(change, "Path"));
      }
      return 0;
    }
  }

  /** {@code export}. */
  public static final class Export extends Verb {
    public Export() {
      super("export [OPTIONS] CONTAINER", "Export a container's filesystem as a tar archive", 1, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one('o', "output", "string", "Write to a file, instead of STDOUT");
    }

    @Override
    protected String examples() {
      return "proa export -o web.tar web\nproa export web | tar -t";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      download(call, "/containers/" + Engine.escape(call.argument(0)) + "/export");
      return 0;
    }
  }

  /** An archive to {@code --output} or standard output, which may not be a terminal. */
  static void download(Invocation call, String path) throws IOException {
    String file = call.flags().get("output");
    if (file == null && Terminal.isTerminal(1)) {
      throw new CliException(1, "cowardly refusing to save to a terminal. Use the -o flag or redirect");
    }
    try (Engine.Answer answer = call.engine().open("GET", path, null)) {
      if (file == null) {
        answer.body().transferTo(call.rawOut());
        return;
      }
      // under another name until it is whole
      Path part = Path.of(file + ".part");
      try {
        Files.copy(answer.body(), part, StandardCopyOption.REPLACE_EXISTING);
        Files.move(part, Path.of(file), StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    }
  }

  /** {@code commit}. */
  public static final class Commit extends Verb {
    public Commit() {
      super("commit [OPTIONS] CONTAINER [REPOSITORY[:TAG]]", "Create a new image from a container's changes", 1, 2);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .one('a', "author", "string", "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")")
          .list('c', "change", "Apply Dockerfile instruction to the created image")
          .one('m', "message", "string", "Commit message")
          .toggle('p', "pause", "Pause container during commit (default true)");
    }

    @Override
    protected String examples() {
      return "proa commit -c 'CMD [\"nginx\"]' web team/web:2";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      String name = call.arguments().size() > 1 ? call.argument(1) : "";
      boolean tagged = ImageVerbs.tagged(name);
      int colon = name.lastIndexOf(':');
      StringBuilder query = new StringBuilder("/commit?container=").append(Engine.escape(call.argument(0)));
      query.append("&repo=").append(Engine.escape(tagged ? name.substring(0, colon) : name)).append("&tag=").append(Engine.escape(tagged ? name.substring(colon + 1) : ""));
      query.append("&author=").append(Engine.escape(flags.get("author", ""))).append("&comment=").append(Engine.escape(flags.get("message", "")));
      query.append("&pause=").append(!flags.given("pause") || flags.has("pause") ? 1 : 0);
      flags.list("change").forEach(change -> query.append("&changes=").append(Engine.escape(change)));
      call.out().println(Json.text(call.engine().post(query.toString(), null), "Id"));
      return 0;
    }
  }
}
