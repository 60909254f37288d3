package dev.proa.plugins.internal;

import dev.proa.plugins.DriverUsers;
import dev.proa.plugins.fake.FakeActivator;
import dev.proa.plugins.fake.FakeNetwork;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.store.SqliteStateStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/** A real framework with the registry of drivers in it, and jars of fake drivers for it. */
final class InFramework implements AutoCloseable {
  private final Framework framework;
  private final Path root;
  private final List<SqliteStateStore> stores = new ArrayList<>();
  final DaemonSettings settings;
  final List<DriverUsers> users = new ArrayList<>();

  InFramework(Path root) throws BundleException, IOException {
    this.root = root;
    Files.createDirectories(root.resolve("data"));
    Files.createDirectories(root.resolve("exec"));
    settings = DaemonSettings.of(root.resolve("data"), root.resolve("exec"));
    Map<String, String> configuration = new HashMap<>();
    configuration.put(Constants.FRAMEWORK_STORAGE, root.resolve("felix").toString());
    configuration.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, "dev.proa.spi,dev.proa.spi.network,dev.proa.spi.storage");
    configuration.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
    configuration.put("felix.service.urlhandlers", "false");
    framework = new FrameworkFactory().newFramework(configuration);
    framework.start();
  }

  BundleContext context() {
    return framework.getBundleContext();
  }

  /** Writes a jar of a fake driver; it appears under its name complete. */
  Path jar(Path file, String symbolicName, String version, Map<String, String> headers) {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
    main.putValue(Constants.BUNDLE_SYMBOLICNAME, symbolicName);
    main.putValue(Constants.BUNDLE_VERSION, version);
    main.putValue(Constants.BUNDLE_ACTIVATOR, FakeActivator.class.getName());
    main.putValue(Constants.IMPORT_PACKAGE, "org.osgi.framework,dev.proa.spi,dev.proa.spi.network");
    main.putValue("Fake-Name", "wire");
    headers.forEach(main::putValue);
    Path part = root.resolve(file.getFileName() + ".part");
    try {
      Files.createDirectories(file.getParent());
      try (OutputStream out = Files.newOutputStream(part);
          JarOutputStream jar = new JarOutputStream(out, manifest)) {
        for (Class<?> type : List.of(FakeActivator.class, FakeNetwork.class, FakeNetwork.OwnFailure.class)) {
          String name = type.getName().replace('.', '/') + ".class";
          jar.putNextEntry(new JarEntry(name));
          try (InputStream in = type.getClassLoader().getResourceAsStream(name)) {
            in.transferTo(jar);
          }
        }
      }
      return Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The operator's side of the plugins, as the component wires it, with a probation that lets everything pass. */
  PluginHost host(DriverRegistry drivers, List<Path> folders) throws IOException {
    return host(drivers, folders, jar -> List.of());
  }

  PluginHost host(DriverRegistry drivers, List<Path> folders, Probation probation) throws IOException {
    SqliteStateStore store = stores.isEmpty() ? SqliteStateStore.open(root.resolve("data/state.db")) : stores.getFirst();
    if (stores.isEmpty()) {
      stores.add(store);
    }
    PluginRecords records = new PluginRecords(store, root.resolve("data/store"));
    Trust trust = new Trust(store);
    Markers markers = new Markers(records, Duration.ofMillis(1));
    Gatekeeper gatekeeper = new Gatekeeper(records, new Admission(context()), trust, probation, markers);
    return new PluginHost(
        folders,
        records,
        gatekeeper,
        trust,
        new Usage(drivers, () -> users),
        plugin -> List.of(),
        changes -> new Deployment(context(), drivers, bundle -> List.of(), gatekeeper, Duration.ofSeconds(2), changes));
  }

  @Override
  public void close() throws BundleException, InterruptedException {
    framework.stop();
    framework.waitForStop(20_000);
    stores.forEach(SqliteStateStore::close);
  }
}
