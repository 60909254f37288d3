package dev.proa.vmm.boot;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.GZIPInputStream;

/**
 * A distribution's kernel as it ships ({@code vmlinuz}): real-mode code, an unpacker, and the ELF kernel compressed. Unpacking it once on the host saves
 * every guest the work.
 */
public final class BzImage {
  private static final int SETUP_SECTS = 0x1f1;
  private static final int HEADER_MAGIC = 0x202;
  private static final int VERSION = 0x206;
  private static final int PAYLOAD_OFFSET = 0x248;
  private static final int PAYLOAD_LENGTH = 0x24c;
  private static final int HDRS = 0x53726448; // "HdrS"
  private static final int VERSION_WITH_PAYLOAD = 0x208;
  private static final int LZ4_LEGACY_MAGIC = 0x184c2102;
  private static final int LZ4_BLOCK = 8 << 20;
  private static final int MAX_UNPACKED = 512 << 20;

  private BzImage() {}

  /** Whether it looks like one; else it may be an ELF file already. */
  public static boolean isBzImage(byte[] image) {
    return image.length > PAYLOAD_LENGTH + 4 && buffer(image).getInt(HEADER_MAGIC) == HDRS;
  }

  /** The kernel's ELF file. LZ4 (Debian) and gzip are known; for others the error names what the kernel is packed with. */
  public static byte[] unpack(byte[] image) throws KernelException {
    if (!isBzImage(image)) {
      throw new KernelException("the kernel is no bzImage: \"HdrS\" is not at 0x202");
    }
    ByteBuffer b = buffer(image);
    int version = b.getShort(VERSION) & 0xffff;
    if (version < VERSION_WITH_PAYLOAD) {
      throw new KernelException("the kernel has boot protocol 0x" + Integer.toHexString(version) + ", and 0x208 (Linux 2.6.24) is the first that says where its payload is");
    }
    int setupSectors = b.get(SETUP_SECTS) & 0xff;
    long start = ((setupSectors == 0 ? 4 : setupSectors) + 1) * 512L + (b.getInt(PAYLOAD_OFFSET) & 0xffffffffL);
    long length = b.getInt(PAYLOAD_LENGTH) & 0xffffffffL;
    if (length < 8 || start + length > image.length) {
      throw new KernelException("the kernel is cut off: its payload of " + length + " bytes at " + start + " does not lie in its " + image.length + " bytes");
    }
    int size = b.getInt((int) (start + length - 4));
    if (size <= 0 || size > MAX_UNPACKED) {
      throw new KernelException("the kernel says that it unpacks to " + Integer.toUnsignedString(size) + " bytes, and 512 MiB are the most for one");
    }
    byte[] kernel;
    int magic = b.getInt((int) start);
    if (magic == LZ4_LEGACY_MAGIC) {
      kernel = lz4(b.slice((int) start + 4, (int) length - 8).order(ByteOrder.LITTLE_ENDIAN), size);
    } else if ((magic & 0xffff) == 0x8b1f) {
      kernel = gzip(image, (int) start, (int) length, size);
    } else {
      throw new KernelException("the kernel is packed with " + packer(magic) + ", and LZ4 and gzip can be unpacked here");
    }
    if (kernel.length < 4 || buffer(kernel).getInt(0) != 0x464c457f) {
      throw new KernelException("the kernel's payload unpacks to something that is no ELF file");
    }
    return kernel;
  }

  private static String packer(int magic) {
    return switch (magic & 0xffff) {
      case 0x377a, 0x37fd -> "xz";
      case 0xb528 -> "zstd";
      case 0x5a42 -> "bzip2";
      case 0x005d -> "lzma";
      case 0x4c89 -> "lzo";
      default -> "0x" + Integer.toHexString(magic);
    };
  }

  private static byte[] gzip(byte[] image, int start, int length, int size) throws KernelException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(image, start, length - 4))) {
      ByteArrayOutputStream out = new ByteArrayOutputStream(size);
      byte[] chunk = new byte[65536];
      for (int n = in.read(chunk); n > 0; n = in.read(chunk)) {
        out.write(chunk, 0, n);
        if (out.size() > size) {
          throw new KernelException("the kernel's gzip payload is longer than the " + size + " bytes it promises");
        }
      }
      return out.toByteArray();
    } catch (KernelException e) {
      throw e;
    } catch (IOException e) {
      throw new KernelException("the kernel's gzip payload is damaged: " + e.getMessage(), e);
    }
  }

  /** LZ4's legacy frame: blocks of at most 8 MiB unpacked, each with its packed length before it, independent of each other. */
  private static byte[] lz4(ByteBuffer in, int size) throws KernelException {
    byte[] out = new byte[size];
    int at = 0;
    while (in.remaining() >= 4) {
      int length = in.getInt();
      if (length == LZ4_LEGACY_MAGIC) {
        continue;
      }
      if (length <= 0 || length > in.remaining()) {
        throw new KernelException("the kernel's LZ4 payload is damaged: a block of " + Integer.toUnsignedString(length) + " bytes where " + in.remaining() + " are left");
      }
      byte[] block = new byte[length];
      in.get(block);
      at = lz4Block(block, out, at, Math.min(size, at + LZ4_BLOCK));
    }
    if (at != size) {
      throw new KernelException("the kernel's LZ4 payload is damaged: " + at + " of " + size + " bytes");
    }
    return out;
  }

  /** One block from {@code out[start]} on; where it ends. */
  static int lz4Block(byte[] in, byte[] out, int start, int limit) throws KernelException {
    int from = 0;
    int to = start;
    try {
      while (from < in.length) {
        int token = in[from++] & 0xff;
        int literals = token >>> 4;
        if (literals == 15) {
          int more;
          do {
            more = in[from++] & 0xff;
            literals += more;
          } while (more == 255);
        }
        if (literals > limit - to) {
          throw new KernelException("the kernel's LZ4 payload is damaged: a block that is too long");
        }
        System.arraycopy(in, from, out, to, literals);
        from += literals;
        to += literals;
        if (from == in.length) {
          return to;
        }
        int distance = in[from++] & 0xff | (in[from++] & 0xff) << 8;
        int match = (token & 15) + 4;
        if (match == 19) {
          int more;
          do {
            more = in[from++] & 0xff;
            match += more;
          } while (more == 255);
        }
        if (distance == 0 || distance > to - start || match > limit - to || match < 0) {
          throw new KernelException("the kernel's LZ4 payload is damaged: a match that lies outside");
        }
        if (distance >= match) {
          System.arraycopy(out, to - distance, out, to, match);
          to += match;
        } else {
          for (int end = to + match; to < end; to++) {
            out[to] = out[to - distance];
          }
        }
      }
      return to;
    } catch (IndexOutOfBoundsException e) {
      throw new KernelException("the kernel's LZ4 payload is damaged: it ends early", e);
    }
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
