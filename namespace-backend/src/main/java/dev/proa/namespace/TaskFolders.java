package dev.proa.namespace;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.namespace.cgroup.TaskCgroup;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is kept of tasks on the disk: one folder each. */
public final class TaskFolders {
  private TaskFolders() {}

  public static Path make(Path tasks, String id) {
    Path folder = tasks.resolve(id);
    try {
      Fs.mkdirat(Fd.cwd(), folder.toString(), 0700);
      return folder;
    } catch (ErrnoException e) {
      throw e.errno() == Errno.EEXIST
          ? ProaException.alreadyExists("task " + Failures.shortened(id) + " exists already")
          : ProaException.internal("cannot make " + folder + ": " + e.getMessage(), e);
    }
  }

  static void discard(Path folder, @Nullable TaskCgroup cgroup, RuntimeException reason) {
    // The group of somebody else's task is not ours to remove.
    boolean foreign = reason instanceof ProaException e && e.is(ErrorClass.ALREADY_EXISTS);
    try {
      if (cgroup != null && !foreign) {
        cgroup.remove(TaskEnds.DEATH_TIME);
      }
      remove(folder);
    } catch (RuntimeException late) {
      reason.addSuppressed(late);
    }
  }

  public static void remove(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (NoSuchFileException gone) {
      // Deleted already.
    } catch (IOException e) {
      throw ProaException.internal("cannot remove " + folder + ": " + e.getMessage(), e);
    }
  }
}
