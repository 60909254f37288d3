package dev.proa.vmm.virtio.vsock;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** struct virtio_vsock_hdr. Ports and counts are unsigned. */
record VsockPacket(long srcCid, long dstCid, int srcPort, int dstPort, int length, int type, int op, int flags, int bufAlloc, int fwdCnt) {
  static final int SIZE = 44;
  static final int TYPE_STREAM = 1;
  static final int OP_REQUEST = 1;
  static final int OP_RESPONSE = 2;
  static final int OP_RST = 3;
  static final int OP_SHUTDOWN = 4;
  static final int OP_RW = 5;
  static final int OP_CREDIT_UPDATE = 6;
  static final int OP_CREDIT_REQUEST = 7;
  /** Of SHUTDOWN: the sender receives no more. */
  static final int SHUTDOWN_RECEIVE = 1;
  /** Of SHUTDOWN: the sender sends no more. */
  static final int SHUTDOWN_SEND = 2;

  static VsockPacket read(byte[] bytes) {
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return new VsockPacket(
        b.getLong(), b.getLong(), b.getInt(), b.getInt(), b.getInt(), b.getShort() & 0xffff, b.getShort() & 0xffff, b.getInt(), b.getInt(), b.getInt());
  }

  byte[] bytes() {
    return ByteBuffer.allocate(SIZE)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(srcCid)
        .putLong(dstCid)
        .putInt(srcPort)
        .putInt(dstPort)
        .putInt(length)
        .putShort((short) type)
        .putShort((short) op)
        .putInt(flags)
        .putInt(bufAlloc)
        .putInt(fwdCnt)
        .array();
  }
}
