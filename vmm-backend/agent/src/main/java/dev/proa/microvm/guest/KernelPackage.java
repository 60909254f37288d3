package dev.proa.microvm.guest;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;
import org.jspecify.annotations.Nullable;

/** A Debian package of a kernel (deb(5): an ar archive with a tar archive in it), read once from front to back. */
final class KernelPackage {
  private static final int MAX_FILE = 128 << 20;

  /** All that is kept of the modules of one package. */
  private static final long MAX_TOTAL = 1L << 30;

  private final ModuleSet modules = new ModuleSet();
  private byte @Nullable [] vmlinuz;
  private String vmlinuzName = "";
  private long total;

  private KernelPackage() {}

  static KernelPackage read(Path deb) throws IOException {
    KernelPackage read = new KernelPackage();
    try (ArArchiveInputStream ar = new ArArchiveInputStream(new BufferedInputStream(Files.newInputStream(deb)))) {
      for (ArArchiveEntry entry = ar.getNextEntry(); entry != null; entry = ar.getNextEntry()) {
        if (entry.getName().startsWith("data.tar")) {
          read.data(entry.getName(), ar);
          break;
        }
      }
    } catch (BadKernelException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new BadKernelException(deb + " is no Debian package that can be read: " + e.getMessage(), e);
    }
    if (read.vmlinuz == null) {
      throw new BadKernelException(deb + " has no kernel in it: no file boot/vmlinuz-*");
    }
    return read;
  }

  private void data(String name, InputStream packed) throws IOException {
    InputStream unpacked =
        switch (name.substring("data.tar".length())) {
          case "" -> packed;
          case ".xz" -> new XZCompressorInputStream(packed);
          case ".gz" -> new GzipCompressorInputStream(packed);
          case ".zst" -> new ZstdCompressorInputStream(packed);
          default -> throw new BadKernelException("packed in a way that is not known: " + name);
        };
    TarArchiveInputStream tar = new TarArchiveInputStream(new BufferedInputStream(unpacked));
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      if (entry.isFile()) {
        file(entry.getName().replaceFirst("^\\./", "").replaceFirst("^usr/", ""), entry, tar);
      }
    }
  }

  private void file(String path, TarArchiveEntry entry, InputStream in) throws IOException {
    boolean kernel = path.startsWith("boot/vmlinuz-");
    boolean module = path.startsWith("lib/modules/") && ModuleSet.isModule(path);
    boolean builtIn = path.startsWith("lib/modules/") && path.endsWith("/modules.builtin");
    if (!kernel && !module && !builtIn) {
      return;
    }
    if (entry.getSize() > MAX_FILE || (total += entry.getSize()) > MAX_TOTAL) {
      throw new BadKernelException(path + " is " + entry.getSize() + " bytes; no kernel has such files");
    }
    byte[] content = in.readNBytes((int) entry.getSize());
    if (kernel) {
      vmlinuz = content;
      vmlinuzName = path;
    } else if (module) {
      modules.add(path, content);
    } else {
      modules.builtIn(new String(content, StandardCharsets.UTF_8));
    }
  }

  byte[] vmlinuz() {
    return java.util.Objects.requireNonNull(vmlinuz);
  }

  String vmlinuzName() {
    return vmlinuzName;
  }

  ModuleSet modules() {
    return modules;
  }
}
