package dev.proa.linux.abi;

/** The architectures whose tables are here. I386 is what a 64-bit x86 kernel runs as its second architecture. */
public enum Arch {
  X86_64(Seccomp.AUDIT_ARCH_X86_64, 62, "amd64"),
  AARCH64(Seccomp.AUDIT_ARCH_AARCH64, 183, "arm64"),
  I386(Seccomp.AUDIT_ARCH_I386, 3, "386");

  /** The architecture that this JVM runs on. */
  public static final Arch HOST = host(System.getProperty("os.arch"));

  private final int auditArch;
  private final int elfMachine;
  private final String ociName;

  Arch(int auditArch, int elfMachine, String ociName) {
    this.auditArch = auditArch;
    this.elfMachine = elfMachine;
    this.ociName = ociName;
  }

  /** AUDIT_ARCH_* of linux/audit.h, as in {@code struct seccomp_data}. */
  public int auditArch() {
    return auditArch;
  }

  /** EM_* of linux/elf-em.h. */
  public int elfMachine() {
    return elfMachine;
  }

  /** The name in OCI image configurations (GOARCH). */
  public String ociName() {
    return ociName;
  }

  private static Arch host(String osArch) {
    return switch (osArch) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64", "arm64" -> AARCH64;
      default -> throw new UnsupportedOperationException("proa runs on x86-64 and aarch64, not on " + osArch);
    };
  }
}
