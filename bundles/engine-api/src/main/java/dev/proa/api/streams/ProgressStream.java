package dev.proa.api.streams;

import dev.proa.api.router.Call;
import dev.proa.api.router.Failures;
import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer of a long operation: JSON messages, one a line, each sent at once. Its head goes out with the first message, so that a
 * failure before it is an ordinary answer; one behind it becomes the last message.
 */
public final class ProgressStream implements ProgressSink {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressStream.class);

  /** The operation whose messages are sent. */
  @FunctionalInterface
  public interface Operation {
    void run(ProgressSink progress) throws Exception;
  }

  private final Call call;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable OutputStream out;

  private ProgressStream(Call call) {
    this.call = call;
  }

  /** Runs the operation in this thread; it is interrupted if the client goes away. */
  public static void answer(Call call, Operation operation) throws Exception {
    call.exchange().interruptOnDisconnect();
    ProgressStream progress = new ProgressStream(call);
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

  @Override
  public void send(ProgressMessage message) {
    lock.lock();
    try {
      OutputStream stream = open();
      stream.write((message.toJson() + "\r\n").getBytes(StandardCharsets.UTF_8));
      stream.flush();
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
