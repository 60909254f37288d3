package dev.proa.storage.layers;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import org.jspecify.annotations.Nullable;

/** Goes through a tree, or through what of it matters: a directory before what is in it, names in the order of their bytes. */
public interface Walk extends AutoCloseable {

  /**
   * Something found.
   *
   * @param path below the root, without a slash in front
   * @param directory path of what it is in, empty for the root
   */
  record Visit(String path, String directory, String name, FileStatus status) {}

  /** Something to be done in a directory. */
  @FunctionalInterface
  interface InDirectory<T> {
    T apply(Fd directory) throws ErrnoException;
  }

  /** The next one, null at the end. A directory's content follows it. */
  @Nullable Visit next() throws ErrnoException;

  /** Does something in the directory of the last visit. */
  <T> T inDirectory(Visit visit, InDirectory<T> what) throws ErrnoException;

  @Override
  void close();
}
