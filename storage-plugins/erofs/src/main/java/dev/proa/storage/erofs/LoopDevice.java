package dev.proa.storage.erofs;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileName;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * A read-only loop device (linux/loop.h; LOOP_CONFIGURE since Linux 5.8). The kernel frees it when the last mount of it and the last descriptor are
 * gone.
 */
final class LoopDevice implements AutoCloseable {
  private static final long LOOP_CTL_GET_FREE = 0x4c82;
  private static final long LOOP_CONFIGURE = 0x4c0a;
  private static final int CONFIG_BYTES = 304; // struct loop_config
  private static final int BLOCK_SIZE = 4;
  private static final int FLAGS = 60; // info.lo_flags
  private static final int FILE_NAME = 64; // info.lo_file_name
  private static final int FILE_NAME_BYTES = 64;
  private static final int LO_FLAGS_READ_ONLY = 1;
  private static final int LO_FLAGS_AUTOCLEAR = 4;
  private static final int LO_FLAGS_DIRECT_IO = 16; // where the file system below can; what is read is cached once then
  private static final int ATTEMPTS = 64;

  private final Fd device;
  private final String path;

  private LoopDevice(Fd device, String path) {
    this.device = device;
    this.path = path;
  }

  /** @param name what {@code losetup} shows */
  static LoopDevice attach(Fd file, Path name) throws ErrnoException {
    try (Fd control = Fs.open("/dev/loop-control", Fcntl.O_RDWR)) {
      for (int attempt = 1; ; attempt++) {
        String path = "/dev/loop" + Io.ioctl(control, LOOP_CTL_GET_FREE, 0);
        Fd device = Fs.open(path, Fcntl.O_RDONLY);
        try {
          configure(device, file, name);
          return new LoopDevice(device, path);
        } catch (ErrnoException e) {
          device.close();
          if (e.errno() != Errno.EBUSY || attempt == ATTEMPTS) { // EBUSY: somebody else was faster
            throw e;
          }
        }
      }
    }
  }

  private static void configure(Fd device, Fd file, Path name) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment config = arena.allocate(CONFIG_BYTES, 8);
      config.set(ValueLayout.JAVA_INT, 0, file.raw());
      config.set(ValueLayout.JAVA_INT, BLOCK_SIZE, Erofs.BLOCK);
      config.set(ValueLayout.JAVA_INT, FLAGS, LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO);
      byte[] text = FileName.encode(name.toString());
      int length = Math.min(text.length, FILE_NAME_BYTES - 1);
      MemorySegment.copy(text, text.length - length, config, ValueLayout.JAVA_BYTE, FILE_NAME, length);
      Io.ioctl(device, LOOP_CONFIGURE, config);
    }
  }

  String path() {
    return path;
  }

  /** A mount of it keeps it. */
  @Override
  public void close() {
    device.close();
  }
}
