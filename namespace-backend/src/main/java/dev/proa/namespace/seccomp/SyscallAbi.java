package dev.proa.namespace.seccomp;

import dev.proa.spi.ProaException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A set of system call numbers that a kernel answers to, with its name in the runtime specification and its token in seccomp_data. */
enum SyscallAbi {
  /** AUDIT_ARCH_X86_64: EM_X86_64 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE (linux/audit.h). */
  X86_64("SCMP_ARCH_X86_64", 0xc000003e),
  /** AUDIT_ARCH_I386. */
  I386("SCMP_ARCH_X86", 0x40000003),
  /** AUDIT_ARCH_AARCH64. */
  AARCH64("SCMP_ARCH_AARCH64", 0xc00000b7),
  /** AUDIT_ARCH_ARM. */
  ARM("SCMP_ARCH_ARM", 0x40000028);

  private static final String TABLE = "syscalls.txt";

  private final String seccompName;
  private final int auditArch;

  SyscallAbi(String seccompName, int auditArch) {
    this.seccompName = seccompName;
    this.auditArch = auditArch;
  }

  int auditArch() {
    return auditArch;
  }

  /** Whether its calls take 64-bit arguments: __AUDIT_ARCH_64BIT. */
  boolean wide() {
    return (auditArch & 0x80000000) != 0;
  }

  /** @return −1 if this architecture has no such call */
  int number(String name) {
    Integer number = Numbers.BY_ABI.get(ordinal()).get(name);
    return number == null ? -1 : number;
  }

  /** @return null for an architecture whose calls a kernel of ours never takes */
  static @Nullable SyscallAbi named(String seccompName) {
    for (SyscallAbi abi : values()) {
      if (abi.seccompName.equals(seccompName)) {
        return abi;
      }
    }
    return null;
  }

  /** The one of 64-bit programs on this machine. */
  static SyscallAbi nativeAbi(String osArch) {
    return switch (osArch) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64" -> AARCH64;
      default -> throw ProaException.notImplemented("seccomp filters for the architecture " + osArch);
    };
  }

  /** Whether a kernel whose native one is {@code other} may take calls of this one. */
  boolean runsBeside(SyscallAbi other) {
    return switch (this) {
      case X86_64, I386 -> other == X86_64;
      case AARCH64, ARM -> other == AARCH64;
    };
  }

  /** Read once: the table lies in the bundle. */
  private static final class Numbers {
    static final List<Map<String, Integer>> BY_ABI = read();

    private static List<Map<String, Integer>> read() {
      List<Map<String, Integer>> tables = List.of(new HashMap<>(), new HashMap<>(), new HashMap<>(), new HashMap<>());
      try (InputStream in = Objects.requireNonNull(SyscallAbi.class.getResourceAsStream(TABLE), TABLE);
          BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          if (line.startsWith("#")) {
            continue;
          }
          String[] columns = line.split(" ");
          for (int abi = 0; abi < tables.size(); abi++) {
            if (!columns[abi + 1].equals("-")) {
              tables.get(abi).put(columns[0], Integer.valueOf(columns[abi + 1]));
            }
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(TABLE + ": cannot be read from the bundle", e);
      }
      return tables;
    }
  }
}
