package dev.proa.storage.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.conformance.LayerTar;
import dev.proa.spi.conformance.MountedRoot;
import dev.proa.spi.conformance.TreeListing;
import dev.proa.spi.storage.StorageDriver;
import dev.proa.storage.erofs.ErofsDriver;
import dev.proa.storage.overlay.OverlayDriver;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drivers that are given the same layers show the same tree, and real trees are what {@code tar -x} makes of them. */
class DriversAgreeTest {
  /** A tar of a real root file system for {@link #realTreeIsWhatTarUnpacks}, such as debootstrap's minbase. */
  private static final String REAL_TREE = System.getProperty("proa.test.tree", "");

  @TempDir Path directory;
  private final Map<String, StorageDriver> drivers = new LinkedHashMap<>();

  private record Folders(Path stateDir) implements DriverContext {
    @Override
    public Path runDir() {
      return stateDir;
    }
  }

  @BeforeEach
  void open() throws IOException {
    assumeTrue(Processes.geteuid() == 0, "skipped: owners, devices and mounts need root");
    Map<String, StorageDriver> all = new LinkedHashMap<>();
    all.put("vfs", new VfsDriver());
    all.put("overlay", new OverlayDriver());
    all.put("erofs", new ErofsDriver());
    for (Map.Entry<String, StorageDriver> each : all.entrySet()) {
      try {
        each.getValue().open(new Folders(Files.createDirectory(directory.resolve(each.getKey()))));
        drivers.put(each.getKey(), each.getValue());
      } catch (ProaException e) {
        assertThat(e.is(ErrorClass.FAILED_PRECONDITION)).as(e.getMessage()).isTrue();
        System.out.println("without the driver " + each.getKey() + ": " + e.getMessage());
      }
    }
  }

  @AfterEach
  void close() {
    for (StorageDriver driver : drivers.values()) {
      List<String> keys = new ArrayList<>();
      driver.walk(info -> keys.add(info.key()));
      keys.sort(null);
      keys.reversed().forEach(driver::remove); // a layer's key comes behind its parent's
      driver.close();
    }
  }

  private Map<String, String> tree(String name, String key) throws IOException {
    StorageDriver driver = drivers.get(name);
    try (MountedRoot root = MountedRoot.of(driver.view("view", key))) {
      return TreeListing.below(root.fd()); // without the root, which nobody may have spoken of
    } finally {
      driver.remove("view");
    }
  }

  private static String key(int layer) {
    return String.format("layer-%03d", layer);
  }

  private void assertAllShowTheSame(String story, String key) throws IOException {
    Map<String, String> expected = tree("vfs", key);
    for (String name : drivers.keySet()) {
      assertThat(tree(name, key)).as("%s, %s beside vfs", story, name).isEqualTo(expected);
    }
  }

  private void applyToAll(int layer, byte[] tar) throws IOException {
    for (StorageDriver driver : drivers.values()) {
      driver.apply(key(layer), layer == 0 ? null : key(layer - 1), new ByteArrayInputStream(tar));
    }
  }

  @Test
  void randomChainsLookTheSame() throws IOException {
    for (int seed = 0; seed < Integer.getInteger("proa.fuzz.rounds", 40); seed++) {
      Random random = new Random(seed);
      int layers = 1 + random.nextInt(4);
      List<String> names = new ArrayList<>();
      for (int n = 0; n < layers; n++) {
        applyToAll(n, layer(random, names));
        assertAllShowTheSame("seed " + seed + ", layer " + n, key(n));
      }
      for (int n = layers - 1; n >= 0; n--) {
        for (StorageDriver driver : drivers.values()) {
          driver.remove(key(n));
        }
      }
    }
  }

  /** Members of every kind at names that grow into a tree. */
  private static byte[] layer(Random random, List<String> names) {
    LayerTar tar = new LayerTar();
    for (int i = random.nextInt(30) + 5; i > 0; i--) {
      String name = "d" + random.nextInt(3) + "/e" + random.nextInt(3) + "/n" + random.nextInt(12);
      tar.mode(random.nextInt(010000)).owner(random.nextInt(70_000), random.nextInt(70_000)).time(random.nextInt(), random.nextInt(1_000_000_000));
      if (random.nextInt(4) == 0) {
        tar.xattr("user.a", Integer.toString(random.nextInt()).getBytes(StandardCharsets.UTF_8));
      }
      if (random.nextInt(8) == 0) {
        tar.xattr("trusted.b", new byte[random.nextInt(300)]);
      }
      byte[] content = new byte[random.nextInt(5) == 0 ? random.nextInt(100_000) : random.nextInt(5000)];
      random.nextBytes(content);
      switch (random.nextInt(12)) {
        case 0 -> tar.directory(name);
        case 1 -> tar.directory(name.substring(0, name.lastIndexOf('/')));
        case 2 -> tar.symbolicLink(name, "../target-" + random.nextInt());
        case 3 -> tar.fifo(name);
        case 4 -> tar.characterDevice(name, 1 + random.nextInt(4000), random.nextInt(1 << 20));
        case 5 -> tar.blockDevice(name, 1 + random.nextInt(4000), random.nextInt(1 << 20));
        case 6 -> {
          if (!names.isEmpty()) {
            tar.whiteout(names.get(random.nextInt(names.size())));
          }
        }
        case 7 -> tar.opaque(name.substring(0, name.lastIndexOf('/')));
        default -> tar.file(name, content);
      }
      names.add(name);
    }
    return tar.bytes();
  }

  @Test
  void wildLayersLookTheSame() throws IOException {
    byte[] accessList = java.util.HexFormat.of().parseHex("02000000" + "01000700ffffffff" + "02000700e8030000" + "04000500ffffffff" + "10000700ffffffff" + "20000000ffffffff");
    LayerTar first =
        new LayerTar()
            .directory("d")
            .file("d/" + "n".repeat(255), "name of 255 bytes")
            .file(("p".repeat(200) + "/").repeat(20) + "deep", "path of 4,000 bytes")
            .file("twice", "first").mode(0751).file("twice", "second").mode(-1)
            .hardLink("d/linked", "twice")
            .symbolicLink("lib", "d").file("lib/through", "x")
            .xattr("security.capability", (byte) 1, (byte) 0, (byte) 0, (byte) 2, (byte) 0, (byte) 4, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0,
                (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0)
            .file("capable", "c")
            .xattr("system.posix_acl_access", accessList).mode(0770).file("listed", "a")
            .mode(-1).xattr("user.on-a-link", (byte) 1).symbolicLink("odd", "x")
            .pax("GNU.sparse.size", "5368709120".getBytes(StandardCharsets.US_ASCII))
            .pax("GNU.sparse.map", "4294967296,3".getBytes(StandardCharsets.US_ASCII))
            .pax("GNU.sparse.name", "sparse-5GiB".getBytes(StandardCharsets.US_ASCII))
            .file("GNUSparseFile.0/sparse", new byte[] {1, 2, 3});
    LayerTar second =
        new LayerTar().hardLink("capable2", "capable").whiteout("twice").opaque("d").file("d/new", "2").directory("listed").file("lib/late", "3");
    byte[][] layers = {first.bytes(), second.bytes()};
    for (int n = 0; n < layers.length; n++) {
      applyToAll(n, layers[n]);
    }
    // sums of 5 GiB of nothing take long: their data is compared apart
    for (int n = 0; n < layers.length; n++) {
      Map<String, String> expected = shortTree("vfs", key(n));
      for (String name : drivers.keySet()) {
        assertThat(shortTree(name, key(n))).as(name + " beside vfs, layer " + n).isEqualTo(expected);
      }
    }
  }

  /** Everything but the sparse file's content, of which the end and the size are seen. */
  private Map<String, String> shortTree(String name, String key) throws IOException {
    StorageDriver driver = drivers.get(name);
    try (MountedRoot root = MountedRoot.of(driver.prepare("root", key))) {
      Path sparse = root.path("sparse-5GiB");
      byte[] data = new byte[5];
      long size;
      try (var channel = Files.newByteChannel(sparse)) {
        size = channel.position(4294967296L - 1).size();
        channel.read(java.nio.ByteBuffer.wrap(data));
      }
      Files.delete(sparse);
      Map<String, String> tree = TreeListing.below(root.fd());
      tree.put("sparse-5GiB", size + " " + java.util.HexFormat.of().formatHex(data));
      return tree;
    } finally {
      driver.remove("root");
    }
  }

  @Test
  void diffOfOneDriverIsALayerForTheOthers() throws IOException {
    Random random = new Random(77);
    List<String> names = new ArrayList<>();
    applyToAll(0, layer(random, names));
    applyToAll(1, layer(random, names));
    Map<String, String> expected = tree("vfs", key(1));
    for (String from : drivers.keySet()) {
      for (StorageDriver to : drivers.values()) {
        try (InputStream diff = drivers.get(from).diff(key(1))) {
          to.apply("x-from-" + from, key(0), diff);
        }
      }
      for (String to : drivers.keySet()) {
        assertThat(tree(to, "x-from-" + from)).as("the difference of %s in %s", from, to).isEqualTo(expected);
      }
    }
  }

  /**
   * A tree made of this machine's files, with owners and links as they are; or with {@code -Dproa.test.tree=FILE} the tar in FILE, such as of
   * {@code debootstrap --variant=minbase}.
   */
  @Test
  void realTreeIsWhatTarUnpacks() throws Exception {
    Path archive = REAL_TREE.isEmpty() ? hostFiles() : Path.of(REAL_TREE);
    Path unpacked = Files.createDirectory(directory.resolve("unpacked"));
    run("tar", "--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls", "--delay-directory-restore", "-xpf", archive.toString(), "-C", unpacked.toString());
    Map<String, String> expected;
    try (Fd root = Fs.open(unpacked.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
      expected = TreeListing.below(root);
    } finally {
      run("rm", "-rf", unpacked.toString()); // JUnit says of each link where it leads
    }
    assertThat(expected).hasSizeGreaterThan(500);
    for (String name : drivers.keySet()) {
      try (InputStream tar = new BufferedInputStream(Files.newInputStream(archive), 1 << 16)) {
        drivers.get(name).apply(key(0), null, tar);
      }
      assertThat(tree(name, key(0))).as(name + " beside tar -x").isEqualTo(expected);
    }
  }

  private Path hostFiles() throws Exception {
    Path archive = directory.resolve("host.tar");
    run(
        "tar", "--format=pax", "--xattrs", "--acls", "--sparse", "-cf", archive.toString(), "-C", "/", "--no-recursion", "etc", "usr", "usr/bin",
        "usr/share", "bin", "--recursion", "etc/ssl", "etc/alternatives", "usr/share/zoneinfo", "usr/bin/env");
    return archive;
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(List.of(command) + ": " + output).isZero();
  }
}
