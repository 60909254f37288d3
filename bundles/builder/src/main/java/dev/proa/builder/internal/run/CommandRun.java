package dev.proa.builder.internal.run;

import dev.proa.builder.BuildOutput;
import dev.proa.builder.CommandFailure;
import dev.proa.images.build.BuildImages;
import dev.proa.images.build.BuildImages.Stack;
import dev.proa.lifecycle.containers.Attachment;
import dev.proa.lifecycle.containers.AttachRequest;
import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.containers.Containers.CreateRequest;
import dev.proa.lifecycle.containers.Containers.WaitCondition;
import dev.proa.lifecycle.containers.Containers.WaitResult;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.containers.StreamType;
import dev.proa.lifecycle.roots.ImageRoots;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Runs the commands of one build, each in a container of its own, and makes layers of what they leave. {@link #cancel} ends all that run. */
public final class CommandRun {
  private static final Logger LOG = LoggerFactory.getLogger(CommandRun.class);
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();

  private final Containers containers;
  private final ImageRoots roots;
  private final BuildImages images;
  private final Set<String> running = ConcurrentHashMap.newKeySet();
  private volatile boolean canceled;

  public CommandRun(Containers containers, ImageRoots roots, BuildImages images) {
    this.containers = containers;
    this.roots = roots;
    this.images = images;
  }

  /**
   * What is run.
   *
   * @param stack id of the stack that it runs on
   * @param shown the command in words, for the message if it fails
   * @param user as {@code USER} says; empty for root
   * @param stubs paths that are made only to mount something at
   */
  public record Command(
      String stack,
      List<String> arguments,
      String shown,
      List<String> environment,
      String user,
      String workingDir,
      Map<String, Object> hostConfig,
      List<Map<String, Object>> mounts,
      Set<String> stubs,
      String platform) {}

  /**
   * Runs a command to its end.
   *
   * @return the stack with what it left
   * @throws CommandFailure if it ends with another code than 0
   */
  public Stack run(Command command, BuildOutput output) throws InterruptedException {
    String id = containers.create(request(command)).id();
    running.add(id);
    try {
      if (canceled) {
        throw ProaException.unavailable("the build was canceled", null);
      }
      output.text(" ---> Running in " + id.substring(0, 12) + "\n");
      int code = toTheEnd(id, output);
      if (canceled) {
        throw ProaException.unavailable("the build was canceled", null);
      }
      if (code != 0) {
        throw new CommandFailure("The command '" + command.shown() + "' returned a non-zero code: " + code, code);
      }
      Stack stack = roots.changes(id, command.stubs(), diff -> images.push(command.stack(), diff));
      output.text(" ---> Removed intermediate container " + id.substring(0, 12) + "\n");
      return stack;
    } finally {
      running.remove(id);
      remove(id);
    }
  }

  /** Ends what runs; what is begun afterwards ends at once. */
  public void cancel() {
    canceled = true;
    running.forEach(this::remove);
  }

  /** By a thread that nobody interrupts: an interrupt is for the build, not for its clean-up. */
  private void remove(String id) {
    Thread thread = Thread.ofVirtual().name("build-clean-up").start(() -> removeNow(id));
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void removeNow(String id) {
    try {
      containers.remove(id, true, true);
    } catch (ProaException e) {
      if (!e.is(ErrorClass.NOT_FOUND) && !e.is(ErrorClass.CONFLICT)) {
        LOG.warn("container {} of a build is not removed: {}", id, e.getMessage());
      }
    }
  }

  private static CreateRequest request(Command command) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("Image", command.stack());
    config.put("Cmd", command.arguments());
    config.put("Entrypoint", List.of());
    config.put("Env", command.environment());
    config.put("User", command.user());
    config.put("WorkingDir", command.workingDir());
    config.put("AttachStdout", true);
    config.put("AttachStderr", true);
    Map<String, Object> host = new LinkedHashMap<>(command.hostConfig());
    host.put("LogConfig", Map.of("Type", "none"));
    if (!command.mounts().isEmpty()) {
      host.put("Mounts", command.mounts());
    }
    return new CreateRequest(
        null, JSON.convertValue(config, ContainerConfig.class), JSON.convertValue(host, HostConfig.class), null, command.platform().isEmpty() ? null : command.platform(), false);
  }

  private int toTheEnd(String id, BuildOutput output) throws InterruptedException {
    CompletableFuture<WaitResult> end = containers.await(id, WaitCondition.NEXT_EXIT);
    try (Attachment attachment = containers.attach(id, new AttachRequest(true, false, false, true, true, null))) {
      containers.start(id);
      if (canceled) {
        remove(id); // the cancel may have come while it could not be removed yet
      }
      Text text = new Text(output);
      attachment.pump(text::write);
      text.end();
      return end.get().exitCode();
    } catch (IOException e) {
      throw ProaException.unavailable("the output of a build's command cannot be passed on: " + e.getMessage(), e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ProaException known ? known : ProaException.internal("a build's command: " + e.getCause(), e.getCause());
    } finally {
      end.cancel(false);
    }
  }

  /** Bytes as text; a character may lie across two pieces. */
  private static final class Text {
    private final BuildOutput output;
    private final Map<StreamType, CharsetDecoder> decoders = new EnumMap<>(StreamType.class);
    private final Map<StreamType, ByteBuffer> left = new EnumMap<>(StreamType.class);

    Text(BuildOutput output) {
      this.output = output;
    }

    void write(StreamType stream, ByteBuffer data) {
      ByteBuffer before = left.remove(stream);
      ByteBuffer all = data;
      if (before != null) {
        all = ByteBuffer.allocate(before.remaining() + data.remaining()).put(before).put(data).flip();
      }
      CharBuffer chars = CharBuffer.allocate(all.remaining() + 1);
      decoder(stream).decode(all, chars, false);
      if (all.hasRemaining()) {
        left.put(stream, ByteBuffer.allocate(all.remaining()).put(all).flip());
      }
      send(stream, chars.flip().toString());
    }

    void end() {
      left.forEach((stream, bytes) -> send(stream, StandardCharsets.UTF_8.decode(bytes).toString()));
    }

    private CharsetDecoder decoder(StreamType stream) {
      return decoders.computeIfAbsent(
          stream,
          s -> StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE).onUnmappableCharacter(CodingErrorAction.REPLACE));
    }

    private void send(StreamType stream, String text) {
      if (!text.isEmpty()) {
        output.command(text, stream == StreamType.STDERR);
      }
    }
  }
}
