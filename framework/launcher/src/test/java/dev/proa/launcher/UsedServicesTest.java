package dev.proa.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;

class UsedServicesTest {
  @TempDir Path root;

  @Test
  void nothingIsLeftOfABundleThatHasUsedAServiceAndIsUninstalled() throws Exception {
    Map<String, String> configuration = new HashMap<>();
    configuration.put(Constants.FRAMEWORK_STORAGE, root.toString());
    configuration.put("felix.service.urlhandlers", "false");
    Framework framework = new FrameworkFactory().newFramework(configuration);
    framework.start();
    try {
      UsedServices.forgetUninstalled(framework);
      framework.getBundleContext().registerService(Runnable.class, () -> {}, null);
      WeakReference<Bundle> gone = useAndGo(framework.getBundleContext());
      useAndGo(framework.getBundleContext()); // Felix holds the last one for a while by what it does on its own threads
      for (int i = 0; i < 100 && gone.get() != null; i++) {
        System.gc();
        Thread.sleep(50);
      }
      assertThat(gone.get()).isNull();
    } finally {
      framework.stop();
      framework.waitForStop(10_000);
    }
  }

  private static WeakReference<Bundle> useAndGo(BundleContext context) throws Exception {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
    manifest.getMainAttributes().putValue(Constants.BUNDLE_SYMBOLICNAME, "user");
    ByteArrayOutputStream jar = new ByteArrayOutputStream();
    new JarOutputStream(jar, manifest).close();
    Bundle bundle = context.installBundle("user", new ByteArrayInputStream(jar.toByteArray()));
    bundle.start();
    BundleContext its = bundle.getBundleContext();
    ServiceReference<Runnable> service = its.getServiceReference(Runnable.class);
    assertThat(its.getService(service)).isNotNull();
    its.ungetService(service);
    bundle.stop();
    bundle.uninstall();
    return new WeakReference<>(bundle);
  }
}
