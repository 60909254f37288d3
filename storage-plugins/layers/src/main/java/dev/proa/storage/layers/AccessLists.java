package dev.proa.storage.layers;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;

/** POSIX access lists (acl(5)): what is made in a directory with a default one inherits it, and then has rights that no layer spoke of. */
final class AccessLists {
  static final String DEFAULT = "system.posix_acl_default";
  private static final String ACCESS = "system.posix_acl_access";

  private AccessLists() {}

  /** Takes both from a directory. */
  static void drop(Fd directory) throws ErrnoException {
    for (String name : new String[] {DEFAULT, ACCESS}) {
      try {
        Fs.fremovexattr(directory, name);
      } catch (ErrnoException e) {
        tolerate(e);
      }
    }
  }

  /** Takes it from a file. */
  static void dropInherited(Fd file) throws ErrnoException {
    try {
      Fs.fremovexattr(file, ACCESS);
    } catch (ErrnoException e) {
      tolerate(e);
    }
  }

  /** Takes it from something that cannot be opened. */
  static void dropInherited(Fd directory, String name) throws ErrnoException {
    try {
      Fs.lremovexattrat(directory, name, ACCESS);
    } catch (ErrnoException e) {
      tolerate(e);
    }
  }

  /** There is none, or this file system has none. */
  private static void tolerate(ErrnoException e) throws ErrnoException {
    if (e.errno() != Errno.ENODATA && e.errno() != Errno.EOPNOTSUPP) {
      throw e;
    }
  }
}
