package dev.proa.cli.compose;

import static dev.proa.cli.compose.model.Project.list;
import static dev.proa.cli.compose.model.Project.object;
import static dev.proa.cli.compose.model.Project.text;

import dev.proa.cli.CliException;
import dev.proa.cli.command.Session;
import dev.proa.cli.compose.model.ComposeException;
import dev.proa.cli.compose.model.Project;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code post_start} and {@code pre_stop}: commands in a container right after its start, and before it is stopped by its project. One that fails after the start
 * fails the start; one that fails before the stop is said, and the stop goes on.
 */
final class Hooks {
  /** What a hook writes is shown with its container's name; more than this of one is left out. */
  private static final int MAX_OUTPUT_BYTES = 1 << 20;

  private final Engine engine;
  private final Report report;
  private final @Nullable Project project;

  Hooks(Engine engine, Report report, @Nullable Project project) {
    this.engine = engine;
    this.report = report;
    this.project = project;
  }

  /** Of verbs that go by what the engine has: files that are not there, or cannot be read by now, have no hooks. */
  static Hooks of(Scope scope) {
    Project project = null;
    try {
      project = scope.project();
    } catch (CliException | IOException e) {
      // a project is stopped and taken down without its files, too
    }
    return new Hooks(scope.engine(), scope.report(), project);
  }

  void afterStart(Container container) throws IOException {
    for (Object hook : hooks(container, "post_start")) {
      long status = run(container, object(hook));
      if (status != 0) {
        throw new ComposeException("container " + container.name() + ": post_start hook " + command(object(hook)) + " exited with status " + status);
      }
    }
  }

  void beforeStop(Container container) throws IOException {
    if (!container.state().equals("running")) {
      return;
    }
    for (Object hook : hooks(container, "pre_stop")) {
      try {
        long status = run(container, object(hook));
        if (status != 0) {
          report.warning("container " + container.name() + ": pre_stop hook " + command(object(hook)) + " exited with status " + status);
        }
      } catch (EngineException e) {
        report.warning("container " + container.name() + ": pre_stop hook " + command(object(hook)) + ": " + e.getMessage());
      }
    }
  }

  private List<?> hooks(Container container, String kind) {
    Project known = project;
    return known == null || container.oneOff() || !known.services().containsKey(container.service()) ? List.of() : list(known.service(container.service()).get(kind));
  }

  private static List<?> command(Map<String, @Nullable Object> hook) {
    return list(hook.get("command"));
  }

  private long run(Container container, Map<String, @Nullable Object> hook) throws IOException {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("Cmd", command(hook));
    body.put("User", text(hook.get("user")));
    body.put("Privileged", Boolean.TRUE.equals(hook.get("privileged")));
    body.put("WorkingDir", text(hook.get("working_dir")));
    List<String> environment = new ArrayList<>();
    object(hook.get("environment")).forEach((name, value) -> environment.add(name + "=" + text(value)));
    body.put("Env", environment);
    body.put("AttachStdout", true);
    body.put("AttachStderr", true);
    String id = Json.text(engine.post("/containers/" + container.id() + "/exec", body), "Id");
    Limited written = new Limited();
    try (Engine.Answer answer = engine.upgrade("/exec/" + id + "/start", Map.of("Detach", false, "Tty", false))) {
      Session.copy(answer.body(), false, written, written);
    }
    written.text().lines().forEach(line -> report.output(container.name(), line));
    return Json.number(engine.get("/exec/" + id + "/json"), "ExitCode");
  }

  /** Keeps the begin of what is written. */
  private static final class Limited extends OutputStream {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      kept.write(bytes, offset, Math.min(length, MAX_OUTPUT_BYTES - kept.size()));
    }

    String text() {
      return kept.toString(StandardCharsets.UTF_8);
    }
  }
}
