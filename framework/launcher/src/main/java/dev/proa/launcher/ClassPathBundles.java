package dev.proa.launcher;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.connect.ConnectContent;
import org.osgi.framework.connect.ConnectModule;
import org.osgi.framework.connect.ModuleConnector;

/**
 * The engine's own bundles: jars of the application class path that the framework takes as bundles without loading their classes itself
 * (OSGi Connect, OSGi Core 8, chapter 60). They are not swappable, and in exchange the JVM's ahead-of-time cache holds their classes,
 * linked. Plugins do not come this way.
 */
final class ClassPathBundles implements ModuleConnector {
  private static final String SCHEME = "proa:";

  private final Map<String, JarModule> modules = new HashMap<>();
  private final Map<String, String> symbolicNames = new LinkedHashMap<>();

  /** Takes every jar of a folder that has a symbolic name; the same jars have to be on the class path. */
  static ClassPathBundles of(Path folder) throws StartFailure {
    ClassPathBundles bundles = new ClassPathBundles();
    try (Stream<Path> jars = Files.list(folder)) {
      for (Path jar : jars.filter(path -> path.toString().endsWith(".jar")).sorted().toList()) {
        JarModule module = JarModule.open(jar);
        String header = module.headers.get("Bundle-SymbolicName");
        if (header != null) {
          String location = SCHEME + jar.getFileName();
          bundles.modules.put(location, module);
          bundles.symbolicNames.put(location, header.split(";", 2)[0].strip());
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw StartFailure.failed("cannot read the bundles in " + folder + ": " + e.getMessage() + "; the installation is damaged", e);
    }
    return bundles;
  }

  /** Symbolic names by location, in the order of the jars' names. */
  Map<String, String> symbolicNames() {
    return Collections.unmodifiableMap(symbolicNames);
  }

  @Override
  public void initialize(File storage, Map<String, String> configuration) {}

  @Override
  public Optional<ConnectModule> connect(String location) {
    return Optional.ofNullable(modules.get(location));
  }

  @Override
  public Optional<BundleActivator> newBundleActivator() {
    return Optional.empty();
  }

  /** One jar, open as long as the process lives, as the class path keeps it open too. */
  private record JarModule(JarFile jar, Map<String, String> headers) implements ConnectModule, ConnectContent {

    static JarModule open(Path path) throws IOException {
      JarFile jar = new JarFile(path.toFile());
      Manifest manifest = jar.getManifest();
      Map<String, String> headers = new HashMap<>();
      if (manifest != null) {
        Attributes attributes = manifest.getMainAttributes();
        attributes.forEach((key, value) -> headers.put(key.toString(), value.toString()));
      }
      return new JarModule(jar, Map.copyOf(headers));
    }

    @Override
    public ConnectContent getContent() {
      return this;
    }

    @Override
    public Optional<Map<String, String>> getHeaders() {
      return Optional.of(headers);
    }

    @Override
    public Iterable<String> getEntries() {
      return () -> jar.stream().map(ZipEntry::getName).iterator();
    }

    @Override
    public Optional<ConnectEntry> getEntry(String name) {
      return Optional.ofNullable(jar.getEntry(name)).map(entry -> new JarEntryContent(jar, entry));
    }

    @Override
    public Optional<ClassLoader> getClassLoader() {
      return Optional.of(ClassPathBundles.class.getClassLoader());
    }

    @Override
    public void open() {}

    @Override
    public void close() {}
  }

  private record JarEntryContent(JarFile jar, ZipEntry entry) implements ConnectContent.ConnectEntry {
    @Override
    public String getName() {
      return entry.getName();
    }

    @Override
    public long getContentLength() {
      return entry.getSize();
    }

    @Override
    public long getLastModified() {
      return entry.getTime();
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return jar.getInputStream(entry);
    }
  }
}
