package dev.proa.scan.inventory;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Properties;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Maven's packages in Java archives: {@code pom.properties} of the archive itself, of what was merged into it, and of the archives inside; the manifest or
 * the file's name where there is none.
 */
final class JarReader implements PackageReader {
  private static final long MAX_JAR = 512L << 20;
  private static final int MAX_DEPTH = 4;
  private static final long MAX_DIRECTORY = 16L << 20;
  private static final int MAX_METADATA = 1 << 20;
  private static final int MAX_INSIDE = 2000;
  private static final String POM = "/pom.properties";

  private final Path folder;

  /** @param folder for copies of archives while they are read */
  JarReader(Path folder) {
    this.folder = folder;
  }

  @Override
  public boolean wants(String path) {
    return LanguageFiles.isJar(path);
  }

  @Override
  public long limit() {
    return MAX_JAR;
  }

  @Override
  public void read(String path, InputStream in, Collector found) throws IOException {
    found.file(path);
    new OneFile(path, found).archive(path, in, 1);
  }

  /** A file with all that is inside of it; its budget is one. */
  private final class OneFile {
    private final String path;
    private final Collector found;
    private int archives;
    private long spooled;

    OneFile(String path, Collector found) {
      this.path = path;
      this.found = found;
    }

    void archive(String where, InputStream in, int depth) throws IOException {
      try (SpoolFile copy = new SpoolFile(folder, in, ".jar")) {
        checkDirectory(copy.path());
        try (ZipFile zip = new ZipFile(copy.path().toFile(), StandardCharsets.UTF_8)) {
          members(where, zip, depth);
        } catch (IllegalArgumentException e) {
          throw new IOException("broken archive: " + e.getMessage(), e);
        }
      }
    }

    private void members(String where, ZipFile zip, int depth) throws IOException {
      List<ZipEntry> inside = new ArrayList<>();
      boolean described = false;
      for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
        ZipEntry entry = entries.nextElement();
        String name = entry.getName();
        if (name.startsWith("META-INF/maven/") && name.endsWith(POM)) {
          described |= properties(where, zip, entry);
        } else if (LanguageFiles.isJar(name) && !entry.isDirectory()) {
          inside.add(entry);
        }
      }
      if (!described) {
        manifest(where, zip);
      }
      for (ZipEntry entry : inside) {
        String inner = where + "!/" + entry.getName();
        if (depth >= MAX_DEPTH || ++archives > MAX_INSIDE) {
          found.notice(inner, depth >= MAX_DEPTH ? "more than " + MAX_DEPTH + " archives within each other: not opened" : "more than " + MAX_INSIDE + " archives in one file: not opened");
          continue;
        }
        try (InputStream content = new LimitedStream(zip.getInputStream(entry), MAX_JAR - spooled)) {
          archive(inner, content, depth + 1);
          spooled += Math.max(0, entry.getSize());
        } catch (IOException e) {
          found.notice(inner, Failures.text(e));
        }
      }
    }

    private boolean properties(String where, ZipFile zip, ZipEntry entry) {
      Properties properties = new Properties();
      try (InputStream in = new LimitedStream(zip.getInputStream(entry), MAX_METADATA)) {
        properties.load(new InputStreamReader(in, StandardCharsets.UTF_8));
      } catch (IOException | IllegalArgumentException e) {
        found.notice(where + "!/" + entry.getName(), Failures.text(e));
        return false;
      }
      String group = properties.getProperty("groupId", "").strip();
      String artifact = properties.getProperty("artifactId", "").strip();
      PackageRecord one = PackageRecord.of(PackageType.MAVEN, group + ":" + artifact, properties.getProperty("version", "").strip(), "");
      if (group.isEmpty() || artifact.isEmpty() || !one.complete()) {
        found.notice(where + "!/" + entry.getName(), "no groupId, artifactId or version");
        return false;
      }
      found.add(path, one);
      return true;
    }

    private void manifest(String where, ZipFile zip) {
      Attributes main = new Attributes();
      ZipEntry entry = zip.getEntry("META-INF/MANIFEST.MF");
      if (entry != null) {
        try (InputStream in = new LimitedStream(zip.getInputStream(entry), MAX_METADATA)) {
          main = new Manifest(in).getMainAttributes();
        } catch (IOException | IllegalArgumentException e) {
          found.notice(where + "!/META-INF/MANIFEST.MF", Failures.text(e));
        }
      }
      JarName name = JarName.of(where.substring(Math.max(where.lastIndexOf('/'), where.lastIndexOf('!')) + 1));
      String version = first(main, name.version(), "Implementation-Version", "Bundle-Version", "Specification-Version");
      String group = first(main, "", "Implementation-Vendor-Id");
      String symbolic = first(main, "", "Bundle-SymbolicName").split(";", 2)[0].strip();
      if (group.isEmpty() && symbolic.contains(".")) {
        group = symbolic.endsWith("." + name.artifact()) ? symbolic.substring(0, symbolic.length() - name.artifact().length() - 1) : symbolic;
      }
      PackageRecord one = PackageRecord.of(PackageType.MAVEN, group.isEmpty() ? name.artifact() : group + ":" + name.artifact(), name.version().isEmpty() ? version : name.version(), "");
      if (one.complete()) {
        found.add(path, one);
      }
    }

    private static String first(Attributes main, String otherwise, String... names) {
      for (String name : names) {
        String value = main.getValue(name);
        if (value != null && !value.isBlank()) {
          return value.strip();
        }
      }
      return otherwise;
    }
  }

  /** The JDK holds an archive's directory in memory: one that claims to be larger than any real one is not opened. */
  private static void checkDirectory(Path file) throws IOException {
    try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "r")) {
      int length = (int) Math.min(random.length(), 22 + 0xffff);
      byte[] tail = new byte[length];
      random.seek(random.length() - length);
      random.readFully(tail);
      for (int at = length - 22; at >= 0; at--) {
        if (tail[at] == 'P' && tail[at + 1] == 'K' && tail[at + 2] == 5 && tail[at + 3] == 6) {
          long size = (tail[at + 12] & 0xffL) | (tail[at + 13] & 0xffL) << 8 | (tail[at + 14] & 0xffL) << 16 | (tail[at + 15] & 0xffL) << 24;
          if (size > MAX_DIRECTORY) {
            throw new IOException("its directory has " + size + " bytes, more than the " + MAX_DIRECTORY + " that are read");
          }
          return;
        }
      }
      throw new IOException("no zip archive, or a truncated one: its directory is missing");
    }
  }

  /** {@code artifact-1.2.3.jar}. */
  record JarName(String artifact, String version) {
    static JarName of(String file) {
      String base = file.substring(0, file.lastIndexOf('.'));
      for (int dash = base.indexOf('-'); dash > 0; dash = base.indexOf('-', dash + 1)) {
        if (dash + 1 < base.length() && Character.isDigit(base.charAt(dash + 1))) {
          return new JarName(base.substring(0, dash), base.substring(dash + 1));
        }
      }
      return new JarName(base, "");
    }
  }
}
