package dev.proa.plugins.internal;

import dev.proa.plugins.Plugins.DriverName;
import dev.proa.plugins.Plugins.PluginContent;
import dev.proa.spi.Driver;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.osgi.framework.Constants;

/** Reads what jars say about themselves. Answers are kept by what a look at the file saw. */
final class JarContent {
  /** Manifest header: what a plugin needs beyond the SPI, as a list of packages and of Linux capabilities ({@code dev.proa.linux, CAP_NET_ADMIN}). */
  static final String NEEDS = "Proa-Needs";

  private static final String POINTS = "dev.proa.spi.";
  private static final int MAX_COMPONENT_BYTES = 1 << 20;

  private final Map<PluginJar, PluginContent> known = new ConcurrentHashMap<>();

  /** {@code INVALID_ARGUMENT} for a file that cannot be read as a bundle. */
  PluginContent of(PluginJar jar) {
    PluginContent content = known.get(jar);
    if (content == null) {
      content = read(jar);
      known.put(jar, content);
    }
    return content;
  }

  void retain(java.util.Collection<PluginJar> jars) {
    known.keySet().retainAll(jars);
  }

  private static PluginContent read(PluginJar look) {
    if (look.broken() != null) {
      return new PluginContent("", look.symbolicName(), look.version().toString(), "", "", List.of(), List.of(), List.of());
    }
    try (JarFile jar = new JarFile(look.file().toFile())) {
      Manifest manifest = jar.getManifest();
      Attributes main = manifest == null ? new Attributes() : manifest.getMainAttributes();
      return new PluginContent(
          "sha256:" + sha256(look.file()),
          look.symbolicName(),
          look.version().toString(),
          header(main, Constants.BUNDLE_DESCRIPTION),
          header(main, Constants.BUNDLE_DOCURL),
          drivers(jar, main),
          Headers.clauses(header(main, Constants.IMPORT_PACKAGE)).stream().map(Headers.Clause::path).toList(),
          Headers.clauses(header(main, NEEDS)).stream().map(Headers.Clause::path).toList());
    } catch (IOException | IllegalArgumentException e) {
      throw ProaException.invalid("cannot read " + look.file() + " as a plugin: " + e.getMessage());
    }
  }

  static String header(Attributes main, String name) {
    return Objects.requireNonNullElse(main.getValue(name), "");
  }

  static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The drivers that the bundle's component descriptions (OSGi Compendium, 112.4) register. */
  private static List<DriverName> drivers(JarFile jar, Attributes main) throws IOException {
    List<DriverName> drivers = new ArrayList<>();
    for (Headers.Clause component : Headers.clauses(header(main, "Service-Component"))) {
      JarEntry entry = jar.getJarEntry(component.path());
      if (entry != null && entry.getSize() <= MAX_COMPONENT_BYTES) {
        try (InputStream in = jar.getInputStream(entry)) {
          component(in, drivers);
        } catch (XMLStreamException e) {
          throw new IOException(component.path() + ": " + e.getMessage(), e);
        }
      }
    }
    return drivers;
  }

  private static void component(InputStream in, List<DriverName> drivers) throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    XMLStreamReader xml = factory.createXMLStreamReader(in);
    String name = null;
    List<String> points = new ArrayList<>();
    while (xml.hasNext()) {
      if (xml.next() == XMLStreamConstants.START_ELEMENT) {
        switch (xml.getLocalName()) {
          case "property" -> name = Driver.NAME.equals(xml.getAttributeValue(null, "name")) ? xml.getAttributeValue(null, "value") : name;
          case "provide" -> points.add(Objects.requireNonNullElse(xml.getAttributeValue(null, "interface"), ""));
          default -> {}
        }
      }
    }
    if (name != null) {
      for (String point : points) {
        if (point.startsWith(POINTS)) {
          drivers.add(new DriverName(point(point), name));
        }
      }
    }
  }

  /** {@code dev.proa.spi.storage.StorageDriver} → {@code storage}. */
  static String point(String type) {
    String packageName = type.substring(0, Math.max(0, type.lastIndexOf('.')));
    return packageName.substring(packageName.lastIndexOf('.') + 1);
  }
}
