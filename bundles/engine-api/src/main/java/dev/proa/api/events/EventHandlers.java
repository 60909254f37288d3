package dev.proa.api.events;

import dev.proa.api.json.Json;
import dev.proa.api.router.Call;
import dev.proa.lifecycle.events.Events;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;

/** What happens, as it happens. */
public final class EventHandlers {
  private final Events events;

  public EventHandlers(Events events) {
    this.events = events;
  }

  /** The head goes out at once; each event is sent as it comes. */
  void stream(Call call) throws IOException {
    Instant since = call.query().time("since");
    Instant until = call.query().time("until");
    if (since != null && until != null && since.isAfter(until)) {
      throw ProaException.invalid(
          "`since` time (" + call.query().get("since") + ") cannot be after `until` time (" + call.query().get("until") + ")");
    }
    boolean withoutCreatedImages = call.version().before(1, 46);
    try (Events.Subscription subscription = events.subscribe(since, until, call.query().filters())) {
      call.exchange().onDisconnect(subscription::close);
      OutputStream out = call.stream(Call.JSON);
      subscription.pump(
          event -> {
            if (withoutCreatedImages && event.type().equals("image") && event.action().equals("create")) {
              return;
            }
            out.write(Json.line(event));
            out.flush();
          });
      out.close();
    }
  }
}
