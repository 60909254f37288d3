package dev.proa.api.volumes;

import static dev.proa.api.router.Route.delete;
import static dev.proa.api.router.Route.get;
import static dev.proa.api.router.Route.post;

import dev.proa.api.router.Route;
import java.util.List;

/** The table of the resource volumes. */
public final class VolumeRoutes {
  private VolumeRoutes() {}

  public static List<Route> of(VolumeHandlers handlers) {
    return List.of(
        get("/volumes", handlers::list),
        post("/volumes/create", handlers::create),
        post("/volumes/prune", handlers::prune),
        get("/volumes/{name}", handlers::inspect),
        delete("/volumes/{name}", handlers::remove));
  }
}
