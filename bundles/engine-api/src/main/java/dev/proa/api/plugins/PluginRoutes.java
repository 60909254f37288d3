package dev.proa.api.plugins;

import static dev.proa.api.router.Route.delete;
import static dev.proa.api.router.Route.get;
import static dev.proa.api.router.Route.post;

import dev.proa.api.router.Route;
import java.util.List;

/** The table of the resource plugins: Docker's routes, and Proa's own for what those have no words for. */
public final class PluginRoutes {
  private PluginRoutes() {}

  public static List<Route> of(PluginHandlers handlers, ProaPluginHandlers own) {
    return List.of(
        get("/plugins", handlers::list),
        get("/plugins/privileges", handlers::privileges),
        post("/plugins/pull", handlers::pull),
        post("/plugins/create", handlers::create),
        get("/plugins/{name}/json", handlers::inspect),
        post("/plugins/{name}/enable", handlers::enable),
        post("/plugins/{name}/disable", handlers::disable),
        post("/plugins/{name}/upgrade", handlers::upgrade),
        post("/plugins/{name}/push", handlers::push),
        post("/plugins/{name}/set", handlers::set),
        delete("/plugins/{name}", handlers::remove),
        get("/proa/plugins", own::list),
        post("/proa/plugins/install", own::install),
        get("/proa/plugins/{name}/json", own::inspect),
        post("/proa/plugins/{name}/rollback", own::rollback),
        delete("/proa/plugins/{name}", own::remove),
        get("/proa/drivers", own::drivers),
        get("/proa/trust", own::trust),
        post("/proa/trust/keys", own::addKey),
        post("/proa/trust/policy", own::policy),
        delete("/proa/trust/keys/{name}", own::removeKey));
  }
}
