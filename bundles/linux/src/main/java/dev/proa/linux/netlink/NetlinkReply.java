package dev.proa.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message that the kernel sent.
 *
 * @param type of {@code struct nlmsghdr}
 * @param payload what follows that header
 */
public record NetlinkReply(int type, byte[] payload) {

  /** A number of the family's own header. */
  public int int32(int offset) {
    return buffer(payload).getInt(offset);
  }

  public int uint8(int offset) {
    return payload[offset] & 0xff;
  }

  public int uint16(int offset) {
    return buffer(payload).getShort(offset) & 0xffff;
  }

  /** The attributes behind the family's own header of that size. */
  public Attributes attributes(int headerSize) {
    return Attributes.of(payload, NetlinkMessage.align(headerSize));
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  /** Attributes by type; of several of one type the last. What is cut short is left out: the kernel sends none such. */
  public static final class Attributes {
    private static final int TYPE_MASK = 0x3fff;

    private final Map<Integer, byte[]> values = new HashMap<>();

    private Attributes() {}

    static Attributes of(byte[] bytes, int start) {
      Attributes attributes = new Attributes();
      ByteBuffer in = buffer(bytes);
      for (int at = start; at + 4 <= bytes.length; ) {
        int length = in.getShort(at) & 0xffff;
        if (length < 4 || at + length > bytes.length) {
          break;
        }
        attributes.values.put(in.getShort(at + 2) & TYPE_MASK, Arrays.copyOfRange(bytes, at + 4, at + length));
        at += NetlinkMessage.align(length);
      }
      return attributes;
    }

    public boolean has(int type) {
      return values.containsKey(type);
    }

    public byte @Nullable [] bytes(int type) {
      return values.get(type);
    }

    public @Nullable String text(int type) {
      byte[] value = values.get(type);
      if (value == null) {
        return null;
      }
      int end = 0;
      while (end < value.length && value[end] != 0) {
        end++;
      }
      return new String(value, 0, end, StandardCharsets.UTF_8);
    }

    public int int32(int type, int otherwise) {
      byte[] value = values.get(type);
      return value == null || value.length < 4 ? otherwise : buffer(value).getInt(0);
    }

    public Attributes nested(int type) {
      byte[] value = values.get(type);
      return value == null ? new Attributes() : of(value, 0);
    }
  }
}
