package dev.proa.vmm.virtio.block;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.DeviceHandler;
import dev.proa.vmm.virtio.IoVectors;
import dev.proa.vmm.virtio.queue.DescriptorChain;
import dev.proa.vmm.virtio.queue.VirtQueue;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Requests of virtio-blk, one after the other: struct virtio_blk_req, its data, and a byte of status at the end. */
final class BlockHandler implements DeviceHandler {
  private static final int HEADER = 16;
  private static final int TYPE_IN = 0;
  private static final int TYPE_OUT = 1;
  private static final int TYPE_FLUSH = 4;
  private static final int TYPE_GET_ID = 8;
  private static final int TYPE_DISCARD = 11;
  private static final int TYPE_WRITE_ZEROES = 13;
  private static final int OK = 0;
  private static final int IOERR = 1;
  private static final int UNSUPP = 2;
  private static final int ID_SIZE = 20;
  private static final int RANGE = 16;
  private static final int UNMAP = 1;
  private static final int FALLOC_FL_ZERO_RANGE = 0x10;
  private static final int ZEROES = 1 << 20;

  private final ActiveDevice active;
  private final BlockFile disk;
  private final IoVectors vectors = new IoVectors();

  BlockHandler(ActiveDevice active, BlockFile disk) {
    this.active = active;
    this.disk = disk;
  }

  @Override
  public void queueNotified(int index) throws GuestFault {
    VirtQueue queue = active.queues().get(index);
    for (DescriptorChain chain = queue.pop(); chain != null; chain = queue.pop()) {
      long room = chain.writable().remaining();
      if (room == 0) {
        throw new GuestFault("a request without room for its status");
      }
      int status;
      try {
        status = request(chain);
      } catch (GuestFault e) {
        active.metrics().error(String.valueOf(e.getMessage()));
        status = IOERR;
      }
      // the status is the last byte, wherever the data ended
      chain.writable().take(chain.writable().remaining() - 1);
      chain.writable().put(new byte[] {(byte) status});
      queue.push(chain, room);
      active.interrupt(queue);
    }
  }

  private int request(DescriptorChain chain) throws GuestFault {
    DescriptorChain.Stream in = chain.readable();
    if (in.remaining() < HEADER) {
      throw new GuestFault("a request of " + in.remaining() + " bytes, shorter than its header");
    }
    int type = in.u32();
    in.u32();
    long sector = in.u64();
    return switch (type) {
      case TYPE_IN -> transfer(false, chain.writable().take(chain.writable().remaining() - 1), sector);
      case TYPE_OUT -> transfer(true, in.take(in.remaining()), sector);
      case TYPE_FLUSH -> flush();
      case TYPE_GET_ID -> {
        chain.writable().put(Arrays.copyOf(disk.id().getBytes(StandardCharsets.UTF_8), (int) Math.min(ID_SIZE, chain.writable().remaining() - 1)));
        yield OK;
      }
      case TYPE_DISCARD, TYPE_WRITE_ZEROES -> ranges(type, in);
      default -> UNSUPP;
    };
  }

  private int transfer(boolean write, List<MemorySegment> pieces, long sector) throws GuestFault {
    long size = pieces.stream().mapToLong(MemorySegment::byteSize).sum();
    checkRange(sector, size);
    if (write && disk.readOnly()) {
      throw new GuestFault("a write to a read-only disk");
    }
    long done = vectors.transfer(write, disk.file(), pieces, sector * BlockDevice.SECTOR);
    if (done != size) {
      active.metrics().error((write ? "write of " : "read of ") + size + " bytes at sector " + sector + ": " + (done < 0 ? ErrnoException.describe((int) -done) : "the file has become shorter"));
      return IOERR;
    }
    return OK;
  }

  private void checkRange(long sector, long size) throws GuestFault {
    if (size % BlockDevice.SECTOR != 0 || sector < 0 || sector > disk.sectors() || size / BlockDevice.SECTOR > disk.sectors() - sector) {
      throw new GuestFault(size + " bytes at sector " + Long.toUnsignedString(sector) + " of a disk of " + disk.sectors());
    }
  }

  private int flush() {
    try {
      Io.fdatasync(disk.file());
      return OK;
    } catch (ErrnoException e) {
      active.metrics().error("flush: " + e.getMessage());
      return IOERR;
    }
  }

  private int ranges(int type, DescriptorChain.Stream in) throws GuestFault {
    if (disk.readOnly()) {
      throw new GuestFault("a discard on a read-only disk");
    }
    if (in.remaining() != RANGE) {
      return UNSUPP; // more than the one range that was offered
    }
    long sector = in.u64();
    long count = in.u32() & 0xffffffffL;
    int flags = in.u32();
    if (count > BlockDevice.MAX_DISCARD_SECTORS || (flags & ~UNMAP) != 0 || type == TYPE_DISCARD && flags != 0) {
      return UNSUPP;
    }
    checkRange(sector, count * BlockDevice.SECTOR);
    boolean unmap = type == TYPE_DISCARD || (flags & UNMAP) != 0;
    return zero(unmap, sector * BlockDevice.SECTOR, count * BlockDevice.SECTOR) || type == TYPE_DISCARD ? OK : IOERR;
  }

  private boolean zero(boolean unmap, long offset, long length) {
    if (length == 0) {
      return true;
    }
    try {
      Io.fallocate(disk.file(), Fcntl.FALLOC_FL_KEEP_SIZE | (unmap ? Fcntl.FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE), offset, length);
      return true;
    } catch (ErrnoException e) {
      // a file system without holes: zeros are written below
    }
    MemorySegment zeroes = java.lang.foreign.Arena.ofAuto().allocate(Math.min(ZEROES, length));
    for (long done = 0; done < length; ) {
      long n = vectors.transfer(true, disk.file(), List.of(zeroes.asSlice(0, Math.min(zeroes.byteSize(), length - done))), offset + done);
      if (n <= 0) {
        active.metrics().error("writing zeroes: " + ErrnoException.describe((int) -n));
        return false;
      }
      done += n;
    }
    return true;
  }
}
