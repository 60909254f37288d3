package dev.proa.linux;

import dev.proa.linux.abi.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Named places in the code at which this process kills itself, so that a test can end it at each of them. A file says which: {@code -Dproa.fault=FILE},
 * or {@code PROA_FAULT=FILE} in the environment. While it holds the name of a place, the process that comes there first removes the file and dies.
 * Without the property a place costs a comparison with null.
 *
 * <p>A place is named {@code part.what-is-done}: what stands before it is done, what stands behind it is not.
 */
public final class FaultPoints {
  /** The property with the file. */
  public static final String PROPERTY = "proa.fault";

  private static final String ENVIRONMENT = "PROA_FAULT";
  private static final @Nullable Path FILE = find();

  private FaultPoints() {}

  /** Kills this process with SIGKILL when this is the place that is named; it does not return then. */
  public static void reach(String name) {
    Path named = FILE;
    if (named != null) {
      dieIfNamed(named, name);
    }
  }

  /** The file that names places, for a process that this one starts; null without one. */
  public static @Nullable Path file() {
    return FILE;
  }

  private static void dieIfNamed(Path file, String name) {
    try {
      if (Files.readString(file).strip().equals(name) && Files.deleteIfExists(file)) {
        Processes.kill(Processes.getpid(), Signal.SIGKILL);
      }
    } catch (NoSuchFileException e) {
      // Nobody is to die now.
    } catch (IOException e) {
      throw new UncheckedIOException("cannot die at " + name, e);
    }
  }

  private static @Nullable Path find() {
    String property = System.getProperty(PROPERTY);
    String file = property != null ? property : System.getenv(ENVIRONMENT);
    return file == null || file.isEmpty() ? null : Path.of(file);
  }
}
