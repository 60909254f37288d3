package dev.proa.lifecycle.assembly;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.lifecycle.containers.AttachRequest;
import dev.proa.lifecycle.containers.Attachment;
import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.ContainerView;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.containers.Containers.CreateRequest;
import dev.proa.lifecycle.containers.Containers.WaitCondition;
import dev.proa.lifecycle.containers.ExecConfig;
import dev.proa.lifecycle.containers.Execs;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.containers.LogStream;
import dev.proa.lifecycle.containers.LogsRequest;
import dev.proa.lifecycle.internal.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** An engine for a test class, with short words for what tests do. */
final class Bench implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  final Assembly assembly;

  private Bench(Assembly assembly) {
    this.assembly = assembly;
  }

  static Bench open(Path folder) throws IOException, InterruptedException {
    assumeTrue(Assembly.missing().isEmpty(), Assembly.missing());
    Assembly assembly = Assembly.start(folder);
    assembly.busyboxImage();
    return new Bench(assembly);
  }

  Containers containers() {
    return assembly.core().containers();
  }

  Execs execs() {
    return assembly.core().execs();
  }

  static <T> T json(String text, Class<T> type) {
    return Json.read(text.getBytes(StandardCharsets.UTF_8), type, "test");
  }

  /** @param config and {@code host}: members of the API's documents */
  String create(String name, String config, String host) {
    ContainerConfig document = json("{\"Image\": \"test\", " + config + "}", ContainerConfig.class);
    HostConfig hostConfig = json("{" + host + "}", HostConfig.class);
    return containers().create(new CreateRequest(name.isEmpty() ? null : name, document, hostConfig, null, null, false)).id();
  }

  String sh(String script, String host) {
    return create("", "\"Cmd\": [\"sh\", \"-c\", " + new String(Json.write(script), StandardCharsets.UTF_8) + "]", host);
  }

  int await(String id) {
    try {
      return containers().await(id, WaitCondition.NOT_RUNNING).get(PATIENCE_SECONDS, TimeUnit.SECONDS).exitCode();
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** Runs a script to its end. */
  Output run(String script, String host) {
    String id = sh(script, host);
    containers().start(id);
    await(id);
    return logs(id, -1);
  }

  Output logs(String id, int tail) {
    Output output = new Output();
    try (LogStream stream = containers().logs(id, new LogsRequest(true, true, null, null, false, tail, false, false))) {
      stream.pump(output);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return output;
  }

  Attachment attach(String id) {
    return containers().attach(id, new AttachRequest(true, false, true, true, true, null));
  }

  ContainerView inspect(String id) {
    return containers().inspect(id, false);
  }

  /** Runs a command in a running container to its end. */
  Output exec(String id, String... command) {
    String exec = execs().create(id, new ExecConfig(null, false, false, null, false, true, true, null, null, null, List.of(command)));
    Output output = new Output();
    try (Attachment attachment = execs().start(exec, new Execs.StartRequest(false, null, 0, 0))) {
      attachment.pump(output);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return output;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    assembly.close();
  }
}
