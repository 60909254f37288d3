package dev.proa.scan.inventory;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Reads a layer's tar once, from its beginning to its end, and keeps what tells of packages. */
public final class LayerScan {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final int MAX_ENTRIES = 4_000_000;
  private static final int MAX_WHITEOUTS = 1_000_000;
  private static final int MAX_PATH = 4096;
  private static final int MAX_RELEASE = 64 << 10;
  private static final Set<String> RELEASES = Set.of("etc/os-release", "usr/lib/os-release");

  private final List<PackageReader> readers;
  private final Collector found = new Collector();
  private final Map<String, Distribution> releases = new HashMap<>();
  private final Set<String> whiteouts = new HashSet<>();
  private final Set<String> opaque = new HashSet<>();
  private long[] replacing = new long[1024];
  private int replaced;

  private LayerScan(Path folder) {
    readers = List.of(new DpkgReader(), new ApkReader(), new RpmReader(folder), new NodeReader(), new PythonReader(), new JarReader(folder));
  }

  /**
   * @param tar uncompressed; what is wrong with it is a notice, and what was found before stays
   * @param folder for files that are read while this works
   * @throws InterruptedIOException if the thread is interrupted
   */
  public static LayerContents read(InputStream tar, Path folder) throws InterruptedIOException {
    LayerScan scan = new LayerScan(folder);
    scan.entries(tar);
    long[] sorted = Arrays.copyOf(scan.replacing, scan.replaced);
    Arrays.sort(sorted);
    return new LayerContents(
        scan.found.files(), Map.copyOf(scan.releases), scan.found.owned(), scan.whiteouts, scan.opaque, sorted, scan.found.notices());
  }

  private void entries(InputStream stream) throws InterruptedIOException {
    int count = 0;
    try {
      // not closed: the stream is the caller's
      @SuppressWarnings("resource")
      TarArchiveInputStream tar = new TarArchiveInputStream(stream, 64 << 10, 512, "UTF-8", true);
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException("the scan was canceled");
        }
        if (++count > MAX_ENTRIES) {
          found.notice("", "more than " + MAX_ENTRIES + " files in one layer: the rest is left out");
          return;
        }
        entry(tar, entry);
      }
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | IllegalArgumentException | ArithmeticException e) {
      found.notice("", "the layer's archive is broken after " + count + " files, the rest is left out: " + Failures.text(e));
    }
  }

  private void entry(TarArchiveInputStream tar, TarArchiveEntry entry) throws IOException {
    String path = normalized(entry.getName());
    if (path == null) {
      found.notice(entry.getName(), "a name that leaves the layer, or is too long: left out");
      return;
    }
    int slash = path.lastIndexOf('/');
    String name = path.substring(slash + 1);
    String parent = slash < 0 ? "" : path.substring(0, slash);
    if (name.startsWith(WHITEOUT)) {
      whiteout(parent, name);
      return;
    }
    if (entry.isDirectory() || path.isEmpty()) {
      return;
    }
    replaces(path);
    if (entry.isLink()) {
      String target = normalized(entry.getLinkName());
      if (target != null) {
        found.link(path, target);
      }
    } else if (isRegular(entry)) {
      file(tar, entry, path);
    }
  }

  /** The library calls symbolic links and devices files too. */
  private static boolean isRegular(TarArchiveEntry entry) {
    return entry.isFile() && !entry.isSymbolicLink() && !entry.isCharacterDevice() && !entry.isBlockDevice() && !entry.isFIFO();
  }

  private void whiteout(String parent, String name) {
    if (whiteouts.size() + opaque.size() >= MAX_WHITEOUTS) {
      found.notice(parent, "more than " + MAX_WHITEOUTS + " whiteouts in one layer: what lower layers had may be shown");
    } else if (name.equals(OPAQUE)) {
      opaque.add(parent);
    } else {
      String hidden = name.substring(WHITEOUT.length());
      whiteouts.add(parent.isEmpty() ? hidden : parent + "/" + hidden);
    }
  }

  private void replaces(String path) {
    if (replaced == replacing.length) {
      replacing = Arrays.copyOf(replacing, replaced * 2);
    }
    replacing[replaced++] = LayerContents.hash(path);
  }

  private void file(TarArchiveInputStream tar, TarArchiveEntry entry, String path) throws IOException {
    if (RELEASES.contains(path)) {
      if (entry.getSize() <= MAX_RELEASE) {
        releases.put(path, Distribution.parse(tar.readAllBytes()));
      } else {
        found.notice(path, "too long for an os-release file: left out");
      }
      return;
    }
    for (PackageReader reader : readers) {
      if (reader.wants(path)) {
        if (entry.getSize() > reader.limit()) {
          found.notice(path, entry.getSize() + " bytes, more than the " + reader.limit() + " that are read of such a file: left out");
        } else {
          read(reader, path, tar);
        }
        return;
      }
    }
  }

  /** What is wrong within a file ends this file; what is wrong with the tar around it ends the layer, and comes again with the next entry. */
  private void read(PackageReader reader, String path, TarArchiveInputStream tar) throws IOException {
    try {
      reader.read(path, tar, found);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      found.notice(path, Failures.text(e));
    } catch (StackOverflowError e) {
      found.notice(path, "nested too deep");
    }
  }

  /** Without {@code ./} and slashes at the ends; null for a name that leads out, or is too long to be one. */
  static @org.jspecify.annotations.Nullable String normalized(String name) {
    if (name.length() > MAX_PATH) {
      return null;
    }
    StringBuilder path = new StringBuilder(name.length());
    for (String part : name.split("/")) {
      if (part.equals("..")) {
        return null;
      }
      if (!part.isEmpty() && !part.equals(".")) {
        path.append(path.isEmpty() ? "" : "/").append(part);
      }
    }
    return path.toString();
  }
}
