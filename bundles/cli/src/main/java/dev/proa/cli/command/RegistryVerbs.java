package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Table.Column;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Verbs that speak with registries beside {@code pull}. */
public final class RegistryVerbs {
  private static final int MAX_DESCRIPTION = 45;

  private RegistryVerbs() {}

  /** {@code push}. */
  public static final class Push extends Verb {
    public Push() {
      super("push [OPTIONS] NAME[:TAG]", "Upload an image to a registry", 1, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all-tags", "Push all tags of an image to the repository")
          .toggle("disable-content-trust", "Taken for compatibility; nothing is signed")
          .one("platform", "string", "Push only if the image is for this platform")
          .toggle('q', "quiet", "Suppress verbose output");
    }

    @Override
    protected String examples() {
      return "proa push registry.example:5000/team/app:1.2\nproa push -a registry.example:5000/team/app";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String name = call.argument(0);
      boolean quiet = call.flags().has("quiet");
      boolean all = call.flags().has("all-tags");
      if (all && ImageVerbs.tagged(name)) {
        throw new CliException(1, "tag can't be used with --all-tags/-a");
      }
      int colon = name.lastIndexOf(':');
      String repository = ImageVerbs.tagged(name) && name.indexOf('@') < 0 ? name.substring(0, colon) : name;
      String tag = ImageVerbs.tagged(name) ? name.substring(colon + 1) : "latest";
      if (!all && !ImageVerbs.tagged(name) && !quiet) {
        call.out().println("Using default tag: latest");
      }
      String platform = call.flags().get("platform", "");
      String path = "/images/" + Engine.escape(repository) + "/push?tag=" + (all ? "" : Engine.escape(tag));
      Progress progress = new Progress(call.out(), 1, quiet);
      try (Engine.Answer answer = call.engine().open("POST", path + (platform.isEmpty() ? "" : "&platform=" + Engine.escape(platform)), Map.of(), "X-Registry-Auth", DockerConfig.header(repository))) {
        Engine.eachLine(answer.body(), message -> progress.show(message));
      }
      if (quiet) {
        call.out().println(all || ImageVerbs.tagged(name) ? name : name + ":latest");
      }
      return 0;
    }
  }

  /** {@code login}. */
  public static final class Login extends Verb {
    public Login() {
      super("login [OPTIONS] [SERVER]", "Log in to a registry", 0, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .one('u', "username", "string", "Username")
          .one('p', "password", "string", "Password or personal access token")
          .toggle("password-stdin", "Take the password from stdin");
    }

    @Override
    protected String examples() {
      return "cat password | proa login -u me --password-stdin registry.example:5000";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String key = DockerConfig.key(call.arguments().isEmpty() ? "" : call.argument(0));
      String username = call.flags().get("username", "");
      String password = call.flags().get("password", "");
      if (call.flags().has("password-stdin")) {
        if (username.isEmpty()) {
          throw new CliException(1, "Must provide --username with --password-stdin");
        }
        if (!password.isEmpty()) {
          throw new CliException(1, "--password and --password-stdin are mutually exclusive");
        }
        password = new String(call.in().readNBytes(1 << 20), StandardCharsets.UTF_8).replaceFirst("\\r?\\n$", "");
      } else if (!password.isEmpty()) {
        call.err().println("WARNING! Using --password via the CLI is insecure. Use --password-stdin.");
      }
      DockerConfig config = DockerConfig.read();
      DockerConfig.Login login = new DockerConfig.Login(username, password);
      if (username.isEmpty() || password.isEmpty()) {
        login = asked(config, key, username, password);
      }
      Object answer = call.engine().post("/auth", login.document(key));
      boolean plain = config.store(key, login.username(), login.secret(), Json.text(answer, "IdentityToken"));
      if (plain) {
        call.err().println("\nWARNING! Your credentials are stored unencrypted in '" + config.file() + "'.\n");
      }
      call.out().println(Json.text(answer, "Status"));
      return 0;
    }

    /** What is stored already, else what is typed. */
    private static DockerConfig.Login asked(DockerConfig config, String key, String username, String password) throws IOException {
      DockerConfig.Login stored = username.isEmpty() ? config.login(key) : null;
      if (stored != null) {
        return stored;
      }
      Console console = System.console();
      if (console == null || !console.isTerminal()) {
        throw new CliException(1, "cannot ask for username and password without a terminal: use --username and --password-stdin");
      }
      String name = username.isEmpty() ? console.readLine("Username: ") : username;
      char[] typed = password.isEmpty() ? console.readPassword("Password: ") : password.toCharArray();
      if (name == null || name.isBlank() || typed == null || typed.length == 0) {
        throw new CliException(1, "username and password must not be empty");
      }
      return new DockerConfig.Login(name.strip(), new String(typed));
    }
  }

  /** {@code logout}. */
  public static final class Logout extends Verb {
    public Logout() {
      super("logout [SERVER]", "Log out from a registry", 0, 1);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String key = DockerConfig.key(call.arguments().isEmpty() ? "" : call.argument(0));
      if (DockerConfig.read().erase(key)) {
        call.out().println("Removing login credentials for " + key);
      } else {
        call.out().println("Not logged in to " + key);
      }
      return 0;
    }
  }

  /** {@code search}. */
  public static final class Search extends Verb {
    public Search() {
      super("search [OPTIONS] TERM", "Search a registry, Docker Hub if the term names none, for images", 1, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .list('f', "filter", "Filter output based on conditions provided (is-official, stars)")
          .one("format", "string", "Pretty-print search using a Go template")
          .one("limit", "int", "Max number of search results")
          .toggle("no-trunc", "Don't truncate output");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      String term = call.argument(0);
      String path = "/images/search?term=" + Engine.escape(term) + "&limit=" + Engine.escape(flags.get("limit", "")) + Lists.filters('&', flags.list("filter"));
      List<Column> columns =
          List.of(new Column("Name", "NAME"), new Column("Description", "DESCRIPTION"), new Column("StarCount", "STARS"), new Column("IsOfficial", "OFFICIAL"));
      Table table = new Table(columns, List.of());
      for (Object found : ContainerVerbs.list(call.engine().get(path, "X-Registry-Auth", DockerConfig.header(term)))) {
        String description = Json.text(found, "description").replace('\n', ' ').replace('\r', ' ');
        boolean whole = flags.has("no-trunc") || description.length() <= MAX_DESCRIPTION;
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("Name", Json.text(found, "name"));
        row.put("Description", whole ? description : description.substring(0, MAX_DESCRIPTION - 1) + "…");
        row.put("StarCount", Json.number(found, "star_count"));
        row.put("IsOfficial", Json.isTrue(found, "is_official") ? "[OK]" : "");
        table.row(row);
      }
      table.print(call.out(), flags.get("format"));
      return 0;
    }
  }
}
