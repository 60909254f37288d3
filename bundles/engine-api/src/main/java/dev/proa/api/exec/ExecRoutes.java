package dev.proa.api.exec;

import static dev.proa.api.router.Route.get;
import static dev.proa.api.router.Route.post;

import dev.proa.api.router.Route;
import java.util.List;

/** The table of the resource exec. */
public final class ExecRoutes {
  private ExecRoutes() {}

  public static List<Route> of(ExecHandlers handlers) {
    return List.of(
        post("/containers/{name}/exec", handlers::create),
        post("/exec/{id}/start", handlers::start),
        post("/exec/{id}/resize", handlers::resize),
        get("/exec/{id}/json", handlers::inspect));
  }
}
