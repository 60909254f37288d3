package dev.proa.api.build;

import static dev.proa.api.router.Route.post;

import dev.proa.api.router.Route;
import dev.proa.api.router.Unsupported;
import java.util.List;

/** The table of building images. */
public final class BuildRoutes {
  private BuildRoutes() {}

  public static List<Route> of(BuildHandlers handlers) {
    return List.of(
        post("/build", handlers::build),
        post("/build/prune", handlers::prune),
        post("/build/cancel", handlers::cancel),
        post("/session", Unsupported.because("BuildKit sessions are not part of this engine yet")),
        post("/grpc", Unsupported.because("BuildKit's gRPC is not part of this engine yet")));
  }
}
