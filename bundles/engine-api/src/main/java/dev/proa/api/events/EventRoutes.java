package dev.proa.api.events;

import static dev.proa.api.router.Route.get;

import dev.proa.api.router.Route;
import java.util.List;

/** The table of the resource events. */
public final class EventRoutes {
  private EventRoutes() {}

  public static List<Route> of(EventHandlers handlers) {
    return List.of(get("/events", handlers::stream));
  }
}
