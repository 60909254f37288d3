package dev.proa.api.component;

import dev.proa.api.http.HttpLimits;
import dev.proa.api.http.HttpServer;
import dev.proa.spi.ProaException;
import dev.proa.spi.daemon.DaemonSettings;
import java.nio.file.Path;
import java.time.Duration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Listens as soon as the settings are there; {@link EngineComponent} opens the gate when the engine is. */
@Component(service = ApiComponent.class, immediate = true)
public final class ApiComponent {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Gate gate;
  private final HttpServer server;

  @Activate
  public ApiComponent(@Reference DaemonSettings settings) {
    gate = new Gate(settings.version(), PATIENCE);
    server = new HttpServer(gate, HttpLimits.DEFAULT);
    try {
      for (String host : settings.hosts()) {
        if (!host.startsWith("unix://")) {
          throw ProaException.invalid("cannot listen on " + host + ": this engine listens on Unix sockets only; give unix:///path");
        }
      }
      for (Path socket : settings.sockets()) {
        server.listen(socket);
      }
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  Gate gate() {
    return gate;
  }

  @Deactivate
  void stop() {
    server.close();
  }
}
