package dev.proa.api.swarm;

import static dev.proa.api.router.Route.delete;
import static dev.proa.api.router.Route.get;
import static dev.proa.api.router.Route.post;
import static dev.proa.api.router.Route.put;

import dev.proa.api.router.Handler;
import dev.proa.api.router.Route;
import dev.proa.api.router.Unsupported;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;

/** The table of Swarm mode. Its questions are answered as by an engine that is in no swarm, which clients know how to take. */
public final class SwarmRoutes {
  private static final String NO_MANAGER =
      "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.";

  private SwarmRoutes() {}

  public static List<Route> of() {
    Handler noManager = refusing(NO_MANAGER);
    Handler never = Unsupported.because("swarm mode is not part of this engine");
    List<Route> routes = new ArrayList<>();
    routes.add(get("/swarm", noManager));
    routes.add(post("/swarm/init", never));
    routes.add(post("/swarm/join", never));
    routes.add(post("/swarm/leave", refusing("This node is not part of a swarm")));
    routes.add(post("/swarm/update", noManager));
    routes.add(get("/swarm/unlockkey", noManager));
    routes.add(post("/swarm/unlock", noManager));
    routes.add(put("/volumes/{name}", noManager));
    for (String kind : List.of("nodes", "services", "secrets", "configs")) {
      routes.add(get("/" + kind, noManager));
      routes.add(post("/" + kind + "/create", noManager));
      routes.add(post("/" + kind + "/{id}/update", noManager));
      routes.add(get("/" + kind + "/{id}", noManager));
      routes.add(delete("/" + kind + "/{id}", noManager));
    }
    routes.add(get("/tasks", noManager));
    routes.add(get("/tasks/{id}", noManager));
    return routes;
  }

  private static Handler refusing(String message) {
    return call -> {
      throw ProaException.unavailable(message, null);
    };
  }
}
