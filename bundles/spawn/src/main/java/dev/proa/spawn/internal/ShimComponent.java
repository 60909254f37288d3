package dev.proa.spawn.internal;

import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimLauncher;
import dev.proa.spi.daemon.DaemonSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers the shim of this daemon as a service: the one that lives already, or a new one. If it is lost, the service goes, and with it
 * whatever stands on it, and comes back with the next shim.
 */
@Component(service = {}, immediate = true)
public final class ShimComponent {
  private static final Logger LOG = LoggerFactory.getLogger(ShimComponent.class);

  private final BundleContext context;
  private final ShimLauncher launcher;

  // guarded by this
  private @Nullable Shim shim;
  private @Nullable ServiceRegistration<Shim> registration;
  private boolean stopped;

  @Activate
  public ShimComponent(BundleContext context, @Reference DaemonSettings settings) throws IOException, InterruptedException {
    this.context = context;
    this.launcher = new ShimLauncher(settings.execRoot(), classPath(settings.shimLibrary()), settings.javaHome().resolve("bin").resolve("java"));
    register(launcher.connectOrStart());
  }

  private static List<Path> classPath(Path library) throws IOException {
    try (Stream<Path> jars = Files.list(library)) {
      return jars.filter(jar -> jar.toString().endsWith(".jar")).sorted().toList();
    }
  }

  private synchronized void register(Shim connected) {
    if (stopped) {
      connected.close();
      return;
    }
    shim = connected;
    registration = context.registerService(Shim.class, connected, null);
    connected.lost().thenAccept(reason -> Thread.ofVirtual().name("shim lost").start(() -> replace(connected, reason)));
  }

  private void replace(Shim lost, String reason) {
    ServiceRegistration<Shim> old;
    synchronized (this) {
      if (stopped || shim != lost) {
        return;
      }
      old = registration;
      registration = null;
      shim = null;
    }
    LOG.error("the shim (pid {}) is lost: {}; starting another", lost.pid(), reason);
    if (old != null) {
      old.unregister();
    }
    lost.close();
    try {
      register(launcher.connectOrStart());
    } catch (IOException e) {
      LOG.error("there is no shim, and none can be started; no container can be started until the daemon is restarted", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives the lease back. The shim and its processes go on. */
  @Deactivate
  public void stop() {
    Shim old;
    ServiceRegistration<Shim> service;
    synchronized (this) {
      stopped = true;
      old = shim;
      service = registration;
      shim = null;
      registration = null;
    }
    if (service != null) {
      service.unregister();
    }
    if (old != null) {
      old.close();
    }
  }
}
