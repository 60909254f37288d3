package dev.proa.api.build;

import static dev.proa.api.router.Route.post;

import dev.proa.api.router.Route;
import java.util.List;

/** The table of building images. */
public final class BuildRoutes {
  private BuildRoutes() {}

  public static List<Route> of(BuildHandlers handlers, BuildkitHandlers buildkit) {
    return List.of(
        post("/build", call -> {
          if (call.query().get("version").equals("2")) {
            buildkit.build(call);
          } else {
            handlers.build(call);
          }
        }),
        post("/build/prune", handlers::prune),
        post("/build/cancel", handlers::cancel),
        post("/session", buildkit::session),
        post("/grpc", buildkit::control));
  }
}
