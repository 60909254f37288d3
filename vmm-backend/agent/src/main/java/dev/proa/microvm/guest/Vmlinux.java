package dev.proa.microvm.guest;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.lz4.BlockLZ4CompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;

/**
 * The ELF kernel within a bzImage (Documentation/arch/x86/boot.rst, "payload_offset"): unpacked once here, so that no guest has to unpack it at every
 * boot.
 */
final class Vmlinux {
  /** Twice what any distribution's kernel is. */
  static final int MAX_SIZE = 256 << 20;

  private static final int SETUP_SECTS = 0x1f1;
  private static final int BOOT_FLAG = 0x1fe;
  private static final int HEADER_MAGIC = 0x202;
  private static final int VERSION = 0x206;
  private static final int KERNEL_VERSION = 0x20e;
  private static final int PAYLOAD_OFFSET = 0x248;
  private static final int PAYLOAD_LENGTH = 0x24c;
  private static final int SECTOR = 512;
  private static final int HDRS = 0x53726448; // "HdrS"
  private static final int PROTOCOL_WITH_PAYLOAD = 0x208;
  private static final int LZ4_LEGACY = 0x184c2102;

  /** ELF notes: XEN_ELFNOTE_PHYS32_ENTRY of xen/interface/elfnote.h. */
  private static final int PT_NOTE = 4;

  private static final int PHYS32_ENTRY = 18;
  private static final int EM_X86_64 = 62;

  private Vmlinux() {}

  /**
   * The ELF file.
   *
   * @param version as {@code uname -r} says it
   */
  record Unpacked(byte[] elf, String version) {}

  /**
   * Unpacks a kernel and checks that a microVM can boot it.
   *
   * @param image a bzImage, or an ELF file already
   * @param name for messages
   */
  static Unpacked of(byte[] image, String name) throws BadKernelException {
    ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    if (image.length >= 4 && bytes.getInt(0) == 0x464c457f) {
      check(image, name);
      return new Unpacked(image, bannerOf(image, name));
    }
    if (image.length < 0x300 || bytes.getInt(HEADER_MAGIC) != HDRS || Short.toUnsignedInt(bytes.getShort(BOOT_FLAG)) != 0xaa55) {
      throw new BadKernelException(name + " is no kernel: neither a bzImage nor an ELF file");
    }
    int protocol = Short.toUnsignedInt(bytes.getShort(VERSION));
    if (protocol < PROTOCOL_WITH_PAYLOAD) {
      throw new BadKernelException(name + ": boot protocol " + Integer.toHexString(protocol) + " does not say where the kernel's payload is");
    }
    int setup = Byte.toUnsignedInt(image[SETUP_SECTS]);
    long start = (setup == 0 ? 5L : setup + 1L) * SECTOR + Integer.toUnsignedLong(bytes.getInt(PAYLOAD_OFFSET));
    long length = Integer.toUnsignedLong(bytes.getInt(PAYLOAD_LENGTH));
    if (length < 8 || start + length > image.length) {
      throw new BadKernelException(name + " is cut off: its payload is " + length + " bytes at " + start + ", the file has " + image.length);
    }
    byte[] elf = unpack(image, (int) start, (int) length, name);
    check(elf, name);
    return new Unpacked(elf, version(bytes, image, name));
  }

  private static byte[] unpack(byte[] image, int start, int length, String name) throws BadKernelException {
    // The last four bytes of the payload are the size of what it unpacks to.
    ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    long size = Integer.toUnsignedLong(bytes.getInt(start + length - 4));
    if (size > MAX_SIZE) {
      throw new BadKernelException(name + " says that it unpacks to " + size + " bytes; no kernel does");
    }
    try {
      byte[] unpacked = bytes.getInt(start) == LZ4_LEGACY ? lz4(image, start + 4, start + length - 4, (int) size) : stream(image, start, length, (int) size, name);
      if (unpacked.length != size) {
        throw new BadKernelException(name + " unpacks to " + unpacked.length + " bytes, not to the " + size + " that it says");
      }
      return unpacked;
    } catch (BadKernelException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new BadKernelException(name + " cannot be unpacked: " + e.getMessage(), e);
    }
  }

  /** The legacy frame of lz4(1): blocks of 8 MiB, each behind its packed size. */
  private static byte[] lz4(byte[] image, int from, int to, int size) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(size);
    ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = from; at + 4 <= to && out.size() < size; ) {
      int packed = bytes.getInt(at);
      at += 4;
      if (packed <= 0 || packed > to - at) {
        throw new IOException("a block of " + packed + " bytes where " + (to - at) + " are left");
      }
      try (InputStream block = new BlockLZ4CompressorInputStream(new ByteArrayInputStream(image, at, packed))) {
        copy(block, out, size);
      }
      at += packed;
    }
    return out.toByteArray();
  }

  private static byte[] stream(byte[] image, int start, int length, int size, String name) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(size);
    ByteArrayInputStream packed = new ByteArrayInputStream(image, start, length - 4);
    try (InputStream in =
        switch (image[start] & 0xff) {
          case 0x1f -> new GzipCompressorInputStream(packed);
          case 0xfd -> new XZCompressorInputStream(packed);
          case 0x28 -> new ZstdCompressorInputStream(packed);
          default -> throw new BadKernelException(name + " is packed in a way that is not known: " + String.format("%02x%02x", image[start], image[start + 1]));
        }) {
      copy(in, out, size);
    }
    return out.toByteArray();
  }

  private static void copy(InputStream in, ByteArrayOutputStream out, int most) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (int n; (n = in.read(buffer)) > 0; ) {
      if (out.size() + n > most) {
        throw new IOException("more than the " + most + " bytes that were announced");
      }
      out.write(buffer, 0, n);
    }
  }

  /** elf(5): for this machine, and with the note that says where PVH begins. */
  private static void check(byte[] elf, String name) throws BadKernelException {
    ByteBuffer bytes = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
    if (elf.length < 64 || bytes.getInt(0) != 0x464c457f || elf[4] != 2 || bytes.getShort(18) != EM_X86_64) {
      throw new BadKernelException(name + " is no kernel for x86-64");
    }
    if (!hasPvhEntry(bytes)) {
      throw new BadKernelException(name + " has no PVH entry (CONFIG_PVH): microVMs boot by it");
    }
  }

  private static boolean hasPvhEntry(ByteBuffer elf) {
    long table = elf.getLong(32);
    int size = Short.toUnsignedInt(elf.getShort(54));
    int count = Short.toUnsignedInt(elf.getShort(56));
    for (int i = 0; i < count; i++) {
      long at = table + (long) i * size;
      if (at < 0 || size < 56 || at + size > elf.capacity()) {
        return false;
      }
      if (elf.getInt((int) at) == PT_NOTE && notes(elf, elf.getLong((int) at + 8), elf.getLong((int) at + 32))) {
        return true;
      }
    }
    return false;
  }

  private static boolean notes(ByteBuffer elf, long from, long length) {
    if (from < 0 || length < 0 || length > elf.capacity() || from > elf.capacity() - length) {
      return false;
    }
    int at = (int) from;
    int end = (int) (from + length);
    while (at + 12 <= end) {
      long name = Integer.toUnsignedLong(elf.getInt(at));
      long description = Integer.toUnsignedLong(elf.getInt(at + 4));
      int type = elf.getInt(at + 8);
      long next = at + 12 + (name + 3 & ~3L) + (description + 3 & ~3L);
      if (next > end) {
        return false;
      }
      if (type == PHYS32_ENTRY && name == 4 && elf.get(at + 12) == 'X' && elf.get(at + 13) == 'e' && elf.get(at + 14) == 'n') {
        return true;
      }
      at = (int) next;
    }
    return false;
  }

  private static String version(ByteBuffer header, byte[] image, String name) throws BadKernelException {
    int at = Short.toUnsignedInt(header.getShort(KERNEL_VERSION)) + SECTOR;
    StringBuilder text = new StringBuilder();
    for (int i = at; i < image.length && image[i] > ' ' && text.length() < 128; i++) {
      text.append((char) image[i]);
    }
    if (text.isEmpty() || at == SECTOR) {
      throw new BadKernelException(name + " does not say its version");
    }
    return text.toString();
  }

  private static String bannerOf(byte[] elf, String name) throws BadKernelException {
    byte[] banner = "Linux version ".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < elf.length - 200; i++) {
      int k = 0;
      while (k < banner.length && elf[i + k] == banner[k]) {
        k++;
      }
      if (k == banner.length && Character.isDigit(elf[i + k])) {
        StringBuilder text = new StringBuilder();
        for (int at = i + k; elf[at] > ' ' && text.length() < 128; at++) {
          text.append((char) elf[at]);
        }
        return text.toString();
      }
    }
    throw new BadKernelException(name + " does not say its version");
  }
}
