package dev.proa.storage.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Mounts;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.storage.layers.Keys;
import dev.proa.storage.layers.LayerUsage;
import dev.proa.storage.layers.OverlayFormat;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import dev.proa.spi.conformance.LayerTar;
import dev.proa.spi.conformance.MountedRoot;
import dev.proa.spi.conformance.TreeListing;
import dev.proa.spi.storage.StorageDriver.Kind;
import dev.proa.spi.storage.StorageDriver.SnapshotInfo;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is this driver's own, beyond the suite. */
@Timeout(180)
class OverlayDriverTest {
  @TempDir Path directory;

  @BeforeEach
  void needsRoot() {
    assumeTrue(Processes.geteuid() == 0, "skipped: overlayfs needs root");
  }

  private static LayerTar layer() {
    return new LayerTar();
  }

  private static List<String> names(Path folder) throws IOException {
    try (var found = Files.list(folder)) {
      return found.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whiteoutsAreOnlyMadeWhereTheyHideSomething() throws IOException {
    // overlayfs does not filter them from directories of one layer only: a name would be listed that cannot be looked at
    try (OverlayDriver driver = TestFolders.open(directory)) {
      driver.apply("one", null, layer().whiteout("a").directory("d").whiteout("d/x").file("d/y", "1").stream());
      driver.apply("two", "one", layer().whiteout("d/nothing").directory("new").whiteout("new/x").whiteout("d/y").directory("o").opaque("o").stream());
      driver.apply("three", "one", layer().whiteout("d/y").opaque("d").stream());
      assertThat(names(directory.resolve("l/0"))).containsExactly("d");
      assertThat(names(directory.resolve("l/0/d"))).containsExactly("y");
      assertThat(names(directory.resolve("l/1"))).containsExactly("d", "new", "o");
      assertThat(names(directory.resolve("l/1/new"))).isEmpty();
      assertThat(isWhiteout(directory.resolve("l/1/d/y"))).isTrue();
      assertThat(names(directory.resolve("l/2/d"))).as("opaque needs no whiteouts, and shows them").isEmpty();
      assertThat(xattr(directory.resolve("l/2/d"), "trusted.overlay.opaque")).isEqualTo("y");
      assertThat(xattr(directory.resolve("l/1/o"), "trusted.overlay.opaque")).as("nothing to hide").isEmpty();
    }
  }

  private static boolean isWhiteout(Path path) throws IOException {
    return OverlayFormat.isWhiteout(Fs.statx(Fd.cwd(), path.toString(), Fcntl.AT_SYMLINK_NOFOLLOW));
  }

  private static String xattr(Path directory, String name) throws IOException {
    try (Fd fd = Fs.open(directory.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
      byte[] value = Fs.fgetxattr(fd, name);
      return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }
  }

  @Test
  void chainOf128LayersFitsIntoOnePageOfMountOptions() throws IOException {
    try (OverlayDriver driver = TestFolders.open(directory)) {
      String parent = null;
      for (int i = 0; i < 128; i++) {
        driver.apply("layer-" + i, parent, layer().file("f" + i, "").stream());
        parent = "layer-" + i;
      }
      Mount mount = driver.prepare("top", parent).getFirst();
      int length = String.join(",", mount.options()).replace(directory.toString(), "/var/lib/proa/overlay").length();
      assertThat(length).as("mount(2)'s data is one page").isLessThan(4096);
    }
  }

  @Test
  void foldersThatMountOptionsCannotHoldAreRefused() throws IOException {
    for (String name : List.of("with:colon", "with,comma", "with\\backslash")) {
      Path folder = Files.createDirectory(directory.resolve(name));
      OverlayDriver driver = new OverlayDriver();
      assertThatThrownBy(() -> driver.open(new TestFolders(folder)))
          .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.FAILED_PRECONDITION))
          .hasMessageContaining(folder.toString());
      assertThat(names(folder)).isEmpty();
    }
  }

  @Test
  void fileSystemWithoutWhatOverlayfsNeedsIsRefusedWithTheReason() throws IOException {
    OverlayDriver driver = new OverlayDriver();
    try (Fd ramfs = mounted("ramfs", Map.of())) { // no extended attributes
      assertThatThrownBy(() -> driver.open(new TestFolders(Path.of("/proc/self/fd/" + ramfs.raw()))))
          .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).as(e.getMessage()).isEqualTo(ErrorClass.FAILED_PRECONDITION))
          .hasMessageContaining("overlayfs");
      assertThatThrownBy(() -> driver.stat("x")).isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.is(ErrorClass.UNAVAILABLE)).isTrue());
    }
  }

  /** A detached mount: gone with its descriptor. */
  private static Fd mounted(String type, Map<String, String> options) throws IOException {
    try (Fd context = Mounts.fsopen(type)) {
      for (Map.Entry<String, String> option : options.entrySet()) {
        Mounts.fsconfigString(context, option.getKey(), option.getValue());
      }
      Mounts.fsconfigCreate(context);
      return Mounts.fsmount(context, 0);
    }
  }

  @Test
  void fullDiskIsSaidAndNothingIsKept() throws IOException {
    try (Fd disk = mounted("tmpfs", Map.of("size", "4m", "nr_inodes", "300"))) {
      Path folder = Path.of("/proc/self/fd/" + disk.raw());
      try (OverlayDriver driver = TestFolders.open(folder)) {
        driver.apply("fits", null, layer().file("f", new byte[1 << 20]).stream());
        assertExhausted(() -> driver.apply("big", "fits", layer().file("small", "x").file("large", new byte[8 << 20]).stream()), "large");
        LayerTar many = layer();
        for (int i = 0; i < 500; i++) {
          many.file("f" + i, "");
        }
        assertExhausted(() -> driver.apply("many", "fits", many.stream()), "f2");
        LayerTar directories = layer();
        for (int i = 0; i < 500; i++) {
          directories.directory("d" + i);
        }
        assertExhausted(() -> driver.apply("many", "fits", directories.stream()), "d2");
        List<SnapshotInfo> left = new ArrayList<>();
        driver.walk(left::add);
        assertThat(left).containsExactly(new SnapshotInfo("fits", Kind.LAYER, null));
        driver.apply("after", "fits", layer().file("g", new byte[2 << 20]).stream());
        try (MountedRoot root = MountedRoot.of(driver.prepare("c", "after"))) {
          assertThatThrownBy(() -> Files.write(root.path("h"), new byte[4 << 20])).isInstanceOf(IOException.class);
        }
        driver.remove("c");
        driver.remove("after");
        try (Fd fill = Fs.openat(disk, "fill", Fcntl.O_WRONLY | Fcntl.O_CREAT, 0600)) {
          assertThatThrownBy(() -> Io.writeFully(fill, new byte[8 << 20])).isInstanceOf(IOException.class);
        }
        int inodes = (int) Fs.fstatfs(disk).filesFree();
        for (int i = 0; i < inodes; i++) {
          Fs.mkdirat(disk, "fill" + i, 0700);
        }
        assertExhausted(() -> driver.prepare("none", "fits"), "none");
        Fs.unlinkat(disk, "fill0", Fcntl.AT_REMOVEDIR);
        Fs.unlinkat(disk, "fill1", Fcntl.AT_REMOVEDIR);
        assertExhausted(() -> driver.prepare("none", "fits"), "none");
        assertThatThrownBy(() -> driver.stat("none")).isInstanceOf(ProaException.class);
        Fs.unlinkat(disk, "fill2", Fcntl.AT_REMOVEDIR);
        driver.prepare("none", "fits");
        driver.remove("none");
        driver.remove("fits");
        assertThat(names(folder.resolve("l"))).isEmpty();
        assertThat(names(folder.resolve("w"))).isEmpty();
      }
      assertThat(names(folder.resolve("t"))).isEmpty();
    }
  }

  private static void assertExhausted(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String named) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).as(e.getMessage()).isEqualTo(ErrorClass.RESOURCE_EXHAUSTED))
        .hasMessageContaining("no space left")
        .hasMessageContaining(named);
  }

  @Test
  void leftoversAreCollectedAtOpen() throws IOException {
    try (OverlayDriver driver = TestFolders.open(directory)) {
      driver.apply("kept", null, layer().file("f", "1").stream());
      driver.prepare("active", "kept");
    }
    Files.createDirectories(directory.resolve("l/zz/left/over"));
    Files.createDirectories(directory.resolve("w/zz/work"));
    Files.createDirectories(directory.resolve("t/q/s1/half/a/layer"));
    Files.createFile(directory.resolve("t/q/lock"));
    Files.createDirectories(directory.resolve("t/r"));
    // a commit that was killed between its two steps
    Files.createSymbolicLink(directory.resolve("i/committed"), Path.of("L 1 0 1 =kept 1 active"));
    try (OverlayDriver driver = TestFolders.open(directory)) {
      List<SnapshotInfo> all = new ArrayList<>();
      driver.walk(all::add);
      assertThat(all).containsExactlyInAnyOrder(new SnapshotInfo("kept", Kind.LAYER, null), new SnapshotInfo("committed", Kind.LAYER, "kept"));
      assertThat(names(directory.resolve("l"))).containsExactly("0", "1");
      assertThat(names(directory.resolve("w"))).isEmpty();
      assertThat(names(directory.resolve("t"))).hasSize(1);
    }
    assertThat(names(directory.resolve("t"))).isEmpty();
  }

  @Test
  void aCommitIntoAFolderOfItsOwnThatWasKilledIsFinishedAtOpen() throws IOException {
    try (OverlayDriver driver = TestFolders.open(directory)) {
      driver.apply("kept", null, layer().file("f", "1").stream());
      driver.prepare("active", "kept");
      driver.prepare("later", "kept");
      driver.apply("committed", "kept", layer().file("g", "2").stream());
      driver.apply("long-ago", "kept", layer().file("h", "3").stream());
    }
    for (String[] made : new String[][] {{"committed", "1 active"}, {"long-ago", "1 later"}}) { // id 1 was another's than "later"'s
      Path record = directory.resolve("i/" + made[0]);
      String text = Files.readSymbolicLink(record).toString();
      Files.delete(record);
      Files.createSymbolicLink(record, Path.of(text + " " + made[1]));
    }
    for (int i = 0; i < 2; i++) {
      try (OverlayDriver driver = TestFolders.open(directory)) {
        List<String> keys = new ArrayList<>();
        driver.walk(info -> keys.add(info.key()));
        assertThat(keys).containsExactlyInAnyOrder("kept", "later", "committed", "long-ago");
        assertThat(TestFolders.tree(driver, "committed")).containsOnlyKeys("f", "g");
        assertThat(names(directory.resolve("l"))).containsExactly("0", "2", "3", "4");
        assertThat(Files.readSymbolicLink(directory.resolve("i/committed")).toString()).endsWith(" =kept");
      }
    }
  }

  @Test
  void damagedRecordIsNamedAndHidesNothing() throws IOException {
    try (OverlayDriver driver = TestFolders.open(directory)) {
      driver.apply("kept", null, layer().file("f", "1").stream());
    }
    Files.createDirectories(directory.resolve("l/9/whose"));
    Files.createSymbolicLink(directory.resolve("i/odd"), Path.of("what is this"));
    try (OverlayDriver driver = TestFolders.open(directory)) {
      assertThatThrownBy(() -> driver.stat("odd"))
          .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.DATA_LOSS))
          .hasMessageContaining("odd");
      List<String> keys = new ArrayList<>();
      driver.walk(info -> keys.add(info.key()));
      assertThat(keys).containsExactly("kept");
      assertThat(names(directory.resolve("l"))).as("nothing is deleted by guessing").containsExactly("0", "9");
      driver.apply("new", "kept", layer().file("g", "2").stream());
      assertThat(TestFolders.tree(driver, "new")).containsOnlyKeys("f", "g");
      driver.remove("odd");
    }
    try (OverlayDriver driver = TestFolders.open(directory)) {
      assertThat(names(directory.resolve("l"))).containsExactly("0", "1");
      driver.remove("new");
      driver.remove("kept");
    }
  }

  @Test
  void killAtAnyMomentLeavesSnapshotsWholeOrUnseen() throws Exception {
    Path state = Files.createDirectory(directory.resolve("state"));
    Map<String, String> first;
    Map<String, String> second;
    try (OverlayDriver driver = TestFolders.open(state)) {
      driver.apply("expected", null, KilledDriver.layer(1).stream());
      driver.apply("expected-child", "expected", KilledDriver.layer(2).stream());
      first = TestFolders.tree(driver, "expected");
      second = TestFolders.tree(driver, "expected-child");
    }
    Random random = new Random(42);
    int seen = 0;
    for (int round = 0; round < 12; round++) {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1",
                  "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), KilledDriver.class.getName(),
                  state.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try {
        assertThat(new String(process.getInputStream().readNBytes(6), StandardCharsets.UTF_8)).isEqualTo("ready\n");
        assertThat(process.waitFor(random.nextInt(400_000), TimeUnit.MICROSECONDS)).as("ended by itself").isFalse();
      } finally {
        process.destroyForcibly().waitFor();
      }
      assertThat(state.resolveSibling("failure")).doesNotExist();
      try (OverlayDriver driver = TestFolders.open(state)) {
        List<SnapshotInfo> all = new ArrayList<>();
        driver.walk(all::add);
        TreeSet<String> ids = new TreeSet<>();
        for (SnapshotInfo info : all) {
          ids.add(Files.readSymbolicLink(state.resolve("i").resolve(Keys.encode(info.key()))).toString().split(" ")[1]);
          if (info.kind() == Kind.LAYER) {
            boolean child = info.key().endsWith("-child");
            assertThat(TestFolders.tree(driver, info.key())).as(info.key()).isEqualTo(child ? second : first);
            assertThat(driver.usage(info.key()).inodes()).isPositive();
          } else if (info.kind() == Kind.ACTIVE) {
            try (MountedRoot root = MountedRoot.of(driver.mounts(info.key()))) {
              assertThat(root.path("d/file-3")).exists();
            }
          }
          seen++;
        }
        assertThat(new TreeSet<>(names(state.resolve("l")))).as("folders with a record").isEqualTo(ids);
        assertThat(names(state.resolve("t"))).as("what dead instances left").hasSize(1);
        for (SnapshotInfo info : all) { // children first
          if (info.parent() != null && !info.key().startsWith("expected")) {
            driver.remove(info.key());
          }
        }
        for (SnapshotInfo info : all) {
          if (info.parent() == null && !info.key().startsWith("expected")) {
            driver.remove(info.key());
          }
        }
      }
    }
    assertThat(seen).as("snapshots that survived a kill").isGreaterThan(24);
  }

  @Test
  void immutableFilesAreRemoved() throws IOException {
    try (OverlayDriver driver = TestFolders.open(directory)) {
      driver.prepare("c", null);
      Path root = directory.resolve("l/0");
      Files.createDirectory(root.resolve("d"));
      Files.writeString(root.resolve("d/f"), "x");
      Files.writeString(root.resolve("d/log"), "x");
      try {
        flag(root.resolve("d/f"), 0x10);
        flag(root.resolve("d/log"), 0x20);
        flag(root.resolve("d"), 0x10);
      } catch (IOException e) {
        assumeTrue(false, "skipped: this file system has no immutable files: " + e.getMessage());
      } finally {
        driver.remove("c");
      }
      assertThat(names(directory.resolve("l"))).isEmpty();
      assertThat(names(directory.resolve("t/" + names(directory.resolve("t")).getFirst()))).containsExactly("lock");
    }
  }

  private static void flag(Path path, int flag) throws IOException {
    try (Fd fd = Fs.open(path.toString(), Fcntl.O_RDONLY);
        Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
      Io.ioctl(fd, 0x80086601L, value); // FS_IOC_GETFLAGS
      value.set(ValueLayout.JAVA_INT, 0, value.get(ValueLayout.JAVA_INT, 0) | flag);
      Io.ioctl(fd, 0x40086602L, value); // FS_IOC_SETFLAGS
    }
  }

  @Test
  void defaultAccessListsOfADirectoryChangeNothingThatALayerSays() throws IOException {
    // version 2; user::rwx, user:1000:rwx, group::r-x, mask::rwx, other::---
    byte[] list = HexFormat.of().parseHex("02000000" + "01000700ffffffff" + "02000700e8030000" + "04000500ffffffff" + "10000700ffffffff" + "20000000ffffffff");
    try (OverlayDriver driver = TestFolders.open(directory)) {
      LayerTar layer =
          layer().xattr("system.posix_acl_default", list).directory("d").file("d/f", "x").mode(0640).file("d/g", "x").mode(-1).directory("d/sub")
              .file("d/sub/h", "y").mode(0666).fifo("d/p");
      driver.apply("one", null, layer.stream());
      driver.apply("two", "one", layer().file("d/late", "x").stream());
      Map<String, String> tree = TestFolders.tree(driver, "two");
      assumeTrue(tree.get("d").contains("posix_acl_default"), "skipped: this file system has no access lists");
      assertThat(tree.get("d/f")).startsWith("100644 ").doesNotContain("posix_acl");
      assertThat(tree.get("d/g")).startsWith("100640 ").doesNotContain("posix_acl");
      assertThat(tree.get("d/sub")).startsWith("040755 ").doesNotContain("posix_acl");
      assertThat(tree.get("d/sub/h")).startsWith("100644 ").doesNotContain("posix_acl");
      assertThat(tree.get("d/p")).startsWith("010666 ").doesNotContain("posix_acl");
      assertThat(tree.get("d/late")).startsWith("100644 ").doesNotContain("posix_acl");
    }
  }

  @Test
  void accessListsOfTheDriversFolderDoNotGetIntoLayers() throws IOException {
    byte[] list = HexFormat.of().parseHex("02000000" + "01000700ffffffff" + "02000700e8030000" + "04000500ffffffff" + "10000700ffffffff" + "20000700ffffffff");
    try (Fd folder = Fs.open(directory.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
      Fs.fsetxattr(folder, "system.posix_acl_default", list, 0);
      Fs.fchmod(folder, 02700);
    } catch (IOException e) {
      assumeTrue(false, "skipped: this file system has no access lists: " + e.getMessage());
    }
    try (OverlayDriver driver = TestFolders.open(directory)) {
      driver.apply("one", null, layer().directory("./").directory("d").file("d/f", "x").file("g", "x").stream());
      driver.apply("two", "one", layer().file("h", "x").mode(01777).directory("tmp").stream());
      try (MountedRoot root = MountedRoot.of(driver.view("v", "two"))) {
        Map<String, String> tree = TreeListing.of(root.fd());
        assertThat(tree.values()).noneMatch(line -> line.contains("posix_acl"));
        assertThat(tree.get("")).startsWith("040755 0:0");
        assertThat(tree.get("d")).startsWith("040755 0:0");
        assertThat(tree.get("d/f")).startsWith("100644 0:0");
        assertThat(tree.get("h")).startsWith("100644 0:0");
        assertThat(tree.get("tmp")).startsWith("041777 0:0");
      }
      try (MountedRoot root = MountedRoot.of(driver.prepare("c", "two"))) {
        assertThat(TreeListing.of(root.fd()).get("")).doesNotContain("posix_acl");
        assertThat(Fs.fstat(root.fd()).permissions()).isEqualTo(0755);
      }
    }
  }

  @Test
  void callUnderWayEndsAsItWouldWhenTheDriverIsClosed() throws IOException {
    byte[] archive = layer().directory("d").file("d/f", "x".repeat(100_000)).bytes();
    OverlayDriver driver = TestFolders.open(directory);
    InputStream closing =
        new ByteArrayInputStream(archive) {
          @Override
          public int read(byte[] target, int offset, int length) {
            if (pos > 50_000) {
              driver.close();
              assertThatThrownBy(() -> driver.stat("one"))
                  .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.is(ErrorClass.UNAVAILABLE)).isTrue());
            }
            return super.read(target, offset, Math.min(length, 10_000));
          }
        };
    driver.apply("one", null, closing);
    try (OverlayDriver again = TestFolders.open(directory)) {
      assertThat(TestFolders.tree(again, "one")).containsOnlyKeys("d", "d/f");
      assertThat(names(directory.resolve("t"))).hasSize(1);
    }
  }

  @Test
  void groupOfASetGidDirectoryIsNotInherited() throws IOException {
    try (OverlayDriver driver = TestFolders.open(directory)) {
      driver.apply("one", null, layer().mode(02775).owner(0, 50).directory("d").mode(-1).owner(0, 0).file("d/f", "x").directory("d/sub").stream());
      driver.apply("two", "one", layer().file("d/g", "x").directory("d/sub2").stream());
      Map<String, String> tree = TestFolders.tree(driver, "two");
      assertThat(tree.get("d")).startsWith("042775 0:50");
      assertThat(tree.get("d/f")).startsWith("100644 0:0");
      assertThat(tree.get("d/sub")).startsWith("040755 0:0");
      assertThat(tree.get("d/g")).startsWith("100644 0:0");
      assertThat(tree.get("d/sub2")).startsWith("040755 0:0");
    }
  }

  @Test
  void usageIsWhatIsThereHoweverItCame() throws IOException {
    try (OverlayDriver driver = TestFolders.open(directory)) {
      byte[][] layers = {
        layer().directory("d").file("d/a", "12345").hardLink("d/b", "d/a").symbolicLink("s", "d").fifo("p").file("deep/er/f", "123").bytes(),
        layer().file("d/a", "1").file("d/a", "12").directory("d").file("d", "123").directory("d").file("x", "1").whiteout("s").bytes()
      };
      String parent = null;
      for (int i = 0; i < layers.length; i++) {
        driver.apply("layer" + i, parent, new ByteArrayInputStream(layers[i]));
        try (Fd root = Fs.open(directory.resolve("l/" + i).toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
          LayerUsage counted = LayerUsage.of(root);
          assertThat(driver.usage("layer" + i).sizeBytes()).isEqualTo(counted.sizeBytes());
          assertThat(driver.usage("layer" + i).inodes()).isEqualTo(counted.inodes());
        }
        parent = "layer" + i;
      }
    }
  }

  @Test
  void diffReadsOnWhileAContainerWrites() throws Exception {
    try (OverlayDriver driver = TestFolders.open(directory)) {
      driver.apply("one", null, layer().directory("d").stream());
      driver.prepare("c", "one");
      Path root = directory.resolve("l/1");
      for (int i = 0; i < 50; i++) {
        Files.writeString(root.resolve("f" + i), "x".repeat(10_000));
      }
      try (InputStream diff = driver.diff("c")) {
        byte[] some = diff.readNBytes(100_000);
        assertThat(some).hasSize(100_000);
        for (int i = 0; i < 50; i += 2) {
          Files.writeString(root.resolve("f" + i), "short");
          Files.delete(root.resolve("f" + (i + 1)));
        }
        Files.createSymbolicLink(root.resolve("f49"), Path.of("/etc/passwd"));
        byte[] rest = diff.readAllBytes();
        byte[] all = new byte[some.length + rest.length];
        System.arraycopy(some, 0, all, 0, some.length);
        System.arraycopy(rest, 0, all, some.length, rest.length);
        driver.apply("copy", "one", new ByteArrayInputStream(all));
      }
      FileStatus status = Fs.statx(Fd.cwd(), directory.resolve("l/2/f0").toString(), 0);
      assertThat(status.size()).isEqualTo(10_000);
    }
  }
}
