package dev.proa.images;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.XZInputStream;

/** Undoes whatever compression a stream begins with; a stream of several members is read to its end, as Go and gzip do. */
public final class Decompression {
  private static final int BUFFER = 64 << 10;
  /** What {@code xz -9} needs, twice; a stream may ask for gigabytes. */
  private static final int XZ_MEMORY_KIB = 128 << 10;

  private Decompression() {}

  /** What a stream is compressed with, by its first bytes. */
  public enum Format {
    NONE,
    GZIP,
    ZSTD,
    BZIP2,
    XZ
  }

  /** The uncompressed stream; closing it closes the given one. */
  public static InputStream of(InputStream in) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, BUFFER);
    return switch (detect(buffered)) {
      case NONE -> buffered;
      case GZIP -> new GzipInput(buffered);
      case ZSTD -> new ZstdInputStreamNoFinalizer(buffered);
      case BZIP2 -> new BZip2CompressorInputStream(buffered, true);
      case XZ -> new XZInputStream(buffered, XZ_MEMORY_KIB);
    };
  }

  /** Looks at the first bytes and leaves them unread. */
  public static Format detect(BufferedInputStream in) throws IOException {
    in.mark(8);
    byte[] magic = in.readNBytes(6);
    in.reset();
    return detect(magic);
  }

  public static Format detect(byte[] magic) {
    if (starts(magic, 0x1f, 0x8b, 0x08)) {
      return Format.GZIP;
    }
    if (starts(magic, 0x28, 0xb5, 0x2f, 0xfd) || isSkippable(magic)) {
      return Format.ZSTD;
    }
    if (starts(magic, 'B', 'Z', 'h')) {
      return Format.BZIP2;
    }
    return starts(magic, 0xfd, '7', 'z', 'X', 'Z', 0) ? Format.XZ : Format.NONE;
  }

  /** A frame of zstd that a decoder passes over (RFC 8878, 3.1.2). */
  private static boolean isSkippable(byte[] magic) {
    return magic.length > 0 && (magic[0] & 0xf0) == 0x50 && starts(magic, magic[0] & 0xff, 0x2a, 0x4d, 0x18);
  }

  private static boolean starts(byte[] magic, int... expected) {
    if (magic.length < expected.length) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      if ((magic[i] & 0xff) != expected[i]) {
        return false;
      }
    }
    return true;
  }
}
