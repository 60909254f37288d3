package dev.proa.microvm.guest;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The kernels that microVMs can boot: a folder each, by the digest of what was installed. A kernel is there as soon as its folder has its name, and is
 * never changed afterwards, so a microVM that boots from it is not disturbed by anything but its removal, and that only before it runs.
 */
public final class KernelStore {
  private static final String VMLINUX = "vmlinux";
  private static final String MODULES = "modules";
  private static final String ORDER = "order";
  private static final String VERSION = "version";
  private static final String PART = ".part-";

  private final Path folder;

  /** @param folder made when the first kernel is installed */
  public KernelStore(Path folder) {
    this.folder = folder;
  }

  /**
   * An installed kernel.
   *
   * @param digest sha256 of the package or the kernel's file, 64 hexadecimal digits
   * @param version as {@code uname -r} says it
   */
  public record Kernel(String digest, String version, Path folder, Instant installed, long size, List<String> modules) {
    public Path vmlinux() {
      return folder.resolve(VMLINUX);
    }
  }

  /**
   * Installs a kernel from a Debian package, or from a vmlinuz or vmlinux that has all it needs built in. The same again is no error; it becomes the
   * newest.
   */
  public Kernel install(Path file) throws IOException {
    byte[] magic = new byte[8];
    try (java.io.InputStream in = Files.newInputStream(file)) {
      in.readNBytes(magic, 0, magic.length);
    }
    String digest = digestOf(file);
    Path home = folder.resolve(digest);
    Optional<Kernel> known = read(home);
    if (known.isPresent()) {
      Files.setLastModifiedTime(home, java.nio.file.attribute.FileTime.from(Instant.now()));
      return read(home).orElseThrow();
    }
    if (new String(magic, StandardCharsets.US_ASCII).equals("!<arch>\n")) {
      KernelPackage deb = KernelPackage.read(file);
      Vmlinux.Unpacked kernel = Vmlinux.of(deb.vmlinuz(), deb.vmlinuzName());
      write(home, kernel, deb.modules().select(kernel.version()));
    } else {
      if (Files.size(file) > Vmlinux.MAX_SIZE) {
        throw new BadKernelException(file + " is no kernel: " + Files.size(file) + " bytes");
      }
      write(home, Vmlinux.of(Files.readAllBytes(file), file.toString()), List.of());
    }
    return read(home).orElseThrow();
  }

  private void write(Path home, Vmlinux.Unpacked kernel, List<ModuleSet.Module> modules) throws IOException {
    Files.createDirectories(folder);
    Path part = Files.createTempDirectory(folder, PART);
    try {
      Files.createDirectory(part.resolve(MODULES));
      Files.write(part.resolve(VMLINUX), kernel.elf());
      StringBuilder order = new StringBuilder();
      for (ModuleSet.Module module : modules) {
        Files.write(part.resolve(MODULES).resolve(module.name()), module.content());
        order.append(module.name()).append('\n');
      }
      Files.writeString(part.resolve(ORDER), order);
      Files.writeString(part.resolve(VERSION), kernel.version());
      try {
        Files.move(part, home, StandardCopyOption.ATOMIC_MOVE);
      } catch (java.nio.file.DirectoryNotEmptyException | java.nio.file.FileAlreadyExistsException e) {
        remove(part); // somebody else was quicker
      }
    } catch (IOException | RuntimeException e) {
      try {
        remove(part);
      } catch (IOException late) {
        e.addSuppressed(late);
      }
      throw e;
    }
  }

  /** The newest first. */
  public List<Kernel> list() throws IOException {
    List<Kernel> kernels = new ArrayList<>();
    try (Stream<Path> folders = Files.list(folder)) {
      for (Path home : folders.filter(path -> !path.getFileName().toString().startsWith(".")).toList()) {
        read(home).ifPresent(kernels::add);
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
    kernels.sort(Comparator.comparing(Kernel::installed).reversed().thenComparing(Kernel::digest));
    return kernels;
  }

  /** The newest, which microVMs boot. @throws IOException with what to do when there is none */
  public Kernel newest() throws IOException {
    return list().stream()
        .findFirst()
        .orElseThrow(() -> new IOException("no kernel for microVMs is installed: run `proa kernel install` (needs apt), or `proa kernel install PATH`"));
  }

  /** One of which the digest begins so, or that has this version. */
  public Kernel find(String name) throws IOException {
    List<Kernel> found = list().stream().filter(kernel -> kernel.version().equals(name) || !name.isEmpty() && kernel.digest().startsWith(name)).toList();
    if (found.size() != 1) {
      throw new IOException(found.isEmpty() ? "no such kernel: " + name : found.size() + " kernels are called " + name);
    }
    return found.getFirst();
  }

  public void remove(Kernel kernel) throws IOException {
    Path away = folder.resolve(PART + kernel.digest());
    Files.move(kernel.folder(), away, StandardCopyOption.ATOMIC_MOVE);
    remove(away);
  }

  private static void remove(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static Optional<Kernel> read(Path home) throws IOException {
    try {
      return Optional.of(
          new Kernel(
              home.getFileName().toString(),
              Files.readString(home.resolve(VERSION)).strip(),
              home,
              Files.getLastModifiedTime(home).toInstant(),
              Files.size(home.resolve(VMLINUX)),
              Files.readAllLines(home.resolve(ORDER))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Writes the initramfs of a kernel with this agent to a file, anew. */
  public static void writeInitramfs(Kernel kernel, byte[] agent, Path to) throws IOException {
    Map<String, byte[]> modules = new LinkedHashMap<>();
    for (String name : kernel.modules()) {
      modules.put(name, Files.readAllBytes(kernel.folder().resolve(MODULES).resolve(name)));
    }
    Path part = Files.createTempFile(to.toAbsolutePath().getParent(), PART, null);
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part))) {
        Initramfs.write(out, agent, modules);
      }
      Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static String digestOf(Path file) throws IOException {
    try (java.io.InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int n; (n = in.read(buffer)) > 0; ) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
