package dev.proa.microvm.guest;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;

/**
 * The modules of a kernel that a guest needs, each behind those it depends on. A package has no modules.dep, which depmod(8) makes on the machine where
 * it is installed; but every module says itself what it needs (section .modinfo).
 */
final class ModuleSet {
  /** What a guest needs. Of the first a generic part of the kernel wants the second by its algorithm's name only, which no dependency says. */
  private static final List<String> WANTED =
      List.of("virtio_mmio", "virtio_blk", "virtio_net", "virtio_rng", "vmw_vsock_virtio_transport", "virtiofs", "overlay", "crc32c_generic", "erofs");

  /** A guest can be without those. */
  private static final Set<String> OPTIONAL = Set.of("virtio_rng", "crc32c_generic", "erofs");

  private static final int MAX_MODULE = 64 << 20;

  /** Name to path in the package. */
  private final Map<String, String> paths = new LinkedHashMap<>();

  private final Set<String> builtIn = new LinkedHashSet<>();
  private final Map<String, byte[]> contents = new LinkedHashMap<>();

  /** A module as the initramfs gets it: unpacked. */
  record Module(String name, byte[] content) {}

  /** How the kernel knows it: dashes and underscores are the same. */
  static String nameOf(String path) {
    String file = path.substring(path.lastIndexOf('/') + 1);
    int end = file.indexOf(".ko");
    return (end < 0 ? file : file.substring(0, end)).replace('-', '_');
  }

  static boolean isModule(String path) {
    return path.endsWith(".ko") || path.endsWith(".ko.xz") || path.endsWith(".ko.zst") || path.endsWith(".ko.gz");
  }

  void builtIn(String modulesBuiltin) {
    modulesBuiltin.lines().filter(line -> !line.isBlank()).forEach(line -> builtIn.add(nameOf(line.strip())));
  }

  void add(String path, byte[] content) {
    String name = nameOf(path);
    paths.put(name, path);
    contents.put(name, content);
  }

  /** Those that are wanted and what they need, in the order in which they can be loaded. */
  List<Module> select(String kernel) throws BadKernelException {
    Map<String, Module> selected = new LinkedHashMap<>();
    for (String name : WANTED) {
      if (!builtIn.contains(name) && (contents.containsKey(name) || !OPTIONAL.contains(name))) {
        select(name, kernel, selected, new ArrayList<>());
      }
    }
    return List.copyOf(selected.values());
  }

  private void select(String name, String kernel, Map<String, Module> selected, List<String> way) throws BadKernelException {
    if (selected.containsKey(name) || builtIn.contains(name)) {
      return;
    }
    byte[] packed = contents.get(name);
    if (packed == null) {
      throw new BadKernelException(
          "kernel " + kernel + " lacks the module " + name + (way.isEmpty() ? "" : ", which " + String.join(", for ", way.reversed()) + " needs")
              + ": microVMs cannot be run with it");
    }
    if (way.contains(name)) {
      throw new BadKernelException("modules of kernel " + kernel + " need each other: " + String.join(", ", way));
    }
    byte[] content = unpack(packed, String.valueOf(paths.get(name)));
    way.add(name);
    for (String needed : dependencies(content, name)) {
      select(needed, kernel, selected, way);
    }
    way.removeLast();
    selected.put(name, new Module(name, content));
  }

  private static byte[] unpack(byte[] content, String path) throws BadKernelException {
    try (InputStream in =
        path.endsWith(".xz")
            ? new XZCompressorInputStream(new ByteArrayInputStream(content))
            : path.endsWith(".zst")
                ? new ZstdCompressorInputStream(new ByteArrayInputStream(content))
                : path.endsWith(".gz") ? new GzipCompressorInputStream(new ByteArrayInputStream(content)) : new ByteArrayInputStream(content)) {
      byte[] unpacked = in.readNBytes(MAX_MODULE + 1);
      if (unpacked.length > MAX_MODULE) {
        throw new BadKernelException("module " + path + " is larger than " + MAX_MODULE + " bytes");
      }
      return unpacked;
    } catch (BadKernelException e) {
      throw e;
    } catch (IOException e) {
      throw new BadKernelException("module " + path + " cannot be unpacked: " + e.getMessage(), e);
    }
  }

  /** {@code depends=a,b} of .modinfo, a section of texts that end with NUL (elf(5), include/linux/module.h). */
  private static List<String> dependencies(byte[] module, String name) throws BadKernelException {
    for (String line : modinfo(module, name).split("\0")) {
      if (line.startsWith("depends=")) {
        List<String> names = new ArrayList<>();
        for (String needed : line.substring("depends=".length()).split(",")) {
          if (!needed.isBlank()) {
            names.add(needed.strip().replace('-', '_'));
          }
        }
        return names;
      }
    }
    return List.of();
  }

  private static String modinfo(byte[] module, String name) throws BadKernelException {
    try {
      ByteBuffer elf = ByteBuffer.wrap(module).order(ByteOrder.LITTLE_ENDIAN);
      if (elf.getInt(0) != 0x464c457f) {
        throw new BadKernelException("module " + name + " is no ELF file");
      }
      int table = Math.toIntExact(elf.getLong(40));
      int size = Short.toUnsignedInt(elf.getShort(58));
      int count = Short.toUnsignedInt(elf.getShort(60));
      int names = Short.toUnsignedInt(elf.getShort(62));
      int strings = Math.toIntExact(elf.getLong(table + names * size + 24));
      for (int i = 0; i < count; i++) {
        int at = table + i * size;
        if (text(module, strings + elf.getInt(at)).equals(".modinfo")) {
          return new String(module, Math.toIntExact(elf.getLong(at + 24)), Math.toIntExact(elf.getLong(at + 32)), StandardCharsets.US_ASCII);
        }
      }
      return "";
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw new BadKernelException("module " + name + " is damaged", e);
    }
  }

  private static String text(byte[] bytes, int at) {
    StringBuilder text = new StringBuilder();
    while (bytes[at] != 0 && text.length() < 64) {
      text.append((char) bytes[at++]);
    }
    return text.toString();
  }
}
