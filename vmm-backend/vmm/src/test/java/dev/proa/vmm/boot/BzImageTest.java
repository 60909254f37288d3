package dev.proa.vmm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

final class BzImageTest {
  /** Begins as an ELF file does, and has something to match, near and overlapping. */
  private static byte[] kernel() {
    byte[] kernel = new byte[40_000];
    new Random(1).nextBytes(kernel);
    kernel[0] = 0x7f;
    kernel[1] = 'E';
    kernel[2] = 'L';
    kernel[3] = 'F';
    System.arraycopy(kernel, 1000, kernel, 20_000, 5000);
    Arrays.fill(kernel, 30_000, 39_000, (byte) 5);
    return kernel;
  }

  private static byte[] bzImage(byte[] payload, int size) {
    ByteBuffer b = ByteBuffer.allocate(512 * 3 + payload.length + 4).order(ByteOrder.LITTLE_ENDIAN);
    b.put(0x1f1, (byte) 1).putInt(0x202, 0x53726448).putShort(0x206, (short) 0x20f).putInt(0x248, 512).putInt(0x24c, payload.length + 4);
    b.position(512 * 3);
    b.put(payload).putInt(size);
    return b.array();
  }

  /** A block of LZ4: literals up to each match, as a packer that knows the matches writes it. */
  private static byte[] lz4(byte[] in, int[][] matches) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = 0;
    for (int[] match : matches) { // {where, distance, length}
      sequence(out, in, at, match[0], match[1], match[2]);
      at = match[0] + match[2];
    }
    sequence(out, in, at, in.length, 0, 0);
    ByteBuffer b = ByteBuffer.allocate(8 + out.size()).order(ByteOrder.LITTLE_ENDIAN);
    return b.putInt(0x184c2102).putInt(out.size()).put(out.toByteArray()).array();
  }

  private static void sequence(ByteArrayOutputStream out, byte[] in, int from, int to, int distance, int match) {
    int literals = to - from;
    int more = match == 0 ? 0 : match - 4;
    out.write(Math.min(15, literals) << 4 | Math.min(15, more));
    length(out, literals);
    out.write(in, from, literals);
    if (match > 0) {
      out.write(distance);
      out.write(distance >> 8);
      length(out, more);
    }
  }

  private static void length(ByteArrayOutputStream out, int length) {
    if (length >= 15) {
      int rest = length - 15;
      for (; rest >= 255; rest -= 255) {
        out.write(255);
      }
      out.write(rest);
    }
  }

  private static byte[] packed() {
    return lz4(kernel(), new int[][] {{20_000, 19_000, 5000}, {30_001, 1, 8999}});
  }

  @Test
  void unpacksLz4AndGzip() throws Exception {
    assertThat(BzImage.unpack(bzImage(packed(), 40_000))).isEqualTo(kernel());
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
      out.write(kernel());
    }
    assertThat(BzImage.unpack(bzImage(gzip.toByteArray(), 40_000))).isEqualTo(kernel());
  }

  @Test
  void whatIsNoKernelIsRefusedInWords() {
    assertThatThrownBy(() -> BzImage.unpack(new byte[5000])).hasMessageContaining("no bzImage");
    assertThatThrownBy(() -> BzImage.unpack(Arrays.copyOf(bzImage(packed(), 40_000), 10_000))).hasMessageContaining("cut off");
    assertThatThrownBy(() -> BzImage.unpack(bzImage(packed(), 40_001))).hasMessageContaining("40000 of 40001 bytes");
    assertThatThrownBy(() -> BzImage.unpack(bzImage(packed(), -1))).hasMessageContaining("512 MiB");
    assertThatThrownBy(() -> BzImage.unpack(bzImage(new byte[] {(byte) 0xfd, 0x37, 'z', 'X', 'Z', 0, 0, 0}, 100))).hasMessageContaining("packed with xz");
    byte[] noElf = kernel();
    noElf[1] = 'F';
    assertThatThrownBy(() -> BzImage.unpack(bzImage(lz4(noElf, new int[0][]), 40_000))).hasMessageContaining("no ELF file");
  }

  @Test
  void damagedPayloadsAreRefused() {
    Random random = new Random(2);
    byte[] good = bzImage(packed(), 40_000);
    int refused = 0;
    for (int round = 0; round < 2_000; round++) {
      byte[] bad = good.clone();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        bad[random.nextBoolean() ? 512 * 3 + random.nextInt(64) : 0x1f1 + random.nextInt(bad.length - 0x1f1)] = (byte) random.nextInt();
      }
      try {
        BzImage.unpack(bad);
      } catch (KernelException e) {
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }
}
