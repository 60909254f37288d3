package dev.proa.spi.conformance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Makes a small root file system of the host's static busybox. */
public final class RootFileSystem {
  private static final List<Path> PLACES = List.of(Path.of("/bin/busybox"), Path.of("/usr/bin/busybox"));
  private static final List<String> APPLETS =
      List.of(
          "cat", "chmod", "date", "dd", "echo", "env", "false", "head", "hostname", "id", "kill", "ls", "mkdir", "mount", "nproc", "ps", "pwd",
          "readlink", "sh", "sleep", "stat", "stty", "sync", "tail", "test", "touch", "true", "tty", "umask", "uname", "wc", "yes");

  private RootFileSystem() {}

  /** Fills an existing folder. Skips the test where the host has no static busybox (Debian: {@code busybox-static}). */
  public static Path make(Path folder) throws IOException {
    Path busybox = PLACES.stream().filter(Files::isExecutable).filter(RootFileSystem::isStatic).findFirst().orElse(null);
    assumeTrue(busybox != null, "this host has no static busybox: apt-get install busybox-static");
    for (String name : List.of("bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "var")) {
      Files.createDirectories(folder.resolve(name));
    }
    Files.copy(busybox, folder.resolve("bin/busybox"));
    for (String applet : APPLETS) {
      Files.createSymbolicLink(folder.resolve("bin").resolve(applet), Path.of("busybox"));
    }
    Files.writeString(folder.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n");
    Files.writeString(folder.resolve("etc/group"), "root:x:0:\nnogroup:x:65534:\n");
    Files.writeString(folder.resolve("bin/not-executable"), "#!/bin/sh\n");
    return folder;
  }

  /** An ELF file without an interpreter (elf(5), PT_INTERP). */
  private static boolean isStatic(Path file) {
    try {
      String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      return content.startsWith("\u007fELF") && !content.substring(0, Math.min(4096, content.length())).contains("ld-linux");
    } catch (IOException e) {
      return false;
    }
  }
}
