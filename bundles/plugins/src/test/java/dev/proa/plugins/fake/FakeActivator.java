package dev.proa.plugins.fake;

import dev.proa.spi.network.NetworkDriver;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Registers the fake driver under the name its manifest gives. */
public final class FakeActivator implements BundleActivator {
  @Override
  public void start(BundleContext context) {
    Dictionary<String, String> headers = context.getBundle().getHeaders("");
    if ("fails".equals(headers.get("Fake-Start"))) {
      throw new IllegalStateException("the activator fails");
    }
    if ("blocks".equals(headers.get("Fake-Start"))) {
      while (System.getProperty("fake.release") == null) {
        LockSupport.parkNanos(10_000_000);
      }
    }
    Map<String, String> behaviour = new HashMap<>();
    if (headers.get("Fake-Open") != null) {
      behaviour.put("open", headers.get("Fake-Open"));
    }
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put("proa.driver", headers.get("Fake-Name"));
    context.registerService(NetworkDriver.class, new FakeNetwork(context.getBundle().getVersion().toString(), behaviour), properties);
  }

  @Override
  public void stop(BundleContext context) {}
}
