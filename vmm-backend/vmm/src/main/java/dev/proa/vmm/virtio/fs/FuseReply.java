package dev.proa.vmm.virtio.fs;

import dev.proa.linux.FileStatus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** What follows struct fuse_out_header. Grows up to a limit. */
final class FuseReply {
  private ByteBuffer out = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
  private long inPlace;

  static FuseReply empty() {
    return new FuseReply();
  }

  /** A reply whose {@code size} bytes lie in the guest's memory already. */
  static FuseReply inPlace(long size) {
    FuseReply reply = new FuseReply();
    reply.inPlace = size;
    return reply;
  }

  long inPlace() {
    return inPlace;
  }

  FuseReply u16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  FuseReply u32(int value) {
    room(4).putInt(value);
    return this;
  }

  FuseReply u64(long value) {
    room(8).putLong(value);
    return this;
  }

  FuseReply bytes(byte[] value) {
    room(value.length).put(value);
    return this;
  }

  FuseReply zeroes(int count) {
    return bytes(new byte[count]);
  }

  /** struct fuse_attr. The inode's number is the host's: programs compare them. */
  FuseReply attr(FileStatus s) {
    u64(s.ino()).u64(s.size()).u64(s.blocks());
    u64(s.atime().seconds()).u64(s.mtime().seconds()).u64(s.ctime().seconds());
    u32((int) s.atime().nanos()).u32((int) s.mtime().nanos()).u32((int) s.ctime().nanos());
    u32(s.mode()).u32(s.nlink()).u32(s.uid()).u32(s.gid());
    return u32(s.rdevMinor() & 0xff | s.rdevMajor() << 8 & 0xfff00 | (s.rdevMinor() & ~0xff) << 12).u32(4096).u32(0);
  }

  /** struct fuse_entry_out. Nothing of it may be kept: the host and other guests change the same files. */
  FuseReply entry(long nodeId, FileStatus status) {
    return u64(nodeId).u64(0).u64(0).u64(0).u32(0).u32(0).attr(status);
  }

  /** struct fuse_attr_out. */
  FuseReply attrOut(FileStatus status) {
    return u64(0).u32(0).u32(0).attr(status);
  }

  int size() {
    return out.position();
  }

  void cutTo(int size) {
    out.position(size);
  }

  byte[] written() {
    return Arrays.copyOf(out.array(), out.position());
  }

  private ByteBuffer room(int size) {
    if (out.remaining() < size) {
      ByteBuffer larger = ByteBuffer.allocate(Math.max(out.capacity() * 2, out.position() + size)).order(ByteOrder.LITTLE_ENDIAN);
      larger.put(out.flip());
      out = larger;
    }
    return out;
  }
}
