package dev.proa.api.settings;

import static dev.proa.api.router.Route.get;
import static dev.proa.api.router.Route.post;

import dev.proa.api.router.Route;
import java.util.List;

/** The table of the resource settings, which is Proa's own. */
public final class SettingsRoutes {
  private SettingsRoutes() {}

  public static List<Route> of(SettingsHandlers handlers) {
    return List.of(get("/proa/config", handlers::list), get("/proa/config/{name}", handlers::inspect), post("/proa/config/{name}", handlers::set));
  }
}
