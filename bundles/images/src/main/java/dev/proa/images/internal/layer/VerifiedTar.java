package dev.proa.images.internal.layer;

import dev.proa.images.internal.content.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * The uncompressed stream of a layer, hashed while it is read. Its end is seen only if the digest is the expected diff id; a driver that
 * reads on to the end therefore never commits anything else.
 */
final class VerifiedTar extends FilterInputStream {
  private final MessageDigest hash = Digest.sha256();
  private final @Nullable Digest expected;
  private final boolean hashed;
  private @Nullable Digest actual;
  private @Nullable IOException failure;
  private long bytes;

  /** @param expected null to only compute */
  VerifiedTar(InputStream tar, @Nullable Digest expected) {
    this(tar, expected, true);
  }

  private VerifiedTar(InputStream tar, @Nullable Digest expected, boolean hashed) {
    super(tar);
    this.expected = expected;
    this.hashed = hashed;
  }

  /** A stream whose digest was found to be the expected one before. */
  static VerifiedTar trusted(InputStream tar, Digest digest) {
    VerifiedTar trusted = new VerifiedTar(tar, digest, false);
    trusted.actual = digest;
    return trusted;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    try {
      int count = in.read(target, offset, length);
      if (count > 0) {
        if (hashed) {
          hash.update(target, offset, count);
        }
        bytes += count;
      } else if (count < 0) {
        finish();
      }
      return count;
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /** What a read threw, however the reader may have wrapped it; null if none did. */
  @Nullable IOException failure() {
    return failure;
  }

  @Override
  public long skip(long count) throws IOException {
    byte[] skipped = new byte[Math.clamp(count, 1, 64 << 10)];
    long done = 0;
    while (done < count) {
      int read = read(skipped, 0, (int) Math.min(skipped.length, count - done));
      if (read < 0) {
        break;
      }
      done += read;
    }
    return done;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /** Reads what the reader left, so that all of it is verified. */
  Digest drain() throws IOException {
    byte[] rest = new byte[64 << 10];
    while (read(rest, 0, rest.length) >= 0) {
      // Hashed by read.
    }
    return finish();
  }

  long bytes() {
    return bytes;
  }

  private Digest finish() throws IOException {
    if (actual == null) {
      actual = Digest.of(hash);
    }
    if (expected != null && !actual.equals(expected)) {
      throw new DiffIdMismatch(expected, actual);
    }
    return actual;
  }
}
