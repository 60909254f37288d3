package dev.proa.api.networks;

import static dev.proa.api.router.Route.delete;
import static dev.proa.api.router.Route.get;
import static dev.proa.api.router.Route.post;

import dev.proa.api.router.Route;
import java.util.List;

/** The table of the resource networks. */
public final class NetworkRoutes {
  private NetworkRoutes() {}

  public static List<Route> of(NetworkHandlers handlers) {
    return List.of(
        get("/networks", handlers::list),
        get("/networks/", handlers::list),
        post("/networks/create", handlers::create),
        post("/networks/prune", handlers::prune),
        get("/networks/{id}", handlers::inspect),
        post("/networks/{id}/connect", handlers::connect),
        post("/networks/{id}/disconnect", handlers::disconnect),
        delete("/networks/{id}", handlers::remove));
  }
}
