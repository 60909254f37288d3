package dev.proa.api.containers;

import static dev.proa.api.router.Route.delete;
import static dev.proa.api.router.Route.get;
import static dev.proa.api.router.Route.head;
import static dev.proa.api.router.Route.post;
import static dev.proa.api.router.Route.put;

import dev.proa.api.router.Handler;
import dev.proa.api.router.Route;
import dev.proa.api.router.Unsupported;
import java.util.List;

/** The table of the resource containers. */
public final class ContainerRoutes {
  private ContainerRoutes() {}

  /** Docker's words: with it, too, checkpoints are there only for who turned experiments on. */
  private static final Handler EXPERIMENTAL =
      Unsupported.because("This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to enable it.");

  public static List<Route> of(ContainerHandlers handlers, ContainerStreamHandlers streams, ArchiveHandlers archives) {
    return List.of(
        get("/containers/json", handlers::list),
        post("/containers/create", handlers::create),
        post("/containers/prune", handlers::prune),
        post("/commit", handlers::commit),
        get("/containers/{name}/json", handlers::inspect),
        get("/containers/{name}/top", handlers::top),
        get("/containers/{name}/logs", streams::logs),
        get("/containers/{name}/changes", handlers::changes),
        get("/containers/{name}/export", archives::export),
        get("/containers/{name}/stats", streams::stats),
        post("/containers/{name}/resize", handlers::resize),
        post("/containers/{name}/start", handlers::start),
        post("/containers/{name}/stop", handlers::stop),
        post("/containers/{name}/restart", handlers::restart),
        post("/containers/{name}/kill", handlers::kill),
        post("/containers/{name}/update", handlers::update),
        post("/containers/{name}/rename", handlers::rename),
        post("/containers/{name}/pause", handlers::pause),
        post("/containers/{name}/unpause", handlers::unpause),
        post("/containers/{name}/attach", streams::attach),
        get("/containers/{name}/attach/ws", streams::attachByWebSocket),
        post("/containers/{name}/wait", streams::await),
        head("/containers/{name}/archive", archives::stat),
        get("/containers/{name}/archive", archives::get),
        put("/containers/{name}/archive", archives::put),
        get("/containers/{name}/checkpoints", EXPERIMENTAL),
        post("/containers/{name}/checkpoints", EXPERIMENTAL),
        // Proa's own.
        get("/proa/containers/{name}/plan", handlers::plan),
        delete("/containers/{name}", handlers::remove));
  }
}
