package dev.proa.network.bridge;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel's refusals mean to a user, and the switches below /proc/sys/net. */
final class Kernel {
  private static final Path SYSCTL = Path.of("/proc/sys/net");

  private Kernel() {}

  /** One sentence: what was tried, what came back, what to do. */
  static ProaException failure(String what, IOException e) {
    String message = "cannot " + what + ": " + e.getMessage();
    if (!(e instanceof ErrnoException failure)) {
      return ProaException.internal(message, e);
    }
    return switch (failure.errno()) {
      case EPERM, EACCES ->
          new ProaException(
              ErrorClass.FAILED_PRECONDITION,
              message + "; bridge networks need CAP_NET_ADMIN over the daemon's network namespace, --network none and host do not",
              e);
      case EOPNOTSUPP, EPROTONOSUPPORT, EAFNOSUPPORT ->
          new ProaException(
              ErrorClass.FAILED_PRECONDITION,
              message + "; this kernel lacks bridges, veth or nftables, which bridge networks need; --network none and host do not",
              e);
      case EEXIST -> new ProaException(ErrorClass.ALREADY_EXISTS, message, e);
      case ENFILE, EMFILE, ENOMEM, ENOBUFS, EXFULL -> new ProaException(ErrorClass.RESOURCE_EXHAUSTED, message, e);
      default -> ProaException.internal(message, e);
    };
  }

  static boolean isGone(IOException e) {
    return e instanceof ErrnoException failure && (failure.errno() == Errno.ENOENT || failure.errno() == Errno.ESRCH);
  }

  /** @param name such as {@code ipv4/ip_forward} */
  static String sysctl(String name) throws IOException {
    return Files.readString(SYSCTL.resolve(name)).strip();
  }

  /** False also where there is no such switch. */
  static boolean isOn(String name) throws IOException {
    return Files.exists(SYSCTL.resolve(name)) && sysctl(name).equals("1");
  }

  static void setSysctl(String name, String value) throws IOException {
    Path file = SYSCTL.resolve(name);
    if (!Files.readString(file).strip().equals(value)) {
      Files.writeString(file, value);
    }
  }
}
