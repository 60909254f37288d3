package dev.proa.api.streams;

import dev.proa.api.http.PeerGoneException;
import dev.proa.api.router.Call;
import dev.proa.api.router.Failures;
import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer of a long operation: JSON messages, one a line. {@link #answer Sent at once}, its head goes out with the first message, so that a
 * failure before it is an ordinary answer; one behind it becomes the last message. {@link #answerWhenDone Held back}, there is only the latter.
 */
public final class ProgressStream implements ProgressSink {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressStream.class);

  /** The operation whose messages are sent. */
  @FunctionalInterface
  public interface Operation {
    void run(ProgressSink progress) throws Exception;
  }

  /** What is held back at most. */
  private static final int HELD_BYTES = 1 << 18;

  private final Call call;
  private final boolean hold;
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable OutputStream out;

  private ProgressStream(Call call, boolean hold) {
    this.call = call;
    this.hold = hold;
  }

  /** Runs the operation in this thread; it is interrupted if the client goes away. */
  public static void answer(Call call, Operation operation) throws Exception {
    call.exchange().interruptOnDisconnect();
    ProgressStream progress = new ProgressStream(call, false);
    try {
      operation.run(progress);
    } catch (Exception e) {
      if (call.exchange().clientIsGone() || !call.exchange().committed()) {
        throw e;
      }
      LOG.debug("{} failed: {}", call.exchange().target(), e.toString());
      progress.send(ProgressMessage.ofError(Failures.message(e)));
    }
    progress.close();
  }

  /**
   * Runs an operation that consumes the request's body, to its end even if the client is gone once the body is there: some clients take the head of
   * the answer for its end and hang up. So messages are held back until everything is done (or they become many), and every failure is the last of
   * them, with status 200.
   */
  public static void answerWhenDone(Call call, Operation operation) throws Exception {
    ProgressStream progress = new ProgressStream(call, true);
    try {
      operation.run(progress);
    } catch (Exception e) {
      if (call.exchange().clientFailed()) {
        throw e;
      }
      LOG.debug("{} failed: {}", call.exchange().target(), e.toString());
      progress.send(ProgressMessage.ofError(Failures.message(e)));
    }
    progress.close();
  }

  @Override
  public void send(ProgressMessage message) {
    byte[] line = (message.toJson() + "\r\n").getBytes(StandardCharsets.UTF_8);
    lock.lock();
    try {
      if (hold && out == null && held.size() + line.length <= HELD_BYTES) {
        held.writeBytes(line);
        return;
      }
      OutputStream stream = open();
      stream.write(line);
      stream.flush();
    } catch (PeerGoneException e) {
      if (!hold) {
        throw new UncheckedIOException(e);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }

  private OutputStream open() throws IOException {
    OutputStream stream = out;
    if (stream == null) {
      stream = call.stream(Call.JSON);
      out = stream;
      held.writeTo(stream);
      held.reset();
    }
    return stream;
  }

  private void close() throws IOException {
    lock.lock();
    try {
      open().close();
    } finally {
      lock.unlock();
    }
  }
}
