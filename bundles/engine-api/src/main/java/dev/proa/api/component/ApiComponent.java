package dev.proa.api.component;

import dev.proa.api.http.HttpLimits;
import dev.proa.api.http.HttpServer;
import dev.proa.spi.ProaException;
import dev.proa.spi.daemon.ApiEndpoint;
import dev.proa.spi.daemon.DaemonSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Listens as soon as the settings are there; {@link EngineComponent} opens the gate when the engine is. */
@Component(service = {ApiComponent.class, ApiEndpoint.class}, immediate = true)
public final class ApiComponent implements ApiEndpoint {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Gate gate;
  private final HttpServer server;
  private final List<Path> sockets;

  @Activate
  public ApiComponent(@Reference DaemonSettings settings) {
    gate = new Gate(settings.version(), settings.experimental(), PATIENCE);
    server = new HttpServer(gate, HttpLimits.DEFAULT);
    sockets = settings.sockets();
    try {
      for (String host : settings.hosts()) {
        if (!host.startsWith("unix://")) {
          throw ProaException.invalid("cannot listen on " + host + ": this engine listens on Unix sockets only; give unix:///path");
        }
      }
      for (Path socket : sockets) {
        server.listen(socket);
      }
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  @Override
  public List<Path> sockets() {
    return sockets;
  }

  Gate gate() {
    return gate;
  }

  @Deactivate
  void stop() {
    server.close();
  }
}
