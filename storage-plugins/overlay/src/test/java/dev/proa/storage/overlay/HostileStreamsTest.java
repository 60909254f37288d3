package dev.proa.storage.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.Processes;
import dev.proa.storage.layers.ApplyLimits;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.conformance.LayerTar;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tar streams changed at random, from fixed seeds: each is unpacked or refused as an invalid layer, nothing of a refused one is kept, nothing
 * outside the layer is touched, and what was unpacked can be read, packed and removed again.
 */
@Timeout(3600)
class HostileStreamsTest {
  private static final List<String> NAMES =
      List.of(
          "a", "a/b", "a/b/c", "b", "b/", "../x", "a/../../x", "/abs", "l", "l/f", "m/f", "a/.wh.b", ".wh.a", "a/.wh..wh..opq", ".wh..wh..opq", ".wh.",
          ".wh.l", "./", ".", "..", "a//b", "a/./b", "l/../x", ".wh..wh.plnk/1", "a/.wh.x/y", "n".repeat(300), "deep/".repeat(50) + "f", "\udcff");
  private static final List<String> TARGETS =
      List.of("a", "a/b", "..", "../..", "/", "/tmp", "/proc/self/root", "l", "m", ".", "", "../../../../etc/passwd", "/etc/passwd", "b/", "x".repeat(5000));
  private static final List<String> XATTRS =
      List.of("user.x", "trusted.overlay.opaque", "trusted.overlay.redirect", "security.capability", "system.posix_acl_default", "", "nonsense", "user." + "x".repeat(300));

  /** More of them with {@code JAVA_TOOL_OPTIONS=-Dproa.fuzz.rounds=100000}. */
  private static final int ROUNDS = Integer.getInteger("proa.fuzz.rounds", 300);

  @TempDir Path directory;
  private Path sentinel;
  private OverlayDriver driver;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(Processes.geteuid() == 0, "skipped: owners and devices need root");
    driver = TestFolders.open(Files.createDirectory(directory.resolve("state")), new ApplyLimits(10_000, 10_000, 1_000, 16 << 20, 4096));
    sentinel = Files.createDirectory(directory.resolve("sentinel"));
    Files.writeString(sentinel.resolve("f"), "untouched");
    driver.apply(
        "base",
        null,
        new LayerTar().directory("a").directory("a/b").file("a/b/c", "base").file("b", "base").symbolicLink("l", "a").symbolicLink("m", "/a/b").directory("d")
            .symbolicLink("out", sentinel.toString()).stream());
  }

  @AfterEach
  void close() throws IOException {
    if (driver != null) {
      driver.remove("base");
      driver.close();
      assertThat(sentinel.resolve("f")).hasContent("untouched");
      try (var files = Files.list(sentinel)) {
        assertThat(files).hasSize(1);
      }
      try (var left = Files.walk(directory.resolve("state"))) {
        assertThat(left.map(path -> directory.resolve("state").relativize(path).toString())).containsExactlyInAnyOrder("", "i", "l", "w", "t", "lock");
      }
    }
  }

  /** True if it was unpacked. */
  private boolean survives(byte[] archive, String what) throws IOException {
    try {
      driver.apply("layer", "base", new ByteArrayInputStream(archive));
    } catch (ProaException e) {
      assertThat(e.errorClass()).as(what + ": " + e.getMessage()).isEqualTo(ErrorClass.INVALID_ARGUMENT);
      assertThat(e.getMessage()).isNotBlank();
      List<String> keys = new ArrayList<>();
      driver.walk(info -> keys.add(info.key()));
      assertThat(keys).as(what).containsExactly("base");
      return false;
    }
    TestFolders.tree(driver, "layer");
    driver.changes("layer");
    try (var diff = driver.diff("layer")) {
      driver.apply("again", "base", diff);
    }
    assertThat(TestFolders.tree(driver, "again")).as(what).isEqualTo(TestFolders.tree(driver, "layer"));
    driver.remove("again");
    driver.remove("layer");
    return true;
  }

  @Test
  void randomMembersAreUnpackedOrRefused() throws IOException {
    int unpacked = 0;
    for (int seed = 0; seed < ROUNDS; seed++) {
      unpacked += survives(members(new Random(seed)), "seed " + seed) ? 1 : 0;
    }
    assertThat(unpacked).as("streams that were unpacked").isBetween(ROUNDS / 10, ROUNDS - 1);
  }

  private static byte[] members(Random random) {
    LayerTar layer = new LayerTar();
    int count = 1 + random.nextInt(12);
    for (int i = 0; i < count; i++) {
      boolean tame = random.nextInt(4) != 0;
      String name = tame ? NAMES.get(random.nextInt(5)) : NAMES.get(random.nextInt(NAMES.size()));
      String target = tame ? TARGETS.get(random.nextInt(2)) : TARGETS.get(random.nextInt(TARGETS.size()));
      layer.mode(random.nextInt(3) == 0 ? random.nextInt(010000) : -1).owner(random.nextInt(3), random.nextInt(3));
      if (random.nextInt(8) == 0) {
        byte[] value = new byte[random.nextInt(60)];
        random.nextBytes(value);
        layer.xattr(XATTRS.get(random.nextInt(XATTRS.size())), value);
      }
      switch (random.nextInt(9)) {
        case 0, 1 -> layer.directory(name);
        case 2, 3 -> layer.file(name, "x".repeat(random.nextInt(2000)));
        case 4 -> layer.symbolicLink(name, target);
        case 5 -> layer.hardLink(name, target);
        case 6 -> layer.whiteout(name);
        case 7 -> layer.characterDevice(name, random.nextInt(3), random.nextInt(3));
        default -> layer.fifo(name);
      }
    }
    return layer.bytes();
  }

  @Test
  void changedBytesAreUnpackedOrRefused() throws IOException {
    byte[] good =
        new LayerTar()
            .time(1_700_000_000, 5)
            .directory("a")
            .xattr("user.x", (byte) 1).file("a/f", "x".repeat(700))
            .hardLink("a/g", "a/f").symbolicLink("s", "a").whiteout("b")
            .pax("GNU.sparse.size", ascii("100000")).pax("GNU.sparse.map", ascii("10,5,99990,10")).pax("GNU.sparse.name", ascii("sparse"))
            .file("sparse", "x".repeat(15))
            .pax("GNU.sparse.major", ascii("1")).pax("GNU.sparse.minor", ascii("0")).pax("GNU.sparse.realsize", ascii("5000"))
            .file("sparse1", "2\n0\n3\n4990\n4\n" + "\0".repeat(512 - 13) + "abcdefg")
            .member("long", 'L', "", 0, 0, ascii("d/" + "n".repeat(150) + "\0")).file("cut", "y")
            .bytes();
    assertThat(survives(good, "unchanged")).isTrue();
    int unpacked = 0;
    for (int seed = 0; seed < ROUNDS; seed++) {
      Random random = new Random(seed);
      byte[] changed = good.clone();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        int at = random.nextInt(changed.length);
        switch (random.nextInt(4)) {
          case 0 -> changed[at] = (byte) random.nextInt(256);
          case 1 -> changed[at] ^= (byte) (1 << random.nextInt(8));
          case 2 -> changed[at] = (byte) ('0' + random.nextInt(10));
          default -> Arrays.fill(changed, at, Math.min(changed.length, at + random.nextInt(600)), (byte) random.nextInt(256));
        }
      }
      if (random.nextInt(10) != 0) { // most changes must get past the checksum
        for (int block = 0; block + 512 <= changed.length; block += 512) {
          if (good[block + 257] == 'u' && good[block + 258] == 's' && good[block + 262] == 0) {
            byte[] header = block(changed, block);
            LayerTar.checksum(header);
            System.arraycopy(header, 0, changed, block, 512);
          }
        }
      }
      if (random.nextInt(6) == 0) {
        changed = Arrays.copyOf(changed, random.nextInt(changed.length));
      }
      unpacked += survives(changed, "seed " + seed) ? 1 : 0;
    }
    assertThat(unpacked).as("streams that were unpacked").isBetween(ROUNDS / 10, ROUNDS - 1);
  }

  private static byte[] block(byte[] archive, int at) {
    return Arrays.copyOfRange(archive, at, at + 512);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void limitsHold() throws IOException {
    LayerTar many = new LayerTar();
    for (int i = 0; i < 10_001; i++) {
      many.file("same", "");
    }
    assertThat(survives(many.bytes(), "entries")).isFalse();
    LayerTar directories = new LayerTar();
    for (int i = 0; i < 1_001; i++) {
      directories.directory("d" + i);
    }
    assertThat(survives(directories.bytes(), "directories")).isFalse();
    assertThat(survives(new LayerTar().file("big", new byte[17 << 20]).bytes(), "bytes")).isFalse();
    LayerTar together = new LayerTar();
    for (int i = 0; i < 17; i++) {
      together.file("big", new byte[1 << 20]); // written, even if it does not stay
    }
    assertThat(survives(together.bytes(), "bytes together")).isFalse();
    assertThat(survives(Arrays.copyOf(new LayerTar().file("f", "x").bytes(), 20 << 20), "zeros behind the end")).isFalse();
    assertThat(survives(new LayerTar().pax("size", ascii("99999999999999")).file("liar", "x").bytes(), "size")).isFalse();
  }
}
