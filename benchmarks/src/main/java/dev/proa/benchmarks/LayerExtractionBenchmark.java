package dev.proa.benchmarks;

import com.github.luben.zstd.Zstd;
import dev.proa.images.Decompression;
import dev.proa.spi.storage.StorageDriver;
import dev.proa.storage.erofs.ErofsDriver;
import dev.proa.storage.overlay.OverlayDriver;
import dev.proa.storage.vfs.VfsDriver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A layer into each storage driver, from a tar and from compressed ones, beside decompression alone, which bounds it. As root:
 *
 * <pre>benchmarks/run LayerExtraction</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED"})
public class LayerExtractionBenchmark {
  /** 2,000 files of 4 KiB are a layer of a language's packages; 20 of 2 MiB one of binaries. */
  @Param({"2000x4096", "20x2097152"})
  public String files = "";

  @Param({"none", "gzip", "zstd"})
  public String codec = "";

  @Param({"erofs", "overlay", "vfs"})
  public String storage = "";

  private Folders folders;
  private StorageDriver driver;
  private byte[] blob;
  private long next;

  @Setup
  public void open() throws IOException {
    folders = Folders.make();
    driver =
        switch (storage) {
          case "erofs" -> new ErofsDriver();
          case "overlay" -> new OverlayDriver();
          default -> new VfsDriver();
        };
    driver.open(folders.context());
    byte[] tar = layer(Integer.parseInt(files.split("x")[0]), Integer.parseInt(files.split("x")[1]));
    blob =
        switch (codec) {
          case "gzip" -> gzip(tar);
          case "zstd" -> Zstd.compress(tar);
          default -> tar;
        };
  }

  private static byte[] gzip(byte[] tar) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
      out.write(tar);
    }
    return compressed.toByteArray();
  }

  @TearDown
  public void close() throws IOException {
    driver.close();
    folders.remove();
  }

  /** The layers of an iteration are removed behind it, so that the disk does not fill. */
  @TearDown(Level.Iteration)
  public void removeLayers() {
    for (long n = 0; n < next; n++) {
      driver.remove(chain(n));
    }
    next = 0;
  }

  @Benchmark
  public Object apply() throws IOException {
    try (InputStream in = Decompression.of(new ByteArrayInputStream(blob))) {
      return driver.apply(chain(next++), null, in);
    }
  }

  /** The same for every driver. */
  @Benchmark
  public long decompressAlone() throws IOException {
    try (InputStream in = Decompression.of(new ByteArrayInputStream(blob))) {
      return Folders.drain(in);
    }
  }

  private static String chain(long n) {
    return "sha256:" + HexFormat.of().toHexDigits(n).repeat(4);
  }

  /** Half of each file is random, so that it compresses like programs do. */
  private static byte[] layer(int count, int size) throws IOException {
    Random random = new Random(1);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes)) {
      for (int n = 0; n < count; n++) {
        byte[] content = new byte[size];
        random.nextBytes(content);
        java.util.Arrays.fill(content, size / 2, size, (byte) 'x');
        TarArchiveEntry entry = new TarArchiveEntry("usr/lib/d" + n % 50 + "/file" + n);
        entry.setSize(size);
        out.putArchiveEntry(entry);
        out.write(content);
        out.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }
}
