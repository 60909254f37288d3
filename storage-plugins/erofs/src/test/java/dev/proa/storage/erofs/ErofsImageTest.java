package dev.proa.storage.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import dev.proa.spi.conformance.LayerTar;
import dev.proa.spi.conformance.TreeListing;
import dev.proa.storage.layers.ApplyLimits;
import dev.proa.storage.layers.LayerTarget;
import dev.proa.storage.layers.LayerUnpacker;
import dev.proa.storage.layers.LayerUsage;
import dev.proa.storage.layers.LowerLayers;
import dev.proa.storage.layers.OverlayFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images as such: {@code fsck.erofs} finds nothing wrong with them, and the kernel reads back what was written. */
class ErofsImageTest {
  @TempDir Path directory;

  @BeforeEach
  void needsRoot() {
    assumeTrue(Processes.geteuid() == 0, "skipped: mounts need root");
  }

  /** Writes an image of a first layer and lets fsck judge it. */
  private LayerTarget.Content write(InputStream tar) throws IOException {
    LayerTarget.Content content;
    try (Fd folder = Fs.open(directory.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
        Fd image = ErofsStore.newImage(folder);
        ErofsTarget target = new ErofsTarget(image, new UUID(1, 2), OverlayFormat.TRUSTED, ApplyLimits.DEFAULT.leaves())) {
      content =
          new LayerUnpacker(target, LowerLayers.none(OverlayFormat.TRUSTED), OverlayFormat.TRUSTED, ApplyLimits.DEFAULT).unpack(tar);
    }
    fsck();
    return content;
  }

  private Path image() {
    return directory.resolve("image");
  }

  private void fsck() throws IOException {
    String said = said("fsck.erofs", "--extract", image().toString()); // reads all data, and writes none
    assertThat(said).as("fsck.erofs").isEmpty();
  }

  /** What a tool prints when it fails; empty if it has nothing to say. */
  private static String said(String... command) throws IOException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      System.out.println("not judged by " + command[0] + ", which is not installed (package erofs-utils)");
      return "";
    }
    try {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return process.exitValue() == 0 ? said : said + "exit status " + process.exitValue();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private Fd mount() throws IOException {
    try (Fd folder = Fs.open(directory.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
      try {
        return LayerMounts.FILE.mount(folder, "image", image());
      } catch (IOException e) {
        return LayerMounts.LOOP.mount(folder, "image", image());
      }
    }
  }

  private Map<String, String> tree() throws IOException {
    try (Fd root = mount()) {
      return TreeListing.of(root);
    }
  }

  @Test
  void damageIsSeenByTheJudge() throws IOException {
    assumeTrue(!said("fsck.erofs", "-V").contains("exit"), "skipped: needs fsck.erofs");
    write(new LayerTar().directory("d").file("d/f", "x").stream());
    byte[] bytes = Files.readAllBytes(image());
    bytes[1152 + 8] ^= 1; // size of the root directory
    Files.write(directory.resolve("damaged"), bytes);
    assertThat(said("fsck.erofs", directory.resolve("damaged").toString())).contains("superblock checksum");
  }

  @Test
  void filesOfAllSizesAroundABlockAreReadBack() throws IOException {
    Random random = new Random(3);
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int size : new int[] {0, 1, 31, 32, 33, 4031, 4032, 4033, 4064, 4095, 4096, 4097, 8127, 8128, 8129, 8191, 8192, 8193, 300_000, 2_097_152, 2_097_153}) {
      for (int copy = 0; copy < 3; copy++) {
        byte[] content = new byte[size];
        random.nextBytes(content);
        files.put("f-" + size + "-" + copy, content);
      }
    }
    LayerTar tar = new LayerTar();
    files.forEach(tar::file);
    LayerTarget.Content content = write(tar.stream());
    assertThat(content.inodes()).isEqualTo(files.size() + 1);
    assertThat(content.sizeBytes()).isEqualTo(files.values().stream().mapToLong(f -> f.length).sum());
    try (Fd root = mount()) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        assertThat(Files.readAllBytes(Path.of("/proc/self/fd/" + root.raw() + "/" + file.getKey()))).as(file.getKey()).isEqualTo(file.getValue());
      }
    }
  }

  @Test
  void extendedAttributesOfAnySizeAreReadBack() throws IOException {
    LayerTar tar = new LayerTar();
    int[] sizes = {0, 1, 100, 3000, 3900, 3968, 4000, 5000, 20_000, 65_535};
    for (int size : sizes) {
      byte[] value = new byte[size];
      Arrays.fill(value, (byte) size);
      tar.xattr("user.x", value).file("file-" + size, "content");
      tar.xattr("user.x", value).directory("directory-" + size);
      tar.file("directory-" + size + "/inside", "x");
      tar.xattr("trusted.x", value).symbolicLink("link-" + size, "target");
      tar.xattr("trusted.x", value).fifo("fifo-" + size);
    }
    write(tar.stream());
    Map<String, String> tree = tree();
    for (int size : sizes) {
      byte[] value = new byte[size];
      Arrays.fill(value, (byte) size);
      String hex = java.util.HexFormat.of().formatHex(value);
      assertThat(tree.get("file-" + size)).endsWith(" user.x=" + hex);
      assertThat(tree.get("directory-" + size)).endsWith(" user.x=" + hex);
      assertThat(tree.get("link-" + size)).endsWith(" trusted.x=" + hex);
      assertThat(tree.get("fifo-" + size)).endsWith(" trusted.x=" + hex);
      assertThat(tree).containsKey("directory-" + size + "/inside");
    }
  }

  @Test
  void attributesOfTheRootMayBeMoreThanItsBlockHolds() throws IOException {
    LayerTar tar = new LayerTar().mode(0711).owner(5, 6).time(1_500_000_000, 7);
    for (int i = 0; i < 20; i++) {
      tar.xattr("user.a" + i, "v".repeat(i * 50).getBytes(StandardCharsets.UTF_8));
    }
    tar.directory("./").file("f", "x");
    write(tar.stream());
    String root = tree().get("");
    assertThat(root).startsWith("040711 5:6 1500000000.000000007 user.a0= ");
    for (int i = 0; i < 20; i++) {
      assertThat(root).contains(" user.a" + i + "=" + "76".repeat(i * 50));
    }
  }

  @Test
  void directoriesOfManyBlocksAreSearched() throws IOException {
    LayerTar tar = new LayerTar();
    Random random = new Random(9);
    List<String> names = new java.util.ArrayList<>(List.of("-", "+", "!", " ", ",", "..a", ".a", "...", "~", "é", "A", "a", "-.", "_"));
    for (int i = 0; i < 8000; i++) {
      names.add(Integer.toString(i * 7919, 36) + "x".repeat(random.nextInt(60)));
    }
    for (int i = 0; i < 300; i++) {
      tar.directory("d/sub" + i);
    }
    names.forEach(name -> tar.file("d/" + name, ""));
    names.subList(0, 20).forEach(name -> tar.file(name, ""));
    write(tar.stream());
    try (Fd root = mount()) {
      for (String name : names) {
        assertThat(Fs.statxIfExists(root, "d/" + name, Fcntl.AT_SYMLINK_NOFOLLOW)).as(name).isNotNull();
      }
      assertThat(Fs.statxIfExists(root, "d/nothing", 0)).isNull();
      assertThat(Fs.statx(root, "d/sub7", 0).nlink()).isEqualTo(2);
      assertThat(Fs.statx(root, "d", 0).nlink()).isEqualTo(302);
      assertThat(Fs.statx(root, "d/sub7/..", 0).ino()).isEqualTo(Fs.statx(root, "d", 0).ino());
    }
    assertThat(tree()).hasSize(1 + names.size() + 300 + 1 + 20);
  }

  @Test
  void linksOfAllLengthsAreReadBackAndFollowed() throws IOException {
    LayerTar tar = new LayerTar();
    for (int length : new int[] {1, 59, 60, 4031, 4032, 4033, 4095}) {
      tar.symbolicLink("link-" + length, "t".repeat(length));
    }
    String way = "./".repeat(1000) + "real";
    tar.directory("real").symbolicLink("way", way).file("way/f", "through").symbolicLink("long", "./".repeat(2035) + "real").file("long/g", "too");
    write(tar.stream());
    Map<String, String> tree = tree();
    for (int length : new int[] {1, 59, 60, 4031, 4032, 4033, 4095}) {
      assertThat(tree.get("link-" + length)).endsWith(" -> " + "t".repeat(length));
    }
    assertThat(tree).containsKeys("real/f", "real/g");
  }

  @Test
  void namesOfOneFileAreCounted() throws IOException {
    LayerTar tar = new LayerTar().file("f", "content").file("gone", "x").hardLink("gone2", "gone").file("gone", "y");
    for (int i = 0; i < 70_000; i++) { // a link count of more than 16 bits
      tar.hardLink("d/l" + i, "f");
    }
    LayerTarget.Content content = write(tar.stream());
    try (Fd root = mount()) {
      assertThat(Fs.statx(root, "f", 0).nlink()).isEqualTo(70_001);
      assertThat(Fs.statx(root, "d/l69999", 0).ino()).isEqualTo(Fs.statx(root, "f", 0).ino());
      assertThat(Fs.statx(root, "gone", 0).nlink()).isEqualTo(1);
      assertThat(Fs.statx(root, "gone2", 0).nlink()).isEqualTo(1);
      LayerUsage counted = LayerUsage.of(root);
      assertThat(content.sizeBytes()).isEqualTo(counted.sizeBytes());
      assertThat(content.inodes()).isEqualTo(counted.inodes());
    }
  }

  @Test
  void timesBeforeTheEpochAndAfter2106AreKept() throws IOException {
    write(
        new LayerTar()
            .pax("mtime", "-1.5".getBytes(StandardCharsets.US_ASCII)).file("before", "")
            .pax("mtime", "4294967296.000000001".getBytes(StandardCharsets.US_ASCII)).file("after", "")
            .owner(Integer.MAX_VALUE, 2_000_000_000).file("owned", "")
            .stream());
    Map<String, String> tree = tree();
    assertThat(tree.get("before")).startsWith("100644 0:0 -2.500000000");
    assertThat(tree.get("after")).startsWith("100644 0:0 4294967296.000000001");
    assertThat(tree.get("owned")).startsWith("100644 2147483647:2000000000");
  }

  @Test
  void sameLayerIsTheSameImage() throws IOException {
    byte[] tar = new LayerTar().directory("d").file("d/f", "x".repeat(10_000)).hardLink("d/g", "d/f").symbolicLink("s", "d").bytes();
    write(new java.io.ByteArrayInputStream(tar));
    byte[] first = Files.readAllBytes(image());
    Files.delete(image());
    write(new java.io.ByteArrayInputStream(tar));
    assertThat(Files.readAllBytes(image())).isEqualTo(first);
  }

  @Test
  void zerosTakeNoSpace() throws IOException {
    write(new LayerTar().file("zeros", new byte[64 << 20]).file("f", "x").stream());
    try (Fd file = Fs.open(image().toString(), Fcntl.O_RDONLY);
        Fd root = mount()) {
      assertThat(Fs.fstat(file).blocks() * 512).isLessThan(1 << 20);
      assertThat(Fs.statx(root, "zeros", 0).size()).isEqualTo(64 << 20);
    }
    assertThat(tree()).containsKeys("zeros", "f");
  }

  @Test
  void moreFilesThanAreAllowedAreRefused() throws IOException {
    LayerTar tar = new LayerTar();
    for (int i = 0; i < 11; i++) {
      tar.file("f" + i, "");
    }
    try (Fd folder = Fs.open(directory.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
        Fd image = ErofsStore.newImage(folder);
        ErofsTarget target = new ErofsTarget(image, new UUID(1, 2), OverlayFormat.TRUSTED, 10)) {
      LayerUnpacker unpacker = new LayerUnpacker(target, LowerLayers.none(OverlayFormat.TRUSTED), OverlayFormat.TRUSTED, ApplyLimits.DEFAULT);
      assertThatThrownBy(() -> unpacker.unpack(tar.stream())).isInstanceOf(ProaException.class).hasMessageContaining("more than 10 files");
    }
  }
}
