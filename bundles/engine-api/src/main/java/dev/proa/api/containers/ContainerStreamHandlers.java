package dev.proa.api.containers;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.proa.api.http.RawStreams;
import dev.proa.api.json.Json;
import dev.proa.api.router.Call;
import dev.proa.api.router.Query;
import dev.proa.api.streams.FramedOutput;
import dev.proa.api.streams.HijackedAttachment;
import dev.proa.api.streams.MediaTypes;
import dev.proa.lifecycle.containers.AttachRequest;
import dev.proa.lifecycle.containers.Attachment;
import dev.proa.lifecycle.containers.ContainerStats;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.containers.Containers.WaitCondition;
import dev.proa.lifecycle.containers.Containers.WaitResult;
import dev.proa.lifecycle.containers.LogStream;
import dev.proa.lifecycle.containers.LogsRequest;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** What takes its time: logs, attach, wait, stats. All of it ends when the client goes away. */
public final class ContainerStreamHandlers {
  private static final int STATS_INTERVAL_MS = 1000;
  private static final int ALL_LINES = -1;

  private final Containers containers;

  public ContainerStreamHandlers(Containers containers) {
    this.containers = containers;
  }

  void logs(Call call) throws IOException {
    Query query = call.query();
    if (!query.flag("stdout") && !query.flag("stderr")) {
      throw ProaException.invalid("Bad parameters: you must choose at least one stream");
    }
    LogsRequest request =
        new LogsRequest(
            query.flag("stdout"),
            query.flag("stderr"),
            query.time("since"),
            query.time("until"),
            query.flag("timestamps"),
            tail(query.get("tail")),
            query.flag("follow"),
            query.flag("details"));
    try (LogStream logs = containers.logs(call.parameter(), request)) {
      call.exchange().onDisconnect(logs::close);
      OutputStream out = call.stream(MediaTypes.of(logs.tty(), call.version()));
      logs.pump(new FramedOutput(out, logs.tty()));
      out.close();
    }
  }

  /** As the Docker Engine takes it: what is no number means all. */
  private static int tail(String text) {
    try {
      return Math.max(ALL_LINES, Integer.parseInt(text));
    } catch (NumberFormatException e) {
      return ALL_LINES;
    }
  }

  void attach(Call call) throws IOException {
    relay(call, false, attachment -> call.exchange().hijack(MediaTypes.of(attachment.tty(), call.version())));
  }

  /** The same over a websocket, where output is one raw stream whether there is a terminal or not. */
  void attachByWebSocket(Call call) throws IOException {
    if (!call.exchange().wantsWebSocket()) {
      containers.inspect(call.parameter(), false);
      throw ProaException.invalid("this path is for websockets: send Upgrade: websocket with Sec-WebSocket-Version: 13 and a key");
    }
    relay(call, true, attachment -> call.exchange().hijackByWebSocket());
  }

  private interface Takeover {
    RawStreams of(Attachment attachment) throws IOException;
  }

  private void relay(Call call, boolean raw, Takeover takeover) throws IOException {
    Query query = call.query();
    AttachRequest request =
        new AttachRequest(
            query.flag("stream"), query.flag("logs"), query.flag("stdin"), query.flag("stdout"), query.flag("stderr"), query.orNull("detachKeys"));
    Attachment attachment = containers.attach(call.parameter(), request);
    RawStreams streams;
    try {
      streams = takeover.of(attachment);
    } catch (IOException | RuntimeException e) {
      attachment.close();
      throw e;
    }
    HijackedAttachment.run(call.exchange(), streams, attachment, raw || attachment.tty());
  }

  /** The head goes out as soon as the wait counts: clients start the container when they have it. */
  void await(Call call) throws IOException, InterruptedException {
    WaitCondition condition =
        switch (call.version().before(1, 30) ? "" : call.query().get("condition")) {
          case "", "not-running" -> WaitCondition.NOT_RUNNING;
          case "next-exit" -> WaitCondition.NEXT_EXIT;
          case "removed" -> WaitCondition.REMOVED;
          default -> throw ProaException.invalid("invalid condition: \"" + call.query().get("condition") + "\"");
        };
    CompletableFuture<WaitResult> end = containers.await(call.parameter(), condition);
    call.exchange().onDisconnect(() -> end.cancel(false));
    if (call.version().before(1, 30)) {
      call.json(WaitResponse.of(join(end)));
      return;
    }
    try (OutputStream out = call.stream(Call.JSON)) {
      out.write(Json.line(WaitResponse.of(join(end))));
    } finally {
      end.cancel(false);
    }
  }

  private static WaitResult join(CompletableFuture<WaitResult> end) throws InterruptedException, IOException {
    try {
      return end.get();
    } catch (CancellationException e) {
      throw new IOException("nobody waits any more", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ProaException failure ? failure : ProaException.internal("the wait failed: " + e.getMessage(), e);
    }
  }

  void stats(Call call) throws IOException, InterruptedException {
    boolean stream = call.query().flag("stream", true);
    boolean oneShot = !call.version().before(1, 41) && call.query().flag("one-shot");
    if (stream && oneShot) {
      throw ProaException.invalid("cannot have stream=true and one-shot=true");
    }
    ContainerStats reading = containers.stats(call.parameter());
    if (!stream) {
      call.json(oneShot || !running(reading) ? reading : next(reading.id(), reading));
      return;
    }
    CountDownLatch gone = new CountDownLatch(1);
    call.exchange().onDisconnect(gone::countDown);
    try (OutputStream out = call.stream(Call.JSON)) {
      String id = reading.id();
      do {
        out.write(Json.line(reading));
        out.flush();
        if (gone.await(STATS_INTERVAL_MS, TimeUnit.MILLISECONDS)) {
          return;
        }
        ContainerStats previous = reading;
        reading = read(id);
        if (reading != null) {
          reading = reading.after(previous);
        }
      } while (reading != null);
    }
  }

  private ContainerStats next(String id, ContainerStats first) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(STATS_INTERVAL_MS);
    return containers.stats(id).after(first);
  }

  private static boolean running(ContainerStats reading) {
    return reading.pidsStats().current() != null && reading.pidsStats().current() > 0;
  }

  /** Null once the container has been removed, which ends the stream. */
  private @Nullable ContainerStats read(String id) {
    try {
      return containers.stats(id);
    } catch (ProaException e) {
      if (e.is(dev.proa.spi.ErrorClass.NOT_FOUND)) {
        return null;
      }
      throw e;
    }
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record WaitResponse(int statusCode, @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable WaitError error) {
    static WaitResponse of(WaitResult result) {
      return new WaitResponse(result.exitCode(), result.error() == null ? null : new WaitError(result.error()));
    }
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record WaitError(String message) {}
}
