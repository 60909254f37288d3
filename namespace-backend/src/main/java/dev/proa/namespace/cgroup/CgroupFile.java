package dev.proa.namespace.cgroup;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads and writes the small text files of control group file systems. */
final class CgroupFile {
  /** memory.stat is the largest that is read, some 2 KiB; lists of processes may be longer. */
  private static final int BLOCK = 16 * 1024;

  /** A list of pids longer than this says more than anybody can use. */
  private static final int MAX_BYTES = 4 << 20;

  private CgroupFile() {}

  static void write(String path, String value) throws ErrnoException {
    try (Fd file = Fs.openat(Fd.cwd(), path, Fcntl.O_WRONLY)) {
      Io.writeFully(file, value.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** Sets a limit; a failure names the file, the value and what to do about it. */
  static void set(String group, String file, String value) {
    try {
      write(group + "/" + file, value);
    } catch (ErrnoException e) {
      throw failed("cannot set " + file + " to " + value, e);
    }
  }

  /** As {@link #set}, but a kernel without the file is left alone. */
  static void setIfThere(String group, String file, String value) {
    try {
      write(group + "/" + file, value);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOENT) {
        throw failed("cannot set " + file + " to " + value, e);
      }
    }
  }

  /** For configurations that ask for it: the kernel would reclaim, and then kill, to get below. */
  static void refuseBelowUsage(String group, String usage, long limit) {
    long used = number(group + "/" + usage, 0);
    if (limit > 0 && limit < used) {
      throw ProaException.failedPrecondition("memory.limit: " + limit + " bytes are less than the " + used + " that are in use");
    }
  }

  static String read(String path) throws ErrnoException {
    try (Fd file = Fs.openat(Fd.cwd(), path, Fcntl.O_RDONLY)) {
      return read(file, path);
    }
  }

  private static String read(Fd file, String path) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BLOCK);
      StringBuilder text = new StringBuilder();
      while (true) {
        long n = Io.read(file, buffer);
        if (n == 0) {
          return text.toString();
        }
        text.append(new String(buffer.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII));
        if (text.length() > MAX_BYTES) {
          throw new ErrnoException("read", Errno.EFBIG, path);
        }
      }
    }
  }

  /** @return null if there is no such file, or no such group any more */
  static @Nullable String readIfThere(String path) {
    try {
      return read(path);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV || e.errno() == Errno.EOPNOTSUPP) {
        return null;
      }
      throw failed("cannot read " + path, e);
    }
  }

  /** A file that holds one number or the word {@code max}; {@code otherwise} if it is not there. */
  static long number(String path, long otherwise) {
    String text = readIfThere(path);
    return text == null ? otherwise : parse(text.strip());
  }

  /** {@code max} is {@link Long#MAX_VALUE}; so is what only an unsigned number can hold. */
  static long parse(String text) {
    if (text.equals("max")) {
      return Long.MAX_VALUE;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  /** A file of lines {@code key value}; empty if it is not there. */
  static Map<String, Long> table(String path) {
    String text = readIfThere(path);
    Map<String, Long> table = new LinkedHashMap<>();
    if (text != null) {
      for (String line : text.split("\n")) {
        int space = line.indexOf(' ');
        if (space > 0) {
          table.put(line.substring(0, space), parse(line.substring(space + 1).strip()));
        }
      }
    }
    return table;
  }

  static ProaException failed(String what, ErrnoException e) {
    String hint =
        switch (e.errno()) {
          case EROFS, EACCES, EPERM -> "; the control groups are not writable for this process";
          case ENOENT -> "; the kernel does not offer it";
          case EBUSY -> "; what is in use already is more than that";
          default -> "";
        };
    return e.errno() == Errno.EINVAL || e.errno() == Errno.ERANGE
        ? ProaException.invalid(what + ": " + e.getMessage())
        : ProaException.internal(what + ": " + e.getMessage() + hint, e);
  }
}
