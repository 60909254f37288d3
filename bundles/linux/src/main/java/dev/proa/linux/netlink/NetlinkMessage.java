package dev.proa.linux.netlink;

import dev.proa.linux.abi.Netlink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * A netlink message that is being written: {@code struct nlmsghdr}, the family's own header, attributes. Numbers are of the host's order but
 * where the name says big-endian, as nftables wants them.
 */
public final class NetlinkMessage {
  /** {@code sizeof(struct nlmsghdr)} of linux/netlink.h. */
  static final int HEADER = 16;

  private static final int FLAGS_AT = 6;
  private static final int SEQUENCE_AT = 8;

  private final String name;
  private ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

  /**
   * @param name for messages about a failure, such as {@code RTM_NEWLINK veth12}
   * @param flags NLM_F_* besides NLM_F_REQUEST
   */
  public NetlinkMessage(String name, int type, int flags) {
    this.name = name;
    buffer.putInt(0).putShort((short) type).putShort((short) (flags | Netlink.NLM_F_REQUEST)).putInt(0).putInt(0);
  }

  public String name() {
    return name;
  }

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      byte[] larger = Arrays.copyOf(buffer.array(), Math.max(buffer.capacity() * 2, buffer.position() + bytes));
      int position = buffer.position();
      buffer = ByteBuffer.wrap(larger).order(ByteOrder.nativeOrder()).position(position);
    }
    return buffer;
  }

  /** A byte of the family's own header. */
  public NetlinkMessage u8(int value) {
    room(1).put((byte) value);
    return this;
  }

  public NetlinkMessage u16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  public NetlinkMessage u16be(int value) {
    room(2).putShort(ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? (short) value : Short.reverseBytes((short) value));
    return this;
  }

  public NetlinkMessage u32(int value) {
    room(4).putInt(value);
    return this;
  }

  public NetlinkMessage attribute(int type, byte[] value) {
    int length = 4 + value.length;
    room(align(length)).putShort((short) length).putShort((short) type).put(value);
    buffer.put(new byte[align(length) - length]);
    return this;
  }

  /** A string with the NUL that most attributes want. */
  public NetlinkMessage attribute(int type, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return attribute(type, Arrays.copyOf(bytes, bytes.length + 1));
  }

  public NetlinkMessage attribute8(int type, int value) {
    return attribute(type, new byte[] {(byte) value});
  }

  public NetlinkMessage attribute32(int type, int value) {
    return attribute(type, ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array());
  }

  public NetlinkMessage attribute32be(int type, int value) {
    return attribute(type, ByteBuffer.allocate(4).putInt(value).array());
  }

  public NetlinkMessage attribute64be(int type, long value) {
    return attribute(type, ByteBuffer.allocate(8).putLong(value).array());
  }

  /** An attribute of attributes. */
  public NetlinkMessage nested(int type, Consumer<NetlinkMessage> content) {
    room(4);
    int start = buffer.position();
    buffer.putShort((short) 0).putShort((short) (type | Netlink.NLA_F_NESTED));
    content.accept(this);
    int length = buffer.position() - start;
    if (length > 0xffff) {
      throw new IllegalArgumentException(name + ": an attribute of " + length + " bytes");
    }
    buffer.putShort(start, (short) length);
    return this;
  }

  /** Bytes so far. */
  public int size() {
    return buffer.position();
  }

  /** The message, whole, as it is sent. @param moreFlags NLM_F_* */
  public byte[] finish(int sequence, int moreFlags) {
    buffer.putInt(0, buffer.position());
    buffer.putShort(FLAGS_AT, (short) (buffer.getShort(FLAGS_AT) | moreFlags));
    buffer.putInt(SEQUENCE_AT, sequence);
    return Arrays.copyOf(buffer.array(), align(buffer.position()));
  }

  static int align(int length) {
    return length + 3 & ~3;
  }

  @Override
  public String toString() {
    return name;
  }
}
