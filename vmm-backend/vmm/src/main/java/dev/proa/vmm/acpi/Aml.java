package dev.proa.vmm.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** As much of the ACPI Machine Language (ACPI 6.5, 20) as our DSDT needs. Each method gives the bytes of one term. */
final class Aml {
  private static final int EXT_OP = 0x5b;
  private static final int DEVICE_OP = 0x82;
  private static final int SCOPE_OP = 0x10;
  private static final int NAME_OP = 0x08;
  private static final int BUFFER_OP = 0x11;
  private static final int PACKAGE_OP = 0x12;
  private static final int STRING_PREFIX = 0x0d;
  private static final int DWORD_PREFIX = 0x0c;
  private static final int BYTE_PREFIX = 0x0a;

  private Aml() {}

  static byte[] scope(String path, byte[]... terms) {
    return join(bytes(SCOPE_OP), withLength(join(ascii(path), join(terms))));
  }

  static byte[] device(String name, byte[]... terms) {
    return join(bytes(EXT_OP, DEVICE_OP), withLength(join(ascii(name), join(terms))));
  }

  static byte[] name(String name, byte[] value) {
    return join(bytes(NAME_OP), ascii(name), value);
  }

  static byte[] string(String text) {
    return join(bytes(STRING_PREFIX), ascii(text), bytes(0));
  }

  static byte[] integer(int value) {
    return value >= 0 && value < 256 ? bytes(BYTE_PREFIX, value) : join(bytes(DWORD_PREFIX), u32(value));
  }

  static byte[] pack(int... values) {
    byte[] elements = {};
    for (int value : values) {
      elements = join(elements, integer(value));
    }
    return join(bytes(PACKAGE_OP), withLength(join(bytes(values.length), elements)));
  }

  /** A buffer of resource descriptors (ACPI 6.5, 6.4), with the end tag. */
  static byte[] resources(byte[]... descriptors) {
    byte[] all = join(join(descriptors), bytes(0x79, 0));
    return join(bytes(BUFFER_OP), withLength(join(integer(all.length), all)));
  }

  static byte[] memory32(long base, int length) {
    return join(bytes(0x86, 9, 0, 1), u32((int) base), u32(length));
  }

  /** Edge-triggered, active high, shared. */
  static byte[] interrupt(int gsi) {
    return join(bytes(0x89, 6, 0, 0b1011, 1), u32(gsi));
  }

  static byte[] io(int port, int length) {
    return bytes(0x47, 1, port & 0xff, port >> 8, port & 0xff, port >> 8, 1, length);
  }

  static byte[] irqNoFlags(int irq) {
    return bytes(0x22, 1 << irq & 0xff, 1 << irq >> 8);
  }

  /** PkgLength counts itself. */
  private static byte[] withLength(byte[] content) {
    for (int more = 0; more < 4; more++) {
      int length = content.length + 1 + more;
      if (more == 0 && length < 1 << 6) {
        return join(bytes(length), content);
      }
      if (more > 0 && length < 1 << 4 + 8 * more) {
        byte[] encoded = new byte[1 + more];
        encoded[0] = (byte) (more << 6 | length & 0xf);
        for (int i = 0; i < more; i++) {
          encoded[1 + i] = (byte) (length >> 4 + 8 * i);
        }
        return join(encoded, content);
      }
    }
    throw new IllegalArgumentException("a package of " + content.length + " bytes");
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] u32(int value) {
    return bytes(value, value >> 8, value >> 16, value >> 24);
  }
}
