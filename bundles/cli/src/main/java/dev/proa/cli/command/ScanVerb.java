package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code scan}: what is in an image and what is wrong with it, or the database of advisories. */
public final class ScanVerb extends Verb {
  public ScanVerb() {
    super("scan [OPTIONS] IMAGE | --db import SOURCE | --db info", "List the packages in an image and what is known to be wrong with them", 0, 1);
  }

  @Override
  protected void flags(Flags flags) {
    flags
        .one("severity", "string", "Only this severity and worse ('high'), or exactly these ('low,critical')")
        .toggle("ignore-unfixed", "Only what a newer version mends")
        .one("ignore-file", "file", "Findings to leave out, one a line: ID [package=NAME] [until=YYYY-MM-DD] REASON")
        .one("format", "string", "Format output: 'table', 'json', 'sarif', 'cyclonedx' or 'spdx' (default \"table\")")
        .one('o', "output", "file", "Write the output to a file")
        .number((char) 0, "exit-code", "Exit status if anything is found (default 0)")
        .toggle("list", "List the packages instead of findings")
        .toggle("offline", "Do not ask the mirror for new advisories")
        .one("db", "string", "The database of advisories: 'import' a file, a folder or an address; 'info'")
        .list("ecosystem", "What to import from a mirror, an address with a slash at its end: 'Debian', 'npm', 'Maven', 'PyPI', ...")
        .toggle("no-trunc", "Don't truncate output");
  }

  @Override
  protected String examples() {
    return """
        proa scan --db import ./osv/Debian.zip
        proa scan --db import --ecosystem npm --ecosystem Maven https://mirror.example/osv/
        proa scan --severity high --ignore-unfixed --exit-code 3 registry.example/app:1
        proa scan --format cyclonedx -o app.cdx.json registry.example/app:1""";
  }

  @Override
  protected int run(Invocation call) throws IOException {
    String database = call.flags().get("db");
    if (database == null) {
      return scan(call);
    }
    return switch (database) {
      case "info" -> AdvisoryVerbs.info(call);
      case "import" -> AdvisoryVerbs.add(call, only(call, "a file, a folder or an address is needed: proa scan --db import SOURCE"));
      default -> throw new CliException(1, "invalid argument \"" + database + "\" for \"--db\" flag: must be \"import\" or \"info\"");
    };
  }

  private static String only(Invocation call, String otherwise) {
    if (call.arguments().isEmpty()) {
      throw new CliException(1, otherwise);
    }
    return call.argument(0);
  }

  private static int scan(Invocation call) throws IOException {
    String image = only(call, "no image is named: proa scan IMAGE");
    String format = call.flags().get("format", "table");
    boolean table = format.equals("table");
    StringBuilder path = new StringBuilder("/proa/scan/image?image=" + Engine.escape(image));
    path.append("&format=").append(table ? "json" : Engine.escape(format));
    path.append("&severity=").append(Engine.escape(call.flags().get("severity", "")));
    path.append(call.flags().has("ignore-unfixed") ? "&ignore-unfixed=1" : "").append(call.flags().has("offline") ? "&offline=1" : "");
    path.append(table && !call.flags().has("list") ? "&packages=0" : "");
    try (Engine.Answer answer = call.engine().upload(path.toString(), ignoreFile(call.flags().get("ignore-file")))) {
      byte[] body = answer.body().readAllBytes();
      String output = call.flags().get("output");
      if (table) {
        Object report = Json.parse(new String(body, StandardCharsets.UTF_8));
        try (PrintStream out = output == null ? null : new PrintStream(Files.newOutputStream(Path.of(output)), false, StandardCharsets.UTF_8)) {
          boolean colours = out == null && Terminal.isTerminal(1) && System.getenv("NO_COLOR") == null;
          new ScanTable(report, out == null ? call.out() : out, colours, call.flags().has("no-trunc")).print(call.flags().has("list"));
        }
        notices(call, Json.list(report, "Notices"));
      } else if (output != null) {
        Files.write(Path.of(output), body);
      } else {
        call.out().write(body);
        call.out().println();
      }
      Long status = call.flags().number("exit-code");
      if (status != null && header(answer, "Proa-Advisories").equals("0")) {
        throw new CliException(1, "there are no advisories to look anything up in: import some with proa scan --db import FILE");
      }
      return status != null && !header(answer, "Proa-Findings").equals("0") ? (int) (long) status : 0;
    }
  }

  private static String header(Engine.Answer answer, String name) {
    String value = answer.head().header(name);
    return value == null ? "0" : value;
  }

  static void notices(Invocation call, List<@Nullable Object> notices) {
    call.out().flush();
    for (Object notice : notices) {
      String where = Json.text(notice, "Where");
      call.err().println("Warning: " + (where.isEmpty() ? "" : where + ": ") + Json.text(notice, "Text"));
    }
  }

  private static InputStream ignoreFile(@Nullable String file) throws IOException {
    try {
      return new ByteArrayInputStream(file == null ? new byte[0] : Files.readAllBytes(Path.of(file)));
    } catch (NoSuchFileException e) {
      throw new CliException(1, "no file " + file);
    }
  }
}
