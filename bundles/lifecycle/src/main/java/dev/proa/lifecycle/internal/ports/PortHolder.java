package dev.proa.lifecycle.internal.ports;

import dev.proa.spi.network.NetworkDriver.Protocol;
import dev.proa.spi.network.NetworkDriver.PublishedPort;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which process of the host has a port: proc(5)'s tables of sockets, and then who has that socket open. Asked only to say why a port is not free. */
final class PortHolder {
  private static final Path PROC = Path.of("/proc");
  private static final int INODE = 9;

  private PortHolder() {}

  /** {@code pid 4711 (nginx)}; null when it is not to be found. */
  static @Nullable String of(PublishedPort port) {
    try {
      Set<String> sockets = sockets(port);
      return sockets.isEmpty() ? null : process(sockets);
    } catch (IOException e) {
      return null;
    }
  }

  /** As links in /proc/PID/fd name them. */
  private static Set<String> sockets(PublishedPort port) throws IOException {
    Set<String> sockets = new HashSet<>();
    String name = port.protocol() == Protocol.UDP ? "udp" : "tcp";
    String suffix = String.format(Locale.ROOT, ":%04X", port.hostPort());
    for (String table : List.of(name, name + "6")) {
      Path file = PROC.resolve("net").resolve(table);
      if (!Files.exists(file)) {
        continue;
      }
      for (String line : Files.readAllLines(file)) {
        String[] fields = line.strip().split("\\s+");
        // TCP: only listeners (0A); UDP: whoever is bound
        boolean listens = fields.length > INODE && (name.equals("udp") || fields[3].equals("0A"));
        if (listens && fields[1].endsWith(suffix)) {
          sockets.add("socket:[" + fields[INODE] + "]");
        }
      }
    }
    return sockets;
  }

  private static @Nullable String process(Set<String> sockets) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (has(process, sockets)) {
          return "pid " + process.getFileName() + " (" + Files.readString(process.resolve("comm")).strip() + ")";
        }
      }
    }
    return null;
  }

  private static boolean has(Path process, Set<String> sockets) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        if (sockets.contains(target(descriptor))) {
          return true;
        }
      }
      return false;
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return false; // it has ended, or is not ours to look into
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
