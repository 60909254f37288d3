package dev.proa.api.exec;

import dev.proa.api.containers.Dimension;
import dev.proa.api.http.RawStreams;
import dev.proa.api.router.Call;
import dev.proa.api.router.Failures;
import dev.proa.api.streams.FramedOutput;
import dev.proa.api.streams.HijackedAttachment;
import dev.proa.api.streams.MediaTypes;
import dev.proa.lifecycle.containers.Attachment;
import dev.proa.lifecycle.containers.ExecConfig;
import dev.proa.lifecycle.containers.Execs;
import dev.proa.lifecycle.containers.Execs.StartRequest;
import dev.proa.lifecycle.containers.StreamType;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Further processes in containers. */
public final class ExecHandlers {
  private final Execs execs;

  public ExecHandlers(Execs execs) {
    this.execs = execs;
  }

  void create(Call call) throws IOException {
    ExecConfig config = call.body(ExecConfig.class, "ExecCreateRequest");
    if (config.cmd() == null || config.cmd().isEmpty()) {
      throw ProaException.invalid("No exec command specified");
    }
    call.json(201, new CreateResponse(execs.create(call.parameter(), config)));
  }

  void start(Call call) throws IOException {
    StartBody body = call.body(StartBody.class, "ExecStartRequest");
    String id = call.parameter();
    execs.check(id);
    boolean sized = Boolean.TRUE.equals(body.tty()) && !call.version().before(1, 42);
    StartRequest request = new StartRequest(body.detach(), body.tty(), sized ? body.size(0) : 0, sized ? body.size(1) : 0);
    if (body.detach()) {
      execs.start(id, request).close();
      call.exchange().send(200);
      return;
    }
    // What the start says decides about frames, not what the exec has: as the Docker Engine does it.
    boolean tty = Boolean.TRUE.equals(body.tty());
    RawStreams raw = call.exchange().hijack(MediaTypes.of(tty, call.version()));
    Attachment attachment;
    try {
      attachment = execs.start(id, request);
    } catch (ProaException e) {
      // The answer's head is out; the Docker Engine tells clients in the stream too.
      byte[] text = (Failures.message(e) + "\r\n").getBytes(StandardCharsets.UTF_8);
      new FramedOutput(raw.output(), tty).write(StreamType.STDOUT, ByteBuffer.wrap(text));
      return;
    }
    HijackedAttachment.run(call.exchange(), raw, attachment, tty);
  }

  void resize(Call call) throws IOException {
    execs.resize(call.parameter(), Dimension.of(call, "h"), Dimension.of(call, "w"));
    call.exchange().send(200);
  }

  void inspect(Call call) throws IOException {
    call.json(execs.inspect(call.parameter()));
  }

  /** @param consoleSize rows and columns */
  @JsonNaming(UpperCamelCaseStrategy.class)
  record StartBody(boolean detach, @Nullable Boolean tty, @Nullable List<Integer> consoleSize) {
    StartBody {
      if (consoleSize != null && (consoleSize.size() != 2 || consoleSize.stream().anyMatch(value -> value == null || value < 0))) {
        throw ProaException.invalid("invalid ConsoleSize: it has two numbers, the terminal's height and width");
      }
    }

    int size(int index) {
      return consoleSize == null ? 0 : consoleSize.get(index);
    }
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record CreateResponse(String id) {}
}
