package dev.proa.api.extensions;

import static dev.proa.api.router.Route.delete;
import static dev.proa.api.router.Route.get;
import static dev.proa.api.router.Route.post;
import static dev.proa.api.router.Route.put;

import dev.proa.api.router.Route;
import java.util.List;

/** What lies under {@code /proa/} and is no resource of the engine's own: to be behind all of those. */
public final class ExtensionRoutes {
  private static final String ANY = "/proa/{resource}";

  private ExtensionRoutes() {}

  public static List<Route> of(ExtensionHandlers handlers) {
    return List.of(get(ANY, handlers::answer), post(ANY, handlers::answer), put(ANY, handlers::answer), delete(ANY, handlers::answer));
  }
}
