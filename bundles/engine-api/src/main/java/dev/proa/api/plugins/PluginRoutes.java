package dev.proa.api.plugins;

import static dev.proa.api.router.Route.delete;
import static dev.proa.api.router.Route.get;
import static dev.proa.api.router.Route.post;

import dev.proa.api.router.Handler;
import dev.proa.api.router.Route;
import dev.proa.api.router.Unsupported;
import dev.proa.spi.ProaException;
import java.util.List;

/** The table of the resource plugins: there are none of Docker's kind; Proa's own come as bundles. */
public final class PluginRoutes {
  private PluginRoutes() {}

  public static List<Route> of() {
    Handler unknown =
        call -> {
          throw ProaException.notFound("plugin \"" + call.parameter() + "\" not found");
        };
    Handler later = Unsupported.because("managing plugins through the API is not part of this engine yet; put a bundle into the folder plugins");
    return List.of(
        get("/plugins", call -> call.json(List.of())),
        get("/plugins/privileges", later),
        post("/plugins/pull", later),
        post("/plugins/create", later),
        get("/plugins/{name}/json", unknown),
        post("/plugins/{name}/enable", unknown),
        post("/plugins/{name}/disable", unknown),
        post("/plugins/{name}/upgrade", later),
        post("/plugins/{name}/push", unknown),
        post("/plugins/{name}/set", unknown),
        delete("/plugins/{name}", unknown));
  }
}
