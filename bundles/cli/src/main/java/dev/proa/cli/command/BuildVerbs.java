package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Terminal;
import dev.proa.cli.text.Units;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Verbs on builds. */
public final class BuildVerbs {
  private BuildVerbs() {}

  /** {@code build}. */
  public static final class Build extends Verb {
    public Build() {
      super("build [OPTIONS] PATH | URL | -", "Build an image from a Dockerfile", 1, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .list("add-host", "Add a custom host-to-IP mapping (host:ip)")
          .list("build-arg", "Set build-time variables")
          .list("cache-from", "Images to consider as cache sources")
          .one("cgroup-parent", "string", "Set the parent cgroup of commands")
          .toggle("check", "Read the Dockerfile and say what is wrong or doubtful with it; build nothing")
          .toggle("compress", "Compress the build context using gzip")
          .number((char) 0, "cpu-period", "Limit the CPU CFS period of commands")
          .number((char) 0, "cpu-quota", "Limit the CPU CFS quota of commands")
          .number('c', "cpu-shares", "CPU shares of commands (relative weight)")
          .one("cpuset-cpus", "string", "CPUs in which commands may run (0-3, 0,1)")
          .one("cpuset-mems", "string", "MEMs in which commands may run (0-3, 0,1)")
          .toggle("disable-content-trust", "Taken for compatibility; what is pulled is verified by the daemon's policy")
          .one('f', "file", "string", "Name of the Dockerfile (default: PATH/Dockerfile; - for standard input)")
          .toggle("force-rm", "Taken for compatibility; intermediate containers are always removed")
          .one("iidfile", "string", "Write the image ID to a file")
          .one("isolation", "string", "Where commands run: namespace or microvm")
          .list("label", "Set metadata for an image")
          .one('m', "memory", "bytes", "Memory limit of commands")
          .one("memory-swap", "bytes", "Swap limit of commands, equal to memory plus swap: -1 for unlimited swap")
          .one("network", "string", "Network of commands")
          .toggle("no-cache", "Do not use cache when building the image")
          .one('o', "output", "string", "Write the result as well: type=local|tar|oci,dest=PATH, or a folder")
          .one("platform", "string", "Platform of the base image")
          .one("progress", "string", "How progress is shown: auto, plain or tty")
          .toggle("pull", "Always attempt to pull newer versions of base images")
          .toggle('q', "quiet", "Suppress the build output and print the image ID on success")
          .toggle("rm", "Taken for compatibility; intermediate containers are always removed")
          .list("secret", "A secret for RUN --mount=type=secret: id=NAME[,src=FILE|,env=VARIABLE]")
          .list("security-opt", "Security options of commands")
          .one("shm-size", "bytes", "Size of /dev/shm")
          .toggle("squash", "Make one layer of what the build adds (of an experimental daemon)")
          .list("ssh", "An agent's socket for RUN --mount=type=ssh: default or id=PATH")
          .list('t', "tag", "Name and optionally a tag in the name:tag format")
          .one("target", "string", "Stage to build")
          .list("ulimit", "Ulimit options");
    }

    @Override
    protected String examples() {
      return "proa build -t app:1 .\nproa build --secret id=token,env=TOKEN --output type=local,dest=out .\nproa build -f - . < Dockerfile.dev";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      boolean remote = call.argument(0).contains("://") || call.argument(0).startsWith("git@");
      StringBuilder query = query(flags);
      Progress result = new Progress(call.out(), 1, flags.has("quiet"));
      BuildProgress progress = BuildProgress.of(call.out(), flags.get("progress", "auto"), flags.has("quiet"));
      String[] headers = headers(flags);
      String[] id = {""};
      long[] warnings = {0};
      if (remote) {
        query.append("&remote=").append(Engine.escape(call.argument(0)));
      }
      try (InputStream body = remote ? InputStream.nullInputStream() : flags.has("compress") ? new GzipInput(context(call, query)) : context(call, query);
          Engine.Answer answer = call.engine().upload(query.toString(), body, headers)) {
        Engine.eachLine(
            answer.body(),
            message -> {
              String built = Json.text(message, "aux", "ID");
              warnings[0] += Json.number(message, "aux", "Warnings");
              if (!built.isEmpty()) {
                id[0] = built;
              } else if (message.containsKey("error")) {
                progress.failed();
                long code = Json.number(message, "errorDetail", "code");
                throw new CliException(code == 0 ? 1 : (int) code, Json.text(message, "error"));
              } else if (message.containsKey("stream")) {
                progress.text(Json.text(message, "stream"));
              } else {
                result.show(message);
              }
            });
      }
      progress.done();
      if (flags.has("check")) {
        return warnings[0] > 0 ? 1 : 0;
      }
      String iidfile = flags.get("iidfile");
      if (iidfile != null) {
        Files.writeString(Path.of(iidfile), id[0]);
      }
      if (flags.has("quiet")) {
        call.out().println(id[0]);
      }
      String output = flags.get("output");
      return output == null ? 0 : BuildResult.write(call, id[0], output);
    }

    private static StringBuilder query(Flags flags) {
      StringBuilder query = new StringBuilder("/build?rm=1");
      flags.list("tag").forEach(tag -> query.append("&t=").append(Engine.escape(tag)));
      flags.list("add-host").forEach(host -> query.append("&extrahosts=").append(Engine.escape(host)));
      add(query, "nocache", flags.has("no-cache") ? "1" : "");
      add(query, "pull", flags.has("pull") ? "1" : "");
      add(query, "squash", flags.has("squash") ? "1" : "");
      add(query, "check", flags.has("check") ? "1" : "");
      add(query, "target", flags.get("target", ""));
      add(query, "platform", flags.get("platform", ""));
      add(query, "networkmode", flags.get("network", ""));
      add(query, "isolation", flags.get("isolation", ""));
      add(query, "memory", bytes(flags.get("memory")));
      add(query, "memswap", "-1".equals(flags.get("memory-swap")) ? "-1" : bytes(flags.get("memory-swap")));
      add(query, "cgroupparent", flags.get("cgroup-parent", ""));
      for (String limit : List.of("cpu-period", "cpu-quota", "cpu-shares", "cpuset-cpus", "cpuset-mems")) {
        add(query, limit.replace("-", ""), flags.get(limit, ""));
      }
      if (!flags.list("security-opt").isEmpty()) {
        add(query, "securityopt", Json.write(flags.list("security-opt")));
      }
      add(query, "shmsize", bytes(flags.get("shm-size")));
      if (!flags.list("build-arg").isEmpty()) {
        Map<String, @Nullable String> arguments = new LinkedHashMap<>();
        for (String argument : flags.list("build-arg")) {
          int equals = argument.indexOf('=');
          arguments.put(equals < 0 ? argument : argument.substring(0, equals), equals < 0 ? System.getenv(argument) : argument.substring(equals + 1));
        }
        add(query, "buildargs", Json.write(arguments));
      }
      if (!flags.list("label").isEmpty()) {
        add(query, "labels", Json.write(Lists.pairs(flags.list("label"))));
      }
      if (!flags.list("cache-from").isEmpty()) {
        add(query, "cachefrom", Json.write(flags.list("cache-from")));
      }
      if (!flags.list("ulimit").isEmpty()) {
        add(query, "ulimits", Json.write(flags.list("ulimit").stream().map(Build::ulimit).toList()));
      }
      return query;
    }

    private static void add(StringBuilder query, String name, String value) {
      if (!value.isEmpty()) {
        query.append('&').append(name).append('=').append(Engine.escape(value));
      }
    }

    private static String bytes(@Nullable String text) {
      return text == null ? "" : Long.toString(Units.bytes(text));
    }

    private static Map<String, Object> ulimit(String text) {
      String[] parts = text.split("[=:]");
      try {
        long soft = Long.parseLong(parts[1]);
        return Map.of("Name", parts[0], "Soft", soft, "Hard", parts.length > 2 ? Long.parseLong(parts[2]) : soft);
      } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
        throw new CliException(125, "invalid argument \"" + text + "\" for \"--ulimit\" flag: it is to be NAME=SOFT[:HARD]");
      }
    }

    private static InputStream context(Invocation call, StringBuilder query) throws IOException {
      String file = call.flags().get("file");
      if (call.argument(0).equals("-")) {
        if (Terminal.isTerminal(0)) {
          throw new CliException(1, "the build context or Dockerfile is to come from standard input, which is a terminal");
        }
        return BuildContextTar.ofStream(call.in(), query, file);
      }
      byte[] dockerfile = "-".equals(file) ? call.in().readAllBytes() : null;
      return BuildContextTar.ofFolder(Path.of(call.argument(0)), file, dockerfile, query);
    }

    private static String[] headers(Flags flags) throws IOException {
      Map<String, @Nullable Object> secrets = new LinkedHashMap<>();
      for (String text : flags.list("secret")) {
        Map<String, String> fields = Lists.pairs(List.of(text.split(",")));
        String id = fields.getOrDefault("id", "");
        if (id.isEmpty()) {
          throw new CliException(125, "invalid argument \"" + text + "\" for \"--secret\" flag: it is to be id=NAME[,src=FILE|,env=VARIABLE]");
        }
        secrets.put(id, Base64.getEncoder().encodeToString(secret(id, fields)));
      }
      Map<String, @Nullable Object> sockets = new LinkedHashMap<>();
      for (String text : flags.list("ssh")) {
        int equals = text.indexOf('=');
        String path = equals < 0 ? System.getenv("SSH_AUTH_SOCK") : text.substring(equals + 1);
        if (path == null || path.isEmpty()) {
          throw new CliException(1, "--ssh " + text + ": there is no agent: SSH_AUTH_SOCK is not set");
        }
        sockets.put(equals < 0 ? text : text.substring(0, equals), path);
      }
      return new String[] {
        "X-Registry-Config", DockerConfig.allLogins(), "X-Proa-Build-Secrets", encoded(secrets), "X-Proa-Build-Ssh", encoded(sockets)
      };
    }

    private static byte[] secret(String id, Map<String, String> fields) throws IOException {
      String file = fields.getOrDefault("src", fields.getOrDefault("source", ""));
      String variable = fields.getOrDefault("env", file.isEmpty() ? id : "");
      if (!file.isEmpty()) {
        try {
          return Files.readAllBytes(Path.of(file));
        } catch (NoSuchFileException e) {
          throw new CliException(1, "secret " + id + ": " + file + ": no such file or directory");
        }
      }
      String value = System.getenv(variable);
      if (value == null) {
        throw new CliException(1, "secret " + id + ": the environment has no variable " + variable);
      }
      return value.getBytes(StandardCharsets.UTF_8);
    }

    private static String encoded(Map<String, @Nullable Object> values) {
      return values.isEmpty() ? "" : Base64.getUrlEncoder().encodeToString(Json.write(values).getBytes(StandardCharsets.UTF_8));
    }
  }

  /** {@code builder prune}. */
  public static final class Prune extends Verb {
    public Prune() {
      super("builder prune [OPTIONS]", "Remove build cache", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all", "Remove all unused build cache, not just what no image has")
          .list("filter", "Provide filter values (e.g. \"until=24h\")")
          .toggle('f', "force", "Do not prompt for confirmation")
          .one("keep-storage", "bytes", "Amount of disk space to keep for cache");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      PruneVerbs.confirm(call, "builder prune", "WARNING! This will remove all dangling build cache.");
      String keep = call.flags().get("keep-storage");
      Object answer =
          call.engine()
              .post(
                  "/build/prune?all=" + (call.flags().has("all") ? 1 : 0) + (keep == null ? "" : "&keep-storage=" + Units.bytes(keep))
                      + Lists.filters('&', call.flags().list("filter")),
                  null);
      List<@Nullable Object> gone = Json.list(answer, "CachesDeleted");
      if (!gone.isEmpty()) {
        call.out().println("Deleted build cache objects:");
        gone.forEach(call.out()::println);
        call.out().println();
      }
      call.out().println("Total reclaimed space: " + Units.size(Json.number(answer, "SpaceReclaimed")));
      return 0;
    }
  }

  /** What a build came to, written where it is wanted. */
  private static final class BuildResult {
    private BuildResult() {}

    static int write(Invocation call, String id, String output) throws IOException {
      Map<String, String> fields = output.contains("=") ? Lists.pairs(List.of(output.split(","))) : Map.of("type", "local", "dest", output);
      String destination = fields.getOrDefault("dest", "");
      String type = fields.getOrDefault("type", "local");
      if (destination.isEmpty()) {
        throw new CliException(125, "--output wants a destination: type=" + type + ",dest=PATH");
      }
      switch (type) {
        case "oci", "docker" -> {
          try (Engine.Answer answer = call.engine().open("GET", "/images/get?names=" + Engine.escape(id), null);
              OutputStream file = Files.newOutputStream(Path.of(destination))) {
            answer.body().transferTo(file);
          }
        }
        case "tar", "local" -> files(call, id, type.equals("tar"), destination);
        default -> throw new CliException(125, "unknown type of output \"" + type + "\": local, tar, oci and docker are known");
      }
      return 0;
    }

    private static void files(Invocation call, String id, boolean archive, String destination) throws IOException {
      Object container = call.engine().post("/containers/create", Map.of("Image", id, "Cmd", List.of("/")));
      String name = Json.text(container, "Id");
      try (Engine.Answer answer = call.engine().open("GET", "/containers/" + name + "/export", null)) {
        if (archive) {
          try (OutputStream file = Files.newOutputStream(Path.of(destination))) {
            answer.body().transferTo(file);
          }
          return;
        }
        Files.createDirectories(Path.of(destination));
        Process tar = new ProcessBuilder("tar", "-x", "-f", "-", "-C", destination).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (OutputStream in = tar.getOutputStream()) {
          answer.body().transferTo(in);
        }
        if (tar.waitFor() != 0) {
          throw new CliException(1, "tar could not unpack the result into " + destination);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CliException(130, "interrupted");
      } finally {
        try {
          call.engine().delete("/containers/" + name + "?force=1&v=1");
        } catch (EngineException e) {
          call.err().println("container " + name + " is left: " + e.getMessage());
        }
      }
    }
  }
}
