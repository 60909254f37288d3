package dev.proa.images.internal.layer;

import dev.proa.spi.ProaException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends the streams that a piece of work reads from, with the first reason given. */
public final class Abort {
  private static final Logger LOG = LoggerFactory.getLogger(Abort.class);

  private final Set<InputStream> open = new HashSet<>();
  private @Nullable ProaException reason;

  /** Ends all guarded streams, now and later; only the first reason counts. */
  public void because(ProaException why) {
    Set<InputStream> ending;
    synchronized (this) {
      if (reason != null) {
        return;
      }
      reason = why;
      ending = Set.copyOf(open);
    }
    for (InputStream stream : ending) {
      try {
        stream.close();
      } catch (IOException e) {
        LOG.debug("closing the source of an aborted layer: {}", e.getMessage());
      }
    }
  }

  public synchronized Optional<ProaException> reason() {
    return Optional.ofNullable(reason);
  }

  /** @throws ProaException the reason, if there is one */
  public void check() {
    reason().ifPresent(why -> {
      throw why;
    });
  }

  /** The stream, which fails once the work is aborted. */
  InputStream guard(InputStream in) {
    synchronized (this) {
      open.add(in);
    }
    return new FilterInputStream(in) {
      @Override
      public int read() throws IOException {
        checkStream();
        return in.read();
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        checkStream();
        return in.read(target, offset, length);
      }

      private void checkStream() throws IOException {
        Optional<ProaException> why = reason();
        if (why.isPresent()) {
          throw new IOException(why.get().getMessage(), why.get());
        }
      }

      @Override
      public void close() throws IOException {
        synchronized (Abort.this) {
          open.remove(in);
        }
        in.close();
      }
    };
  }
}
