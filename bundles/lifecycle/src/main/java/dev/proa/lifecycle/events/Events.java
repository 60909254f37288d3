package dev.proa.lifecycle.events;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/** The daemon's events. The last few hundred are kept for those who ask for the past. */
@ProviderType
public interface Events {

  /** Tells all who listen; never blocks. */
  void publish(String type, String action, String actorId, Map<String, String> attributes);

  /**
   * Listens from the return of this method on.
   *
   * @param since past events from then on come first
   * @param until the stream ends then; in the past: only past events
   * @param filters of the API: container, daemon, event, image, label, network, plugin, scope, type, volume
   */
  Subscription subscribe(@Nullable Instant since, @Nullable Instant until, Map<String, List<String>> filters);

  /** How many listen now. */
  int listeners();

  /** One listener. One that does not keep up loses its oldest events, and the daemon's memory stays bounded. */
  interface Subscription extends AutoCloseable {
    /** Passes events until the end of the stream or {@link #close}. */
    void pump(EventSink sink) throws IOException;

    /** Ends {@link #pump} soon. May come from any thread. Idempotent. */
    @Override
    void close();
  }

  /** Where events go. */
  @FunctionalInterface
  interface EventSink {
    /** Blocks while the client is slow; throws if it is gone. */
    void write(Event event) throws IOException;
  }
}
