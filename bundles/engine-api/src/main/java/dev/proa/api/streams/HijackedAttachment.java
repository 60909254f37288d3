package dev.proa.api.streams;

import dev.proa.api.http.Exchange;
import dev.proa.api.http.RawStreams;
import dev.proa.lifecycle.containers.Attachment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Couples a hijacked connection with a process: what the client sends goes to standard input, the end of its sending half is the end of
 * standard input, output goes to the client, and the end of output is the end of the connection. A client that goes away lets go of the
 * process.
 */
public final class HijackedAttachment {
  private static final Logger LOG = LoggerFactory.getLogger(HijackedAttachment.class);
  private static final int BUFFER_BYTES = 32 << 10;

  private HijackedAttachment() {}

  /**
   * Returns when the output has ended. Closes the attachment.
   *
   * @param raw without frames around the output
   */
  public static void run(Exchange exchange, RawStreams streams, Attachment attachment, boolean raw) throws IOException {
    try (attachment) {
      exchange.onDisconnect(attachment::close);
      Thread.ofVirtual().name("api-stdin").start(() -> relay(streams.input(), attachment));
      attachment.pump(new FramedOutput(streams.output(), raw));
    }
  }

  /** Ends at the latest when the connection does. */
  private static void relay(InputStream input, Attachment attachment) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
        attachment.stdin(ByteBuffer.wrap(buffer, 0, count));
      }
      attachment.stdinEof();
    } catch (IOException | RuntimeException e) {
      LOG.debug("standard input from a client ended: {}", e.toString());
    }
  }
}
