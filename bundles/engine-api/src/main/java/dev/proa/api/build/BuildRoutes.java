package dev.proa.api.build;

import static dev.proa.api.router.Route.post;

import dev.proa.api.router.Route;
import dev.proa.api.router.Unsupported;
import java.util.List;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The table of building images. There is no builder yet, so there is no cache to prune. */
public final class BuildRoutes {
  private BuildRoutes() {}

  public static List<Route> of() {
    return List.of(
        post("/build", Unsupported.because("building images is not part of this engine yet")),
        post("/build/prune", call -> call.json(new PruneResponse(List.of(), 0))),
        post("/build/cancel", Unsupported.because("building images is not part of this engine yet")),
        post("/session", Unsupported.because("BuildKit sessions are not part of this engine yet")),
        post("/grpc", Unsupported.because("BuildKit's gRPC is not part of this engine yet")));
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record PruneResponse(List<String> cachesDeleted, long spaceReclaimed) {}
}
