package dev.proa.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class DecompressionTest {
  private static final byte[] CONTENT = content();

  private static byte[] content() {
    byte[] content = new byte[300_000];
    Random random = new Random(1);
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) ('a' + random.nextInt(4));
    }
    return content;
  }

  @FunctionalInterface
  private interface Compressor {
    OutputStream over(OutputStream out) throws IOException;
  }

  private static byte[] compress(byte[] content, Compressor compressor) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream compressed = compressor.over(out)) {
      compressed.write(content);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] gzip(byte[] content) {
    return compress(content, GZIPOutputStream::new);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  private static byte[] read(byte[] bytes) throws IOException {
    try (InputStream in = Decompression.of(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }

  private static List<byte[]> formats() {
    return List.of(
        gzip(CONTENT),
        Zstd.compress(CONTENT),
        compress(CONTENT, BZip2CompressorOutputStream::new),
        compress(CONTENT, out -> new XZOutputStream(out, new LZMA2Options())));
  }

  @Test
  void everyFormatIsUndone() throws IOException {
    for (byte[] compressed : formats()) {
      assertThat(read(compressed)).isEqualTo(CONTENT);
    }
    assertThat(read(CONTENT)).isEqualTo(CONTENT);
    assertThat(read(new byte[0])).isEmpty();
  }

  @Test
  void allMembersOfAStreamAreRead() throws IOException {
    byte[] head = Arrays.copyOf(CONTENT, 100);
    for (Compressor compressor : List.<Compressor>of(GZIPOutputStream::new, BZip2CompressorOutputStream::new)) {
      assertThat(read(join(compress(head, compressor), compress(CONTENT, compressor)))).isEqualTo(join(head, CONTENT));
    }
    assertThat(read(join(Zstd.compress(head), Zstd.compress(CONTENT)))).isEqualTo(join(head, CONTENT));
  }

  @Test
  void aStreamThatIsCutOffFails() {
    for (byte[] compressed : formats()) {
      for (int length : new int[] {12, compressed.length / 2, compressed.length - 1}) {
        assertThatThrownBy(() -> read(Arrays.copyOf(compressed, length))).as("%d of %d", length, compressed.length).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void garbageAfterTheEndFails() {
    assertThatThrownBy(() -> read(join(gzip(CONTENT), "garbage".getBytes()))).isInstanceOf(IOException.class);
  }

  @Test
  void damageIsNoticed() {
    byte[] damaged = gzip(CONTENT);
    damaged[damaged.length - 6] ^= 1;
    assertThatThrownBy(() -> read(damaged)).isInstanceOf(IOException.class);
  }

  @Test
  void aStreamThatWantsGigabytesIsRefused() throws IOException {
    byte[] greedy =
        compress(
            new byte[10],
            out -> {
              LZMA2Options options = new LZMA2Options(0);
              options.setDictSize(1 << 28);
              return new XZOutputStream(out, options);
            });
    assertThatThrownBy(() -> read(greedy)).isInstanceOf(IOException.class);
  }
}
