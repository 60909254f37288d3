package dev.proa.api.distribution;

import static dev.proa.api.router.Route.get;

import dev.proa.api.router.Route;
import java.util.List;

/** The table of the resource distribution. */
public final class DistributionRoutes {
  private DistributionRoutes() {}

  public static List<Route> of(DistributionHandlers handlers) {
    return List.of(get("/distribution/{name}/json", handlers::inspect));
  }
}
