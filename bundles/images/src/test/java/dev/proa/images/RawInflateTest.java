package dev.proa.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Gzip over ISA-L gives what it gives over the JDK, damage and all. */
class RawInflateTest {
  private static RawInflate isal() {
    RawInflate isal = IsalInflate.orNull();
    assumeTrue(isal != null, "skipped: libisal.so.2 is not on this host (package libisal2), or failed its self-test");
    return isal;
  }

  /** The content, or null for a stream that fails. */
  private static byte @Nullable [] read(byte[] gzip, RawInflate inflate, int piece) {
    InputStream source =
        new ByteArrayInputStream(gzip) {
          @Override
          public synchronized int read(byte[] target, int offset, int length) {
            return super.read(target, offset, Math.min(length, piece));
          }
        };
    try (InputStream in = new GzipInput(source, inflate)) {
      return in.readAllBytes();
    } catch (IOException e) {
      return null;
    }
  }

  private static byte[] gzip(byte[] content, int level, int members) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < members; i++) {
      int from = (int) ((long) content.length * i / members);
      int to = (int) ((long) content.length * (i + 1) / members);
      try (GZIPOutputStream gzip =
          new GZIPOutputStream(out) {
            {
              def.setLevel(level);
            }
          }) {
        gzip.write(content, from, to - from);
      }
    }
    return out.toByteArray();
  }

  private static byte[] content(Random random, int length) {
    byte[] content = new byte[length];
    int kind = random.nextInt(3);
    for (int i = 0; i < length; i++) {
      content[i] = kind == 0 ? (byte) random.nextInt() : kind == 1 ? (byte) ('a' + random.nextInt(3)) : (byte) (i / 1000);
    }
    return content;
  }

  @Test
  void streamsOfEveryKindAreTheSame() throws IOException {
    Random random = new Random(11);
    for (int length : new int[] {0, 1, 100, 32_768, 300_000, 1_000_000}) {
      for (int level : new int[] {Deflater.NO_COMPRESSION, 1, 9}) {
        for (int members : new int[] {1, 2, 40}) {
          byte[] content = content(random, length);
          byte[] gzip = gzip(content, level, members);
          for (int piece : new int[] {1 << 20, 1000, 13}) {
            assertThat(read(gzip, isal(), piece)).as("%d bytes, level %d, %d members, by %d", length, level, members, piece).isEqualTo(content);
          }
        }
      }
    }
  }

  @Test
  void damagedStreamsFailForBoth() throws IOException {
    Random random = new Random(12);
    int failed = 0;
    for (int round = 0; round < Integer.getInteger("proa.fuzz.rounds", 600); round++) {
      byte[] content = content(random, random.nextInt(random.nextInt(10) == 0 ? 200_000 : 3000));
      byte[] gzip = gzip(content, 1 + random.nextInt(9), 1 + random.nextInt(2));
      for (int i = random.nextInt(4); i >= 0; i--) {
        gzip[10 + random.nextInt(gzip.length - 10)] = (byte) random.nextInt();
      }
      if (random.nextInt(4) == 0) {
        gzip = Arrays.copyOf(gzip, random.nextInt(gzip.length));
      }
      byte[] expected = read(gzip, new RawInflate.Jdk(), 1 << 20);
      failed += expected == null ? 1 : 0;
      int piece = random.nextBoolean() ? 1 << 20 : 1 + random.nextInt(300);
      assertThat(read(gzip, isal(), piece)).as("round %d", round).isEqualTo(expected);
    }
    assertThat(failed).isGreaterThan(50);
  }

  @Test
  void deflateThatIsNoiseNeverEndsTheProcess() {
    Random random = new Random(13);
    for (int round = 0; round < 1000; round++) {
      byte[] noise = new byte[20 + random.nextInt(400)];
      random.nextBytes(noise);
      noise[0] = 0x1f;
      noise[1] = (byte) 0x8b;
      noise[2] = 8;
      noise[3] = 0;
      assertThat(read(noise, isal(), 1 << 20)).as("round %d", round).isEqualTo(read(noise, new RawInflate.Jdk(), 1 << 20));
    }
  }

  @Test
  void theJdkIsKeptToWhereAsked() throws Exception {
    String java = System.getProperty("java.home") + "/bin/java";
    Process process =
        new ProcessBuilder(
                java, "--enable-native-access=ALL-UNNAMED", "-Dproa.inflate=jdk", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Best.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(new String(process.getInputStream().readAllBytes())).isEqualTo("Jdk");
  }

  /** Prints which one is used. */
  static final class Best {
    public static void main(String[] args) {
      System.out.print(RawInflate.best().getClass().getSimpleName());
    }
  }
}
