package dev.proa.vmm.virtio.block;

import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.DeviceHandler;
import dev.proa.vmm.virtio.Features;
import dev.proa.vmm.virtio.VirtioDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A disk that is a file or a block device of the host. */
public final class BlockDevice implements VirtioDevice {
  static final int QUEUE_SIZE = 256;
  static final int SECTOR = 512;
  static final long FEATURE_SEG_MAX = 1L << 2;
  static final long FEATURE_RO = 1L << 5;
  static final long FEATURE_BLK_SIZE = 1L << 6;
  static final long FEATURE_FLUSH = 1L << 9;
  static final long FEATURE_DISCARD = 1L << 13;
  static final long FEATURE_WRITE_ZEROES = 1L << 14;
  /** How much one discard may name: a hole is punched in one call. */
  static final int MAX_DISCARD_SECTORS = 1 << 21;

  private static final int CONFIG_SIZE = 60;

  private final String id;
  private final Fd file;
  private final boolean readOnly;
  private final long sectors;

  /** Takes ownership of the file. What is behind its last whole sector is not there for the guest. */
  public BlockDevice(String id, Fd file, boolean readOnly) throws IOException {
    this.id = id;
    this.file = file;
    this.readOnly = readOnly;
    this.sectors = Io.lseek(file, 0, Fcntl.SEEK_END) / SECTOR; // stat(2) of a block device gives no size
  }

  @Override
  public String name() {
    return "block " + id;
  }

  @Override
  public int type() {
    return Features.ID_BLOCK;
  }

  @Override
  public long features() {
    return FEATURE_SEG_MAX | FEATURE_BLK_SIZE | (readOnly ? FEATURE_RO : FEATURE_FLUSH | FEATURE_DISCARD | FEATURE_WRITE_ZEROES);
  }

  @Override
  public int[] queueSizes() {
    return new int[] {QUEUE_SIZE};
  }

  /** struct virtio_blk_config. */
  @Override
  public byte[] config() {
    ByteBuffer b = ByteBuffer.allocate(CONFIG_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(0, sectors).putInt(12, QUEUE_SIZE - 2).putInt(20, SECTOR);
    b.putInt(36, MAX_DISCARD_SECTORS).putInt(40, 1).putInt(44, 8); // max_discard_sectors, max_discard_seg, discard_sector_alignment
    b.putInt(48, MAX_DISCARD_SECTORS).putInt(52, 1).put(56, (byte) 1); // the same of write zeroes, which may unmap
    return b.array();
  }

  @Override
  public DeviceHandler activate(ActiveDevice active, byte[] state) {
    return new BlockHandler(active, new BlockFile(id, file, readOnly, sectors));
  }

  @Override
  public void close() {
    file.close();
  }
}
