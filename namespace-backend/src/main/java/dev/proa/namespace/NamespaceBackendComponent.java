package dev.proa.namespace;

import dev.proa.spawn.Shim;
import dev.proa.spi.Driver;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.isolation.IsolationBackend;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Registers the backend; the engine opens it. */
@Component(service = IsolationBackend.class, property = Driver.NAME + "=" + DaemonSettings.NAMESPACE_ISOLATION)
public final class NamespaceBackendComponent extends NamespaceBackend {
  @Activate
  public NamespaceBackendComponent(@Reference Shim shim) {
    super(shim);
  }

  /** The engine closes what it opened; a bundle that is stopped behind its back must let go all the same. */
  @Deactivate
  @Override
  public void close() {
    super.close();
  }
}
