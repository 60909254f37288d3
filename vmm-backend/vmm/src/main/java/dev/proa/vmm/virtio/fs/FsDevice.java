package dev.proa.vmm.virtio.fs;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Resource;
import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.DeviceHandler;
import dev.proa.vmm.virtio.Features;
import dev.proa.vmm.virtio.VirtioDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A directory of the host as a file system of the guest. */
public final class FsDevice implements VirtioDevice {
  static final int QUEUE_SIZE = 512;
  static final int HIPRIO = 0;
  static final int REQUESTS = 1;
  private static final int TAG = 36;
  /** Descriptors that the rest of the process needs. */
  private static final int RESERVED = 512;

  private static final int MAX_FILES = 1 << 18;

  private final String tag;
  private final Fd directory;
  private final Fd procSelfFd;
  private final boolean readOnly;
  private final int limit;

  /** Takes ownership of the directory. From now on this process has no umask, which a server of files must not have. */
  public FsDevice(String tag, Fd directory, boolean readOnly) throws ErrnoException {
    this.tag = tag;
    this.directory = directory;
    this.readOnly = readOnly;
    this.procSelfFd = Fs.open("/proc/self/fd", Fcntl.O_PATH | Fcntl.O_DIRECTORY);
    long descriptors = Processes.prlimit(0, Resource.RLIMIT_NOFILE, null).soft();
    // half for files that are known, half for those that are open; unsigned, because no limit is the largest number
    this.limit = Math.clamp(Long.compareUnsigned(descriptors, 4 * MAX_FILES) > 0 ? MAX_FILES : (descriptors - RESERVED) / 2, 64, MAX_FILES);
    Fs.umask(0);
  }

  @Override
  public String name() {
    return "fs " + tag;
  }

  @Override
  public int type() {
    return Features.ID_FS;
  }

  @Override
  public long features() {
    return 0;
  }

  @Override
  public int[] queueSizes() {
    return new int[] {QUEUE_SIZE, QUEUE_SIZE};
  }

  /** struct virtio_fs_config. */
  @Override
  public byte[] config() {
    ByteBuffer b = ByteBuffer.allocate(TAG + 4).order(ByteOrder.LITTLE_ENDIAN);
    b.put(tag.getBytes(StandardCharsets.UTF_8));
    return b.putInt(TAG, 1).array();
  }

  @Override
  public DeviceHandler activate(ActiveDevice active, byte[] state) throws ErrnoException {
    return new FsHandler(active, tag, new FuseServer(directory.duplicate(), procSelfFd, readOnly, limit));
  }

  @Override
  public void close() {
    directory.close();
    procSelfFd.close();
  }
}
