package dev.proa.launcher;

import java.lang.reflect.Field;
import java.util.Map;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.launch.Framework;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Felix 7.0.5 keeps an entry for each bundle that has ever used a service, with a count of zero, as long as the service is there; the bundle, uninstalled,
 * hangs on it with all its metadata. Each update of a plugin would leave one behind, so the entry is taken away when the bundle has gone. There is no other
 * way than by Felix' own field; without it the daemon works, and grows.
 */
final class UsedServices implements SynchronousBundleListener {
  private static final Logger LOG = LoggerFactory.getLogger(UsedServices.class);

  private final Map<?, ?> users;

  private UsedServices(Map<?, ?> users) {
    this.users = users;
  }

  static void forgetUninstalled(Framework framework) {
    try {
      Object registry = field(framework, "m_registry");
      framework.getBundleContext().addBundleListener(new UsedServices((Map<?, ?>) field(registry, "m_inUseMap")));
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.warn("this framework keeps what it knows of bundles that are uninstalled: {}", e.toString());
    }
  }

  private static Object field(Object owner, String name) throws ReflectiveOperationException {
    Field field = owner.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(owner);
  }

  @Override
  public void bundleChanged(BundleEvent event) {
    if (event.getType() == BundleEvent.UNINSTALLED) {
      users.remove(event.getBundle());
    }
  }
}
