package dev.proa.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file that tells scripts the daemon's pid. The lock of the data root decides who runs, not this file. */
final class PidFile implements AutoCloseable {
  private final Path path;
  private final String content = Long.toString(ProcessHandle.current().pid());

  private PidFile(Path path) {
    this.path = path;
  }

  static PidFile write(Path path) throws StartFailure {
    try {
      String old = Files.exists(path) ? Files.readString(path).strip() : "";
      if (old.matches("\\d{1,9}") && runsProad(Long.parseLong(old))) {
        throw StartFailure.failed("pid file " + path + " names pid " + old + ", which is a running proad; stop it or give another --pidfile");
      }
      PidFile file = new PidFile(path);
      Files.writeString(path, file.content);
      return file;
    } catch (IOException e) {
      throw StartFailure.failed("cannot write pid file " + path + ": " + Roots.said(e), e);
    }
  }

  private static boolean runsProad(long pid) throws IOException {
    if (pid == ProcessHandle.current().pid()) {
      return false;
    }
    Path commandLine = Path.of("/proc", Long.toString(pid), "cmdline");
    try {
      return Files.readString(commandLine).contains(Main.class.getName());
    } catch (java.nio.file.NoSuchFileException e) {
      return false;
    }
  }

  /** Removes the file if it is still ours. */
  @Override
  public void close() throws IOException {
    if (Files.exists(path) && Files.readString(path).strip().equals(content)) {
      Files.delete(path);
    }
  }
}
