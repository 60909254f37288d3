package dev.proa.namespace;

import dev.proa.namespace.seccomp.SeccompFilter;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Filters by the digest of their instructions: most tasks have the same one, and an exec after a restart needs it again. */
public final class FilterStore {
  private static final int DIGITS = 32;

  private final Path folder;

  /** Those that are known to be written, by identity of the filter's bytes, which the assembler shares. */
  private final Map<SeccompFilter, String> names = new ConcurrentHashMap<>();

  public FilterStore(Path folder) {
    this.folder = folder;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw ProaException.internal("cannot make " + folder + ": " + e.getMessage(), e);
    }
  }

  /** @return the name to find it by, empty for no filter */
  public String save(@Nullable SeccompFilter filter) {
    if (filter == null) {
      return "";
    }
    String known = names.get(filter);
    if (known != null) {
      return known;
    }
    byte[] content = ByteBuffer.allocate(Integer.BYTES + filter.program().length).putInt(filter.flags()).put(filter.program()).array();
    String name = digest(content);
    try {
      Path file = folder.resolve(name);
      if (!Files.exists(file)) {
        Path next = Files.createTempFile(folder, "filter", ".new");
        Files.write(next, content);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw ProaException.internal("cannot keep a seccomp filter in " + folder + ": " + e.getMessage(), e);
    }
    if (names.size() > 256) {
      names.clear();
    }
    names.put(filter, name);
    return name;
  }

  public @Nullable SeccompFilter load(String name) {
    if (name.isEmpty()) {
      return null;
    }
    Path file = folder.resolve(name);
    try {
      ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file));
      // A filter that is damaged must not become a weaker one.
      if (content.capacity() < Integer.BYTES || !digest(content.array()).equals(name)) {
        throw ProaException.dataLoss(file + ": the seccomp filter is damaged");
      }
      int flags = content.getInt();
      byte[] program = new byte[content.remaining()];
      content.get(program);
      return new SeccompFilter(program, flags);
    } catch (NoSuchFileException e) {
      throw ProaException.dataLoss(file + ": the seccomp filter is missing");
    } catch (IOException e) {
      throw ProaException.internal(file + ": cannot read the seccomp filter: " + e.getMessage(), e);
    }
  }

  private static String digest(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)).substring(0, DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
