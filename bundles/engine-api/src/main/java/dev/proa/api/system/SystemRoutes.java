package dev.proa.api.system;

import static dev.proa.api.router.Route.get;
import static dev.proa.api.router.Route.head;
import static dev.proa.api.router.Route.post;

import dev.proa.api.router.Route;
import java.util.List;

/** The table of the resource system. */
public final class SystemRoutes {
  private SystemRoutes() {}

  /** What is served while the engine is still coming up. */
  public static List<Route> ping(PingHandler handler) {
    return List.of(get("/_ping", handler::get), head("/_ping", handler::head));
  }

  public static List<Route> of(SystemHandlers handlers) {
    return List.of(
        get("/version", handlers::version),
        get("/info", handlers::info),
        get("/system/df", handlers::diskUsage),
        post("/auth", handlers::auth));
  }
}
