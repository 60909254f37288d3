package dev.proa.api.images;

import static dev.proa.api.router.Route.delete;
import static dev.proa.api.router.Route.get;
import static dev.proa.api.router.Route.post;

import dev.proa.api.router.Route;
import java.util.List;

/** The table of the resource images. */
public final class ImageRoutes {
  private ImageRoutes() {}

  public static List<Route> of(ImageHandlers handlers, ImageTransferHandlers transfers) {
    return List.of(
        get("/images/json", handlers::list),
        get("/images/search", handlers::search),
        get("/images/get", transfers::saveNamed),
        post("/images/create", transfers::create),
        post("/images/load", transfers::load),
        post("/images/prune", handlers::prune),
        get("/images/{name}/json", handlers::inspect),
        get("/images/{name}/history", handlers::history),
        get("/images/{name}/get", transfers::save),
        post("/images/{name}/push", transfers::push),
        post("/images/{name}/tag", handlers::tag),
        delete("/images/{name}", handlers::remove));
  }
}
