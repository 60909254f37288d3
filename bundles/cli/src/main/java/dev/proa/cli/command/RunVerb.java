package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code run}, and {@code create}, which is its first half. */
public final class RunVerb extends Verb {
  private static final int FAILED = 125;
  private static final int CANNOT_EXECUTE = 126;
  private static final int NOT_FOUND = 127;

  private final boolean start;

  public RunVerb(boolean start) {
    super(
        (start ? "run" : "create") + " [OPTIONS] IMAGE [COMMAND] [ARG...]",
        start ? "Create and run a new container from an image" : "Create a new container",
        1,
        -1);
    this.start = start;
  }

  @Override
  protected void flags(Flags flags) {
    RunOptions.flags(flags);
    if (start) {
      flags.toggle('d', "detach", "Run container in background and print container ID").toggle("sig-proxy", "Proxy received signals to the process (default true)");
    }
  }

  @Override
  protected String examples() {
    return start
        ? """
        proa run --rm -it alpine:3.20 sh
        proa run -d --name web -v data:/srv --memory 256m nginx
        proa run --rm --network none --read-only --tmpfs /tmp busybox id"""
        : "proa create --name job -v data:/srv busybox sh -c 'date > /srv/now'";
  }

  @Override
  protected int run(Invocation call) throws IOException {
    try {
      return start ? runAttachedOrNot(call) : createOnly(call);
    } catch (EngineException e) {
      throw new CliException(start ? FAILED : 1, (start ? "proa: " : "") + "Error response from daemon: " + e.getMessage() + hint());
    } catch (Engine.NoDaemonException e) {
      throw new CliException(start ? FAILED : 1, "proa: " + e.getMessage() + hint());
    }
  }

  private String hint() {
    return start ? "\n\nRun 'proa run --help' for more information" : "";
  }

  private int createOnly(Invocation call) throws IOException {
    call.out().println(create(call, false));
    return 0;
  }

  /** The id of the new container. */
  static String create(Invocation call, boolean attach) throws IOException {
    Flags flags = call.flags();
    Map<String, @Nullable Object> body = RunOptions.body(flags, attach, flags.has("tty") && Terminal.isTerminal(1) ? new Terminal(1).size() : null);
    String image = call.argument(0);
    String platform = flags.get("platform", "");
    String path =
        "/containers/create?name=" + Engine.escape(flags.get("name", "")) + (platform.isEmpty() ? "" : "&platform=" + Engine.escape(platform));
    String pull = flags.get("pull", "missing");
    if (!pull.equals("missing") && !pull.equals("always") && !pull.equals("never")) {
      throw new CliException(FAILED, "proa: invalid pull option: '" + pull + "': must be one of \"always\", \"missing\" or \"never\"");
    }
    Path idFile = flags.get("cidfile") == null ? null : Path.of(flags.get("cidfile", ""));
    if (idFile != null && Files.exists(idFile)) {
      throw new CliException(FAILED, "proa: container ID file found, make sure the other container isn't running or delete " + idFile);
    }
    if (pull.equals("always")) {
      pull(call, image, platform);
    }
    Object created;
    try {
      created = call.engine().post(path, body);
    } catch (EngineException e) {
      if (e.status() != 404 || !pull.equals("missing") || !e.getMessage().contains("No such image")) {
        throw e;
      }
      if (!flags.has("quiet")) {
        call.err().println("Unable to find image '" + (ImageVerbs.tagged(image) ? image : image + ":latest") + "' locally");
      }
      pull(call, image, platform);
      created = call.engine().post(path, body);
    }
    Json.list(created, "Warnings").forEach(warning -> call.err().println("WARNING: " + warning));
    String id = Json.text(created, "Id");
    if (idFile != null) {
      try {
        Files.writeString(idFile, id, StandardOpenOption.CREATE_NEW);
      } catch (FileAlreadyExistsException e) {
        throw new CliException(FAILED, "proa: container ID file found, make sure the other container isn't running or delete " + idFile);
      }
    }
    return id;
  }

  private static void pull(Invocation call, String image, String platform) throws IOException {
    ImageVerbs.pull(call, ImageVerbs.tagged(image) ? image : image + ":latest", platform, new Progress(call.err(), 2, call.flags().has("quiet")));
  }

  private int runAttachedOrNot(Invocation call) throws IOException {
    Flags flags = call.flags();
    boolean detach = flags.has("detach");
    boolean tty = flags.has("tty");
    boolean input = flags.has("interactive") && !detach;
    if (detach && !flags.list("attach").isEmpty()) {
      throw new CliException(FAILED, "proa: conflicting options: cannot specify both --attach and --detach");
    }
    if (tty && input && !Terminal.isTerminal(0)) {
      throw new CliException(1, "the input device is not a TTY");
    }
    String id = create(call, !detach);
    if (detach) {
      start(call, id);
      call.out().println(id);
      return 0;
    }
    String streams = attachQuery(flags, input);
    try (Engine.Answer attached = call.engine().upgrade("/containers/" + id + "/attach?stream=1" + streams, null);
        Session session = new Session(call, attached, tty);
        // asked before the start, so that no end is missed; its head comes at once, its body at the end
        Engine.Answer end = call.engine().open("POST", "/containers/" + id + "/wait?condition=" + (flags.has("rm") ? "removed" : "next-exit"), null)) {
      if (tty) {
        if (input) {
          session.rawTerminal();
        }
      } else if (!flags.given("sig-proxy") || flags.has("sig-proxy")) {
        session.forwardSignals(id);
      }
      if (input) {
        session.sendInput();
      }
      start(call, id);
      session.followSize((rows, columns) -> "/containers/" + id + "/resize?h=" + rows + "&w=" + columns);
      session.copyOutput();
      return ProcessVerbs.exitStatus(end);
    }
  }

  private static String attachQuery(Flags flags, boolean input) throws IOException {
    var attach = flags.list("attach");
    String keys = DockerConfig.read().detachKeys(flags);
    return (attach.isEmpty() || attach.contains("stdout") || attach.contains("STDOUT") ? "&stdout=1" : "")
        + (attach.isEmpty() || attach.contains("stderr") || attach.contains("STDERR") ? "&stderr=1" : "")
        + (input ? "&stdin=1" : "")
        + (keys.isEmpty() ? "" : "&detachKeys=" + Engine.escape(keys));
  }

  /** A start that fails because of the command gives the shell's statuses for it, as docker does. */
  private void start(Invocation call, String id) throws IOException {
    try {
      call.engine().post("/containers/" + id + "/start", null);
    } catch (EngineException e) {
      String text = e.getMessage();
      int status = FAILED;
      if (text.contains("executable file not found") || text.contains("no such file or directory")) {
        status = NOT_FOUND;
      } else if (text.contains("permission denied") || text.contains("is a directory")) {
        status = CANNOT_EXECUTE;
      }
      if (call.flags().has("rm")) {
        removeCreated(call, id, e);
      }
      throw new CliException(status, "proa: Error response from daemon: " + text + hint());
    }
  }

  /** The daemon removes on exit; a container that never ran has none. */
  private static void removeCreated(Invocation call, String id, EngineException why) throws IOException {
    try {
      call.engine().delete("/containers/" + id + "?force=1&v=1");
    } catch (EngineException e) {
      if (e.status() != 404 && e.status() != 409) {
        why.addSuppressed(e);
      }
    }
  }
}
