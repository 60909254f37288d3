package dev.proa.storage.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.Processes;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarWriter;
import dev.proa.spi.DriverContext;
import dev.proa.spi.storage.StorageDriver;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Layers of 10 GiB and of 500,000 files, by a process whose whole heap is 80 MiB, of which 16 are there before. Slow: only with
 * {@code mvn … -Dproa.test.big=true}.
 */
class BigLayersTest {
  @TempDir Path directory;

  @Test
  void halfAMillionFilesFitIntoASmallHeap() throws Exception {
    assertThat(applied("files")).startsWith("500000 files");
  }

  @Test
  void tenGigabytesFitIntoASmallHeap() throws Exception {
    assertThat(applied("bytes")).startsWith("10737418240 bytes");
  }

  private String applied(String what) throws Exception {
    assumeTrue(Boolean.getBoolean("proa.test.big"), "skipped: slow, asked for by -Dproa.test.big=true");
    assumeTrue(Processes.geteuid() == 0, "skipped: mounts need root");
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx80m", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Applier.class.getName(), what,
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    System.out.print(said);
    return said;
  }

  /** Makes a layer and removes it again. */
  static final class Applier {
    public static void main(String[] args) throws Exception {
      Path folder = Path.of(args[1]);
      try (StorageDriver driver = new ErofsDriver()) {
        driver.open(
            new DriverContext() {
              @Override
              public Path stateDir() {
                return folder;
              }

              @Override
              public Path runDir() {
                return folder;
              }
            });
        driver.apply("big", null, args[0].equals("files") ? files() : bytes());
        StorageDriver.Usage usage = driver.usage("big");
        System.out.println(args[0].equals("files") ? usage.inodes() - 5002 + " files" : usage.sizeBytes() + " bytes"); // 5,002: directories
        driver.remove("big");
      }
    }

    private static InputStream files() {
      byte[] content = Arrays.copyOf("module.exports = 1\n".repeat(40).getBytes(StandardCharsets.UTF_8), 1024);
      Stream<byte[]> members =
          IntStream.range(0, 500_000)
              .mapToObj(
                  i -> {
                    byte[] header = TarWriter.header(entry("node_modules/package-" + i / 100 + "/file-number-" + i + ".js", 760));
                    byte[] member = Arrays.copyOf(header, header.length + 1024);
                    System.arraycopy(content, 0, member, header.length, 760);
                    return member;
                  });
      return streamed(members.iterator());
    }

    private static InputStream bytes() {
      byte[] zeros = new byte[1 << 20];
      Stream<byte[]> members = Stream.concat(Stream.of(TarWriter.header(entry("zeros", 10L << 30))), IntStream.range(0, 10 << 10).mapToObj(i -> zeros));
      return streamed(members.iterator());
    }

    private static TarEntry entry(String name, long size) {
      return new TarEntry(name, TarEntry.Type.FILE, "", 0644, 0, 0, size, 1_700_000_000, 0, 0, 0, Map.of(), null);
    }

    private static InputStream streamed(Iterator<byte[]> pieces) {
      return new SequenceInputStream(
          new Enumeration<>() {
            @Override
            public boolean hasMoreElements() {
              return pieces.hasNext();
            }

            @Override
            public InputStream nextElement() {
              return new ByteArrayInputStream(pieces.next());
            }
          });
    }
  }
}
