package dev.proa.spi.api;

import java.io.IOException;
import java.io.OutputStream;
import org.osgi.annotation.versioning.ProviderType;

/** The answer to a request, by exactly one of {@link #send} and {@link #stream}. */
@ProviderType
public interface ApiAnswer {
  /** Sets a header of the answer to come. */
  void header(String name, String value);

  /** Answers with a whole body. */
  void send(int status, String contentType, byte[] body) throws IOException;

  /** Starts an answer whose length nobody knows; its head goes out at once, {@code flush} sends what was written so far, {@code close} ends it. */
  OutputStream stream(int status, String contentType) throws IOException;
}
