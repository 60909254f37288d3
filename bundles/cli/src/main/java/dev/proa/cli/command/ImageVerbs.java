package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Terminal;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Table.Column;
import dev.proa.cli.text.Units;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Verbs on images. */
public final class ImageVerbs {
  private ImageVerbs() {}

  /** {@code images}. */
  public static final class Images extends Verb {
    public Images() {
      super("images [OPTIONS] [REPOSITORY[:TAG]]", "List images", 0, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all", "Show all images (default hides intermediate images)")
          .toggle("digests", "Show digests")
          .list('f', "filter", "Filter output based on conditions provided")
          .one("format", "string", "Format output: 'table', 'table TEMPLATE', 'json' or a Go template")
          .toggle("no-trunc", "Don't truncate output")
          .toggle('q', "quiet", "Only show image IDs")
          .toggle("tree", "List each image once, with its names below each other");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      List<String> filters = new ArrayList<>(flags.list("filter"));
      if (!call.arguments().isEmpty()) {
        filters.add("reference=" + call.argument(0));
      }
      List<@Nullable Object> images =
          ContainerVerbs.list(call.engine().get("/images/json?all=" + (flags.has("all") ? 1 : 0) + (flags.has("digests") ? "&digests=1" : "") + Lists.filters('&', filters)));
      boolean whole = flags.has("no-trunc");
      List<Map<String, Object>> rows = new ArrayList<>();
      images.forEach(image -> rows(image, whole, flags.has("digests"), rows));
      if (flags.has("quiet") && !flags.given("format")) {
        rows.stream().map(row -> row.get("ID")).distinct().forEach(call.out()::println);
        return 0;
      }
      List<Column> columns = new ArrayList<>(List.of(new Column("Repository", "REPOSITORY"), new Column("Tag", "TAG")));
      if (flags.has("digests")) {
        columns.add(new Column("Digest", "DIGEST"));
      }
      columns.addAll(List.of(new Column("ID", "IMAGE ID"), new Column("CreatedSince", "CREATED"), new Column("Size", "SIZE")));
      if (flags.has("tree")) {
        if (flags.given("format") || flags.has("digests") || whole) {
          throw new CliException(1, "--tree goes with none of --format, --digests and --no-trunc");
        }
        tree(call, rows);
        return 0;
      }
      Table table = new Table(columns, List.of(new Column("CreatedAt", "CREATED AT"), new Column("Digest", "DIGEST")));
      rows.forEach(table::row);
      table.print(call.out(), flags.get("format") == null ? DockerConfig.read().format("imagesFormat") : flags.get("format"));
      return 0;
    }

    private static void rows(@Nullable Object image, boolean whole, boolean digests, List<Map<String, Object>> rows) {
      List<String> tags = strings(image, "RepoTags");
      List<String> byDigest = strings(image, "RepoDigests");
      String id = Json.text(image, "Id");
      List<String[]> names = new ArrayList<>();
      for (String tag : tags) {
        int colon = tag.lastIndexOf(':');
        String repository = tag.substring(0, colon);
        String digest = byDigest.stream().filter(each -> each.startsWith(repository + "@")).map(each -> each.substring(repository.length() + 1)).findFirst().orElse("<none>");
        names.add(new String[] {repository, tag.substring(colon + 1), digest});
      }
      if (names.isEmpty()) {
        String digest = byDigest.isEmpty() ? "<none>@<none>" : byDigest.getFirst();
        int at = digest.indexOf('@');
        names.add(new String[] {digest.substring(0, at), "<none>", digest.substring(at + 1)});
      }
      for (String[] name : names) {
        Map<String, Object> row = new HashMap<>();
        row.put("Repository", name[0]);
        row.put("Tag", name[1]);
        row.put("Digest", digests ? name[2] : "<none>");
        row.put("ID", whole ? id : Units.shortId(id));
        row.put("CreatedSince", Units.ago(Json.number(image, "Created")));
        row.put("CreatedAt", Units.dateTime(Json.number(image, "Created")));
        row.put("Size", Units.size(Json.number(image, "Size")));
        rows.add(row);
      }
    }

    /** Each image with its names, the first on the line of its figures. */
    private static void tree(Invocation call, List<Map<String, Object>> rows) {
      List<List<String>> lines = new ArrayList<>();
      lines.add(List.of("IMAGE", "ID", "DISK USAGE", "CREATED"));
      Object before = null;
      for (Map<String, Object> row : rows) {
        Object id = row.get("ID");
        boolean again = id != null && id.equals(before);
        String name = row.get("Repository") + ":" + row.get("Tag");
        lines.add(again ? List.of("└─ " + name, "", "", "") : List.of(name, String.valueOf(id), String.valueOf(row.get("Size")), String.valueOf(row.get("CreatedSince"))));
        before = id;
      }
      Table.printAligned(call.out(), lines);
    }

    private static List<String> strings(@Nullable Object image, String name) {
      return Json.list(image, name).stream().map(String::valueOf).filter(text -> !text.startsWith("<none>")).toList();
    }
  }

  /** {@code pull}. */
  public static final class Pull extends Verb {
    public Pull() {
      super("pull [OPTIONS] NAME[:TAG|@DIGEST]", "Download an image from a registry", 1, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all-tags", "Download all tagged images in the repository")
          .toggle("disable-content-trust", "Taken for compatibility; what is pulled is verified by the daemon's policy")
          .one("platform", "string", "Platform, if the image has several")
          .toggle('q', "quiet", "Suppress verbose output");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String name = call.argument(0);
      boolean quiet = call.flags().has("quiet");
      if (call.flags().has("all-tags")) {
        if (tagged(name)) {
          throw new CliException(1, "tag can't be used with --all-tags/-a");
        }
      } else if (!tagged(name)) {
        name += ":latest";
        if (!quiet) {
          call.out().println("Using default tag: latest");
        }
      }
      pull(call, name, call.flags().get("platform", ""), new Progress(call.out(), 1, quiet));
      call.out().println(canonical(name));
      return 0;
    }
  }

  /** Whether a name says which of a repository's images it is. */
  public static boolean tagged(String name) {
    return name.indexOf('@') >= 0 || name.lastIndexOf(':') > name.lastIndexOf('/');
  }

  /** {@code docker.io/library/alpine:latest} of {@code alpine:latest}. */
  private static String canonical(String name) {
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    if (first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost")) {
      return name;
    }
    return "docker.io/" + (slash < 0 ? "library/" : "") + name;
  }

  /** Pulls by a tag or digest, and shows how it goes unless {@code quiet}. */
  public static void pull(Invocation call, String name, String platform, boolean quiet) throws IOException {
    pull(call, name, platform, new Progress(call.err(), 2, quiet));
  }

  static void pull(Invocation call, String name, String platform, Progress progress) throws IOException {
    int at = name.indexOf('@');
    int colon = name.lastIndexOf(':');
    String image = name;
    String tag = "";
    if (at >= 0) {
      image = name.substring(0, at);
      tag = name.substring(at + 1);
    } else if (tagged(name)) {
      image = name.substring(0, colon);
      tag = name.substring(colon + 1);
    }
    String path = "/images/create?fromImage=" + Engine.escape(image) + "&tag=" + Engine.escape(tag) + (platform.isEmpty() ? "" : "&platform=" + Engine.escape(platform));
    try (Engine.Answer answer = call.engine().open("POST", path, null, "X-Registry-Auth", DockerConfig.header(name))) {
      Engine.eachLine(answer.body(), progress::show);
    }
  }

  /** {@code load}. */
  public static final class Load extends Verb {
    public Load() {
      super("load [OPTIONS]", "Load an image from a tar archive or STDIN", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .one('i', "input", "string", "Read from tar archive file, instead of STDIN")
          .one("platform", "string", "Load only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")")
          .toggle('q', "quiet", "Suppress the load output");
    }

    @Override
    protected String examples() {
      return "proa load -i image.tar\nzcat image.tar.gz | proa load";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String file = call.flags().get("input");
      if (file == null && Terminal.isTerminal(0)) {
        throw new CliException(1, "requested load from stdin, but stdin is empty");
      }
      boolean quiet = call.flags().has("quiet") || !Terminal.isTerminal(1);
      String path = "/images/load?quiet=" + (quiet ? 1 : 0) + Lists.platform('&', call.flags().get("platform", ""));
      try (InputStream in = file == null ? call.in() : open(file);
          Engine.Answer answer = call.engine().upload(path, in)) {
        Progress progress = new Progress(call.out(), 1, false);
        Engine.eachLine(answer.body(), progress::show);
      }
      return 0;
    }
  }

  private static InputStream open(String file) throws IOException {
    try {
      return Files.newInputStream(Path.of(file));
    } catch (NoSuchFileException e) {
      throw new CliException(1, "open " + file + ": no such file or directory");
    }
  }

  /** {@code save}. */
  public static final class Save extends Verb {
    public Save() {
      super("save [OPTIONS] IMAGE [IMAGE...]", "Save one or more images to a tar archive (streamed to STDOUT by default)", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .one('o', "output", "string", "Write to a file, instead of STDOUT")
          .one("platform", "string", "Save only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String query = String.join("&", call.arguments().stream().map(name -> "names=" + Engine.escape(name)).toList());
      FileVerbs.download(call, "/images/get?" + query + Lists.platform('&', call.flags().get("platform", "")));
      return 0;
    }
  }

  /** {@code import}. */
  public static final class Import extends Verb {
    public Import() {
      super("import [OPTIONS] file|URL|- [REPOSITORY[:TAG]]", "Import the contents of a tarball as an image", 1, 2);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .list('c', "change", "Apply Dockerfile instruction to the created image")
          .one('m', "message", "string", "Set commit message for imported image")
          .one("platform", "string", "Set platform if the archive is for another one");
    }

    @Override
    protected String examples() {
      return "tar -C rootfs -c . | proa import -c 'CMD [\"/bin/sh\"]' - tiny:1";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String name = call.arguments().size() > 1 ? call.argument(1) : "";
      boolean tagged = tagged(name);
      int colon = name.lastIndexOf(':');
      boolean remote = call.argument(0).startsWith("http://") || call.argument(0).startsWith("https://");
      StringBuilder query = new StringBuilder("/images/create?fromSrc=").append(remote ? Engine.escape(call.argument(0)) : "-");
      query.append("&repo=").append(Engine.escape(tagged ? name.substring(0, colon) : name));
      query.append("&tag=").append(Engine.escape(tagged ? name.substring(colon + 1) : ""));
      query.append("&message=").append(Engine.escape(call.flags().get("message", "")));
      query.append("&platform=").append(Engine.escape(call.flags().get("platform", "")));
      call.flags().list("change").forEach(change -> query.append("&changes=").append(Engine.escape(change)));
      String file = call.argument(0);
      try (InputStream in = remote ? InputStream.nullInputStream() : file.equals("-") ? call.in() : open(file);
          Engine.Answer answer = call.engine().upload(query.toString(), in)) {
        Progress progress = new Progress(call.out(), 1, false);
        Engine.eachLine(answer.body(), progress::show);
      }
      return 0;
    }
  }

  /** {@code rmi}. */
  public static final class Rmi extends Verb {
    public Rmi() {
      super("rmi [OPTIONS] IMAGE [IMAGE...]", "Remove one or more images", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('f', "force", "Force removal of the image")
          .toggle("no-prune", "Do not delete untagged parents")
          .one("platform", "string", "Remove only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      boolean force = call.flags().has("force");
      String query = "?force=" + (force ? 1 : 0) + "&noprune=" + (call.flags().has("no-prune") ? 1 : 0)
          + Lists.platform('&', call.flags().get("platform", "")).replace("&platform=", "&platforms=");
      return call.each(
          call.arguments(),
          name -> {
            List<@Nullable Object> done;
            try {
              done = ContainerVerbs.list(call.engine().delete("/images/" + Engine.escape(name) + query));
            } catch (EngineException e) {
              if (force && e.status() == 404) {
                return "";
              }
              throw e;
            }
            for (Object each : done) {
              String untagged = Json.text(each, "Untagged");
              call.out().println(untagged.isEmpty() ? "Deleted: " + Json.text(each, "Deleted") : "Untagged: " + untagged);
            }
            return "";
          });
    }
  }

  /** {@code tag}. */
  public static final class Tag extends Verb {
    public Tag() {
      super("tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]", "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", 2, 2);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String name = call.argument(1);
      boolean tagged = tagged(name);
      int colon = name.lastIndexOf(':');
      call.engine()
          .post(
              "/images/" + Engine.escape(call.argument(0)) + "/tag?repo=" + Engine.escape(tagged ? name.substring(0, colon) : name) + "&tag="
                  + Engine.escape(tagged ? name.substring(colon + 1) : ""),
              null);
      return 0;
    }
  }
}
