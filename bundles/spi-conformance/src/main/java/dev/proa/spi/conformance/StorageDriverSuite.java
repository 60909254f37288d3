package dev.proa.spi.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver;
import dev.proa.spi.storage.StorageDriver.Change;
import dev.proa.spi.storage.StorageDriver.ChangeKind;
import dev.proa.spi.storage.StorageDriver.Kind;
import dev.proa.spi.storage.StorageDriver.SnapshotInfo;
import dev.proa.spi.storage.StorageDriver.StatusLine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a {@link StorageDriver} has to do: the cases of containerd's snapshotter suite, what image-spec's layer.md says about changesets, and a
 * set of hostile layers. A driver's test:
 *
 * <pre>{@code
 * class MyDriverConformanceTest extends StorageDriverSuite {
 *   @Override
 *   protected StorageDriver newDriver() {
 *     return new MyDriver();
 *   }
 * }
 * }</pre>
 */
@Timeout(180)
public abstract class StorageDriverSuite {
  private static final byte[] CAPABILITY = {1, 0, 0, 2, 0, (byte) 0xff, (byte) 0x80, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0};

  @TempDir protected Path directory;

  private DriverContext context;
  private StorageDriver driver;

  /** A driver that is not open yet. Two of them may be open over the same folders. */
  protected abstract StorageDriver newDriver();

  /** Why this host cannot run the driver, null if it can; the tests are then skipped with that reason. */
  protected @Nullable String missing() {
    return Processes.geteuid() == 0 ? null : "device nodes, owners and mounts need root";
  }

  /**
   * Whether a layer's difference still says that a directory is opaque. A driver that keeps whole trees and no changes says what is hidden instead, name
   * by name, which layer.md ("Opaque Whiteout") has mean the same.
   */
  protected boolean keepsOpaqueDirectories() {
    return true;
  }

  @BeforeEach
  final void openDriver() throws IOException {
    String reason = missing();
    assumeTrue(reason == null, () -> "skipped: " + reason);
    context = Folders.below(directory);
    driver = newDriver();
    try {
      driver.open(context);
    } catch (ProaException e) {
      assumeTrue(!e.is(ErrorClass.FAILED_PRECONDITION), () -> "skipped: " + e.getMessage());
      throw e;
    }
  }

  @AfterEach
  final void removeEverything() throws IOException {
    if (driver == null) {
      return;
    }
    List<String> keys = keys();
    while (!keys.isEmpty()) { // children first, whatever the order
      int before = keys.size();
      for (String key : keys) {
        try {
          driver.remove(key);
        } catch (ProaException e) {
          assertThat(e.errorClass()).as(e.getMessage()).isEqualTo(ErrorClass.FAILED_PRECONDITION);
        }
      }
      keys = keys();
      assertThat(keys).as("snapshots that cannot be removed").hasSizeLessThan(before);
    }
    driver.close();
    driver.close(); // idempotent
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).as("mounts in the test's folder").doesNotContain(directory.toString());
  }

  // --- what the tests are made of

  protected final StorageDriver driver() {
    return driver;
  }

  protected final List<String> keys() {
    List<String> keys = new ArrayList<>();
    driver.walk(info -> keys.add(info.key()));
    return keys;
  }

  protected static String chainId(int number) {
    return String.format("sha256:%064x", number);
  }

  protected final SnapshotInfo apply(int number, LayerTar layer) throws IOException {
    return driver.apply(chainId(number), number == 1 ? null : chainId(number - 1), layer.stream());
  }

  protected final MountedRoot view(int number) throws IOException {
    return MountedRoot.of(driver.view("view-of-" + number, chainId(number)));
  }

  /** What the layers up to this one look like, without the root directory. */
  protected final Map<String, String> tree(int number) throws IOException {
    try (MountedRoot root = view(number)) {
      return TreeListing.below(root.fd());
    } finally {
      driver.remove("view-of-" + number);
    }
  }

  protected static void assertFails(ErrorClass expected, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).as(e.getMessage()).isEqualTo(expected));
  }

  /** A layer that must be refused, with the entry named, and of which nothing is kept. */
  protected final void assertRefused(LayerTar layer, String named) {
    List<String> before = keys();
    String parent = before.contains(chainId(1)) ? chainId(1) : null;
    assertThatThrownBy(() -> driver.apply("refused", parent, layer.stream()))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).as(e.getMessage()).isEqualTo(ErrorClass.INVALID_ARGUMENT))
        .hasMessageContaining(named);
    assertThat(keys()).isEqualTo(before);
    assertFails(ErrorClass.NOT_FOUND, () -> driver.stat("refused"));
  }

  /** Reads a diff's members: name to "type mode uid:gid size link". */
  protected static Map<String, String> members(InputStream diff) throws IOException {
    Map<String, String> members = new LinkedHashMap<>();
    try (TarArchiveInputStream tar = new TarArchiveInputStream(diff, "UTF-8")) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        assertThat(entry.isCheckSumOK()).isTrue();
        byte[] content = tar.readAllBytes();
        String line =
            (char) entry.getLinkFlag() + String.format(" %04o %d:%d", entry.getMode(), entry.getLongUserId(), entry.getLongGroupId())
                + (entry.isFile() && entry.getLinkFlag() == '0' ? " " + content.length : "")
                + (entry.getLinkName().isEmpty() ? "" : " " + entry.getLinkName());
        assertThat(members.put(entry.getName(), line)).as("twice in one diff: " + entry.getName()).isNull();
      }
    }
    return members;
  }

  private static LayerTar layer() {
    return new LayerTar();
  }

  private static void write(MountedRoot root, String name, String content) throws IOException {
    Files.createDirectories(root.path(name).getParent());
    Files.writeString(root.path(name), content);
  }

  private MountedRoot prepare(String key, @Nullable String parent) throws IOException {
    return MountedRoot.of(driver.prepare(key, parent));
  }

  // --- snapshots: containerd's cases

  @Test
  void writableRootsBecomeLayersOnLayers() throws IOException { // Basic
    try (MountedRoot root = prepare("a1", null)) {
      write(root, "foo", "foo\n");
      write(root, "a/b/c", "hi\n");
    }
    assertThat(driver.stat("a1")).isEqualTo(new SnapshotInfo("a1", Kind.ACTIVE, null));
    assertThat(driver.commit(chainId(1), "a1")).isEqualTo(new SnapshotInfo(chainId(1), Kind.LAYER, null));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.stat("a1"));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.mounts("a1"));
    try (MountedRoot root = prepare("a2", chainId(1))) {
      assertThat(root.path("foo")).hasContent("foo");
      write(root, "bar", "bar\n");
      Files.createDirectories(root.path("a/b"));
      Files.writeString(root.path("a/b/c"), "changed\n");
    }
    driver.commit(chainId(2), "a2");
    try (MountedRoot root = view(2)) {
      assertThat(root.path("foo")).hasContent("foo");
      assertThat(root.path("bar")).hasContent("bar");
      assertThat(root.path("a/b/c")).hasContent("changed");
    }
    try (MountedRoot root = view(1)) {
      assertThat(root.path("a/b/c")).hasContent("hi");
      assertThat(root.path("bar")).doesNotExist();
    }
    assertThat(driver.stat(chainId(2))).isEqualTo(new SnapshotInfo(chainId(2), Kind.LAYER, chainId(1)));
  }

  @Test
  void statTellsKindAndParent() throws IOException { // StatActive, StatCommitted
    apply(1, layer().file("f", "1"));
    driver.prepare("active", chainId(1));
    driver.view("view", chainId(1));
    driver.prepare("alone", null);
    assertThat(driver.stat(chainId(1))).isEqualTo(new SnapshotInfo(chainId(1), Kind.LAYER, null));
    assertThat(driver.stat("active")).isEqualTo(new SnapshotInfo("active", Kind.ACTIVE, chainId(1)));
    assertThat(driver.stat("view")).isEqualTo(new SnapshotInfo("view", Kind.VIEW, chainId(1)));
    assertThat(driver.stat("alone")).isEqualTo(new SnapshotInfo("alone", Kind.ACTIVE, null));
  }

  @Test
  void parentsFormAChain() throws IOException { // SnapshotterTransitivity
    apply(1, layer().file("one", "1"));
    apply(2, layer().file("two", "2"));
    apply(3, layer().file("three", "3"));
    assertThat(driver.stat(chainId(3)).parent()).isEqualTo(chainId(2));
    assertThat(driver.stat(chainId(2)).parent()).isEqualTo(chainId(1));
    assertThat(tree(3)).containsOnlyKeys("one", "two", "three");
  }

  @Test
  void onlyALayerIsAParent() throws IOException { // PrepareViewFailingtest
    driver.prepare("active", null);
    driver.view("view", null);
    for (String parent : List.of("active", "view")) {
      assertFails(ErrorClass.FAILED_PRECONDITION, () -> driver.prepare("new", parent));
      assertFails(ErrorClass.FAILED_PRECONDITION, () -> driver.view("new", parent));
      assertFails(ErrorClass.FAILED_PRECONDITION, () -> driver.apply("new", parent, layer().stream()));
    }
    assertFails(ErrorClass.NOT_FOUND, () -> driver.prepare("new", "no such layer"));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.view("new", "no such layer"));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.apply("new", "no such layer", layer().stream()));
    assertThat(keys()).containsExactlyInAnyOrder("active", "view");
  }

  @Test
  void allKeysAreOneNameSpace() throws IOException {
    apply(1, layer().file("f", "1"));
    driver.prepare("active", null);
    driver.view("view", null);
    for (String key : List.of(chainId(1), "active", "view")) {
      SnapshotInfo before = driver.stat(key);
      assertFails(ErrorClass.ALREADY_EXISTS, () -> driver.prepare(key, null));
      assertFails(ErrorClass.ALREADY_EXISTS, () -> driver.view(key, null));
      assertFails(ErrorClass.ALREADY_EXISTS, () -> driver.apply(key, null, layer().stream()));
      assertFails(ErrorClass.ALREADY_EXISTS, () -> driver.commit(key, "active"));
      assertThat(driver.stat(key)).isEqualTo(before);
    }
  }

  @Test
  void onlyAnActiveSnapshotIsCommitted() throws IOException {
    apply(1, layer().file("f", "1"));
    driver.view("view", chainId(1));
    assertFails(ErrorClass.FAILED_PRECONDITION, () -> driver.commit("new", "view"));
    assertFails(ErrorClass.FAILED_PRECONDITION, () -> driver.commit("new", chainId(1)));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.commit("new", "no such key"));
    assertFails(ErrorClass.FAILED_PRECONDITION, () -> driver.mounts(chainId(1)));
  }

  @Test
  void unknownKeysAreNotFound() {
    assertFails(ErrorClass.NOT_FOUND, () -> driver.stat("x"));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.mounts("x"));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.remove("x"));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.usage("x"));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.diff("x").close());
    assertFails(ErrorClass.NOT_FOUND, () -> driver.changes("x"));
  }

  @Test
  void keysWithStrangeCharactersArePlainKeys() throws IOException {
    for (String key : List.of("../../escape", "a/b", ".", "..", "with space", "ümlaut", "percent%41")) {
      driver.prepare(key, null);
      assertThat(driver.stat(key).key()).isEqualTo(key);
    }
    assertThat(keys()).contains("../../escape", "a/b", ".", "..", "with space", "ümlaut", "percent%41");
    try (var found = Files.walk(directory)) {
      assertThat(found.filter(path -> path.getFileName().toString().equals("escape"))).isEmpty();
    }
  }

  @Test
  void layersAreRemovedFromTheTopOnly() throws IOException { // Remove, RemoveIntermediateSnapshot
    apply(1, layer().file("one", "1"));
    apply(2, layer().file("two", "2"));
    driver.prepare("active", chainId(2));
    assertFails(ErrorClass.FAILED_PRECONDITION, () -> driver.remove(chainId(1)));
    assertFails(ErrorClass.FAILED_PRECONDITION, () -> driver.remove(chainId(2)));
    try (MountedRoot root = MountedRoot.of(driver.mounts("active"))) {
      assertThat(root.path("one")).hasContent("1");
    }
    driver.remove("active");
    driver.remove(chainId(2));
    driver.remove(chainId(1));
    assertThat(keys()).isEmpty();
    apply(1, layer().file("one", "again"));
    try (MountedRoot root = view(1)) {
      assertThat(root.path("one")).hasContent("again");
    }
  }

  @Test
  void walkSeesEverythingAndMayAsk() throws IOException { // Walk, StatInWalk
    apply(1, layer().file("f", "1"));
    apply(2, layer().file("g", "2"));
    driver.prepare("active", chainId(2));
    driver.view("view", chainId(2));
    List<SnapshotInfo> seen = new ArrayList<>();
    driver.walk(
        info -> {
          assertThat(driver.stat(info.key())).isEqualTo(info);
          seen.add(info);
        });
    assertThat(seen)
        .containsExactlyInAnyOrder(
            new SnapshotInfo(chainId(1), Kind.LAYER, null),
            new SnapshotInfo(chainId(2), Kind.LAYER, chainId(1)),
            new SnapshotInfo("active", Kind.ACTIVE, chainId(2)),
            new SnapshotInfo("view", Kind.VIEW, chainId(2)));
  }

  @Test
  void mountsAreToldAgain() throws IOException {
    apply(1, layer().file("f", "1"));
    List<Mount> active = driver.prepare("active", chainId(1));
    List<Mount> view = driver.view("view", chainId(1));
    assertThat(driver.mounts("active")).isEqualTo(active);
    assertThat(driver.mounts("view")).isEqualTo(view);
    try (MountedRoot root = MountedRoot.of(active)) {
      write(root, "kept", "between mounts");
    }
    try (MountedRoot root = MountedRoot.of(driver.mounts("active"))) {
      assertThat(root.path("kept")).hasContent("between mounts");
    }
  }

  @Test
  void viewIsReadOnly() throws IOException { // ViewReadonly
    apply(1, layer().file("f", "1"));
    apply(2, layer().file("g", "2"));
    for (int number : new int[] {1, 2}) {
      try (MountedRoot root = view(number)) {
        assertThatThrownBy(() -> Files.writeString(root.path("new"), "x")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Files.delete(root.path("f"))).isInstanceOf(IOException.class);
      }
    }
    try (MountedRoot root = MountedRoot.of(driver.view("nothing", null))) {
      assertThatThrownBy(() -> Files.writeString(root.path("new"), "x")).isInstanceOf(IOException.class);
      assertThat(TreeListing.below(root.fd())).isEmpty();
    }
  }

  @Test
  void rootsOnOneLayerDoNotSeeEachOther() throws IOException {
    apply(1, layer().file("f", "1"));
    try (MountedRoot one = prepare("one", chainId(1));
        MountedRoot two = prepare("two", chainId(1))) {
      Files.writeString(one.path("f"), "of one");
      Files.delete(two.path("f"));
      assertThat(one.path("f")).hasContent("of one");
      assertThat(two.path("f")).doesNotExist();
    }
    try (MountedRoot root = view(1)) {
      assertThat(root.path("f")).hasContent("1");
    }
  }

  @Test
  void filesAreUpdatedLayerByLayer() throws IOException { // LayerFileupdate
    try (MountedRoot root = prepare("a", null)) {
      write(root, "f", "one");
      write(root, "deep/er/g", "one");
    }
    driver.commit(chainId(1), "a");
    for (int n = 2; n <= 4; n++) {
      try (MountedRoot root = prepare("a", chainId(n - 1))) {
        Files.writeString(root.path("f"), "version " + n);
        Files.delete(root.path("deep/er/g"));
        write(root, "deep/er/g", "new " + n);
      }
      driver.commit(chainId(n), "a");
    }
    for (int n = 2; n <= 4; n++) {
      try (MountedRoot root = view(n)) {
        assertThat(root.path("f")).hasContent("version " + n);
        assertThat(root.path("deep/er/g")).hasContent("new " + n);
      }
    }
  }

  @Test
  void directoryRemovedAndMadeAgainIsEmpty() throws IOException { // RemoveDirectoryInLowerLayer
    try (MountedRoot root = prepare("a", null)) {
      write(root, "dir/old", "x");
      write(root, "dir/sub/old", "x");
    }
    driver.commit(chainId(1), "a");
    try (MountedRoot root = prepare("a", chainId(1))) {
      deleteTree(root.path("dir"));
    }
    driver.commit(chainId(2), "a");
    try (MountedRoot root = view(2)) {
      assertThat(root.path("dir")).doesNotExist();
    }
    try (MountedRoot root = prepare("a", chainId(1))) {
      deleteTree(root.path("dir"));
      write(root, "dir/new", "y");
    }
    driver.commit(chainId(3), "a");
    try (MountedRoot root = view(3)) {
      assertThat(TreeListing.below(root.fd())).containsOnlyKeys("dir", "dir/new");
    }
  }

  @Test
  void filesDeletedInAChildAreGone() throws IOException { // DeletedFilesInChildSnapshot
    apply(1, layer().file("a", "1").file("b", "1").directory("d").file("d/c", "1"));
    try (MountedRoot root = prepare("x", chainId(1))) {
      Files.delete(root.path("a"));
      Files.delete(root.path("d/c"));
    }
    driver.commit(chainId(2), "x");
    assertThat(tree(2)).containsOnlyKeys("b", "d");
    assertThat(tree(1)).containsOnlyKeys("a", "b", "d", "d/c");
  }

  @Test
  void filesMoveFromALayerBelow() throws IOException { // MoveFileFromLowerLayer, Rename
    apply(1, layer().directory("d").file("d/f", "content").directory("other").directory("d/sub").file("d/sub/g", "deep"));
    try (MountedRoot root = prepare("x", chainId(1))) {
      Files.move(root.path("d/f"), root.path("other/f"));
      Files.createDirectory(root.path("fresh"));
      Files.move(root.path("fresh"), root.path("renamed"));
    }
    driver.commit(chainId(2), "x");
    assertThat(tree(2)).containsOnlyKeys("d", "d/sub", "d/sub/g", "other", "other/f", "renamed");
    try (MountedRoot root = view(2)) {
      assertThat(root.path("other/f")).hasContent("content");
    }
  }

  @Test
  void ownersChange() throws IOException { // Chown
    apply(1, layer().directory("opt").file("opt/a", "1").owner(7, 8).file("opt/b", "2"));
    try (MountedRoot root = prepare("x", chainId(1))) {
      Fs.fchownat(root.fd(), "opt/a", 5000, 5001, 0);
      Fs.fchownat(root.fd(), "opt", 1, 2, 0);
    }
    driver.commit(chainId(2), "x");
    try (MountedRoot root = view(2)) {
      assertOwner(root, "opt/a", 5000, 5001);
      assertOwner(root, "opt", 1, 2);
      assertOwner(root, "opt/b", 7, 8);
    }
  }

  private static void assertOwner(MountedRoot root, String name, int uid, int gid) throws IOException {
    FileStatus status = Fs.statx(root.fd(), name, Fcntl.AT_SYMLINK_NOFOLLOW);
    assertThat(List.of(status.uid(), status.gid())).as("owner of " + name).isEqualTo(List.of(uid, gid));
  }

  @Test
  void modesOfDirectoriesAreCommitted() throws IOException { // DirectoryPermissionOnCommit
    try (MountedRoot root = prepare("a", null)) {
      for (int mode : new int[] {0700, 0750, 0777, 01777, 02755}) {
        String name = "dir-" + Integer.toOctalString(mode);
        Fs.mkdirat(root.fd(), name, 0755);
        Fs.fchownat(root.fd(), name, 11, 12, 0);
        Fs.fchmodat(root.fd(), name, mode);
      }
    }
    driver.commit(chainId(1), "a");
    prepare("b", chainId(1)).close();
    driver.commit(chainId(2), "b");
    try (MountedRoot root = view(2)) {
      for (int mode : new int[] {0700, 0750, 0777, 01777, 02755}) {
        String name = "dir-" + Integer.toOctalString(mode);
        assertThat(Fs.statx(root.fd(), name, 0).permissions()).isEqualTo(mode);
        assertOwner(root, name, 11, 12);
      }
    }
  }

  @Test
  void rootDirectoryIsOpenToAllAndKeepsWhatALayerSays() throws IOException { // RootPermission
    try (MountedRoot root = prepare("a", null)) {
      assertThat(Fs.fstat(root.fd()).permissions()).isEqualTo(0755);
    }
    apply(1, layer().mode(0711).owner(3, 4).directory("./").mode(-1).owner(0, 0).file("f", "1"));
    apply(2, layer().file("g", "2"));
    try (MountedRoot root = prepare("b", chainId(2))) {
      assertThat(Fs.fstat(root.fd()).permissions()).isEqualTo(0711);
      assertThat(Fs.fstat(root.fd()).uid()).isEqualTo(3);
      assertThat(Fs.fstat(root.fd()).gid()).isEqualTo(4);
    }
  }

  @Test
  void chainOf128LayersMounts() throws IOException { // 128LayersMount
    for (int n = 1; n <= 128; n++) {
      LayerTar layer = layer().file("file-" + n, "content " + n).directory("shared").file("shared/file-" + n, "x").file("same", "of " + n);
      if (n > 1) {
        layer.whiteout("file-" + (n - 1));
      }
      apply(n, layer);
    }
    try (MountedRoot root = prepare("top", chainId(128))) {
      assertThat(root.path("same")).hasContent("of 128");
      assertThat(root.path("file-128")).hasContent("content 128");
      assertThat(root.path("file-127")).doesNotExist();
      try (var shared = Files.list(root.path("shared"))) {
        assertThat(shared).hasSize(128);
      }
      Files.writeString(root.path("shared/file-1"), "changed");
      Files.delete(root.path("shared/file-2"));
    }
    assertThat(driver.changes("top"))
        .containsExactly(
            new Change("/shared", ChangeKind.MODIFIED),
            new Change("/shared/file-1", ChangeKind.MODIFIED),
            new Change("/shared/file-2", ChangeKind.DELETED));
  }

  // --- unpacking

  @Test
  void everyKindOfEntryArrivesAsItIs() throws IOException {
    apply(
        1,
        layer()
            .time(1_234_567_890, 123_456_789)
            .directory("d")
            .mode(01777).directory("tmp")
            .mode(0755).file("d/program", "#!/bin/sh\n")
            .mode(04755).owner(0, 42).file("d/setuid", "s")
            .mode(02755).owner(9, 0).file("d/setgid", "g")
            .mode(0600).owner(1000, 1000).file("d/secret", "x")
            .mode(0).file("d/none", "")
            .mode(0644).owner(70_000, 2_000_000).file("d/far-owner", "o")
            .owner(0, 0)
            .hardLink("d/linked", "d/secret")
            .mode(0777).owner(5, 6).symbolicLink("d/symbolic", "../anywhere/at all")
            .owner(0, 0).symbolicLink("absolute", "/d/program")
            .mode(0660).owner(0, 6).characterDevice("d/char", 1, 3)
            .blockDevice("d/block", 259, 300_000 & 0xfffff)
            .mode(0622).owner(0, 0).fifo("d/fifo")
            .mode(-1).xattr("user.note", "with\nnewline".getBytes(StandardCharsets.UTF_8)).file("d/noted", "n")
            .xattr("security.capability", CAPABILITY).file("d/capable", "c")
            .xattr("user.dir", (byte) 0, (byte) 0xff, (byte) 0x80).directory("attributed")
            .xattr("trusted.link", (byte) 1).symbolicLink("d/trusted", "x")
            .file("d/" + "n".repeat(255), "long name")
            .file("ü/" + "é".repeat(120), "long unicode name")
            .file("d/not-utf8-\udcff\udc80", "bytes"));
    try (MountedRoot root = view(1)) {
      Map<String, String> tree = TreeListing.below(root.fd());
      String time = " 1234567890.123456789";
      assertThat(tree.get("d")).isEqualTo("040755 0:0" + time);
      assertThat(tree.get("tmp")).isEqualTo("041777 0:0" + time);
      assertThat(tree.get("d/program")).startsWith("100755 0:0" + time + " size=10 ");
      assertThat(tree.get("d/setuid")).startsWith("104755 0:42" + time);
      assertThat(tree.get("d/setgid")).startsWith("102755 9:0" + time);
      assertThat(tree.get("d/secret")).startsWith("100600 1000:1000" + time + " links=2 same-as=d/linked size=1");
      assertThat(tree.get("d/linked")).isEqualTo(tree.get("d/secret"));
      assertThat(tree.get("d/none")).startsWith("100000 1000:1000");
      assertThat(tree.get("d/far-owner")).startsWith("100644 70000:2000000");
      assertThat(tree.get("d/symbolic")).isEqualTo("120777 5:6" + time + " -> ../anywhere/at all");
      assertThat(tree.get("absolute")).isEqualTo("120777 0:0" + time + " -> /d/program");
      assertThat(tree.get("d/char")).isEqualTo("020660 0:6" + time + " device=1:3");
      assertThat(tree.get("d/block")).isEqualTo("060660 0:6" + time + " device=259:300000");
      assertThat(tree.get("d/fifo")).isEqualTo("010622 0:0" + time);
      assertThat(tree.get("d/noted")).endsWith(" user.note=776974680a6e65776c696e65");
      assertThat(tree.get("d/capable")).endsWith(" security.capability=0100000200ff8000000000000004000000000000");
      assertThat(tree.get("attributed")).endsWith(" user.dir=00ff80");
      assertThat(tree.get("d/trusted")).endsWith(" trusted.link=01");
      assertThat(tree).containsKeys("d/" + "n".repeat(255), "ü/" + "é".repeat(120), "d/not-utf8-\udcff\udc80");
    }
  }

  @Test
  void missingParentsAreMade() throws IOException {
    apply(1, layer().mode(0600).owner(7, 7).file("a/b/c", "x"));
    Map<String, String> tree = tree(1);
    assertThat(tree).containsOnlyKeys("a", "a/b", "a/b/c");
    assertThat(tree.get("a")).startsWith("040755 0:0");
    assertThat(tree.get("a/b")).startsWith("040755 0:0");
  }

  @Test
  void whiteoutsHideWhatIsBelow() throws IOException {
    apply(1, layer().file("gone", "1").file("stays", "1").directory("d").file("d/f", "1").directory("d/sub").file("d/sub/g", "1"));
    apply(2, layer().whiteout("gone").whiteout("d/sub").whiteout("never-was").whiteout("not/even/the/folder"));
    assertThat(tree(2)).containsOnlyKeys("stays", "d", "d/f");
    apply(3, layer().directory("d").whiteout("d").file("gone", "back"));
    assertThat(tree(3)).containsOnlyKeys("stays", "gone", "d");
  }

  @Test
  void opaqueDirectoryHidesAllThatIsBelowAndNothingOfItsOwnLayer() throws IOException {
    apply(1, layer().directory("d").file("d/old", "1").directory("d/sub").file("d/sub/old", "1"));
    apply(2, layer().directory("d").file("d/before", "2").opaque("d").file("d/after", "2").directory("d/sub").file("d/sub/new", "2"));
    assertThat(tree(2)).containsOnlyKeys("d", "d/before", "d/after", "d/sub", "d/sub/new");
  }

  @Test
  void opaqueRootHidesEverything() throws IOException {
    apply(1, layer().directory("d").file("d/old", "1").file("f", "1").symbolicLink("s", "d").directory("e").file("e/old", "1"));
    apply(2, layer().file("before", "2").file("d/mine", "2").file("./.wh..wh..opq", "").directory("e").file("e/new", "2"));
    assertThat(tree(2)).containsOnlyKeys("before", "d", "d/mine", "e", "e/new");
  }

  @Test
  void whiteoutsHideNothingOfTheirOwnLayer() throws IOException {
    apply(1, layer().directory("d").file("d/old", "1").file("f", "1"));
    apply(2, layer().directory("d").file("d/new", "2").whiteout("d").file("f", "2").whiteout("f"));
    assertThat(tree(2)).containsOnlyKeys("d", "d/new", "f");
    apply(3, layer().whiteout("d").directory("d").file("d/newer", "3").whiteout("f").file("f", "3"));
    assertThat(tree(3)).containsOnlyKeys("d", "d/newer", "f");
  }

  @Test
  void whiteoutsOfAFirstLayerHideNothing() throws IOException {
    apply(1, layer().whiteout("x").directory("d").whiteout("d/y").opaque("d").file("d/z", "1"));
    assertThat(tree(1)).containsOnlyKeys("d", "d/z");
    apply(2, layer().whiteout("d/nothing").file("new", "2"));
    assertThat(tree(2)).containsOnlyKeys("d", "d/z", "new");
  }

  @Test
  void entriesReplaceWhatIsThere() throws IOException {
    apply(
        1,
        layer().directory("dir").file("dir/f", "1").file("file", "1").symbolicLink("link", "dir").symbolicLink("other", "file").directory("dir2")
            .file("dir2/f", "1"));
    apply(
        2,
        layer().file("dir", "now a file").directory("file").file("file/f", "2").directory("link").file("link/g", "2").file("other", "no link")
            .symbolicLink("dir2", "file"));
    try (MountedRoot root = view(2)) {
      assertThat(root.path("dir")).hasContent("now a file");
      assertThat(root.path("file/f")).hasContent("2");
      assertThat(root.path("other")).hasContent("no link");
      assertThat(Files.isSymbolicLink(root.path("other"))).isFalse();
      assertThat(Files.readSymbolicLink(root.path("dir2"))).isEqualTo(Path.of("file"));
      assertThat(TreeListing.below(root.fd())).containsOnlyKeys("dir", "file", "file/f", "link", "link/g", "other", "dir2");
    }
  }

  @Test
  void laterEntriesOfTheSameNameWin() throws IOException {
    apply(1, layer().directory("below").file("below/x", "1"));
    apply(
        2,
        layer().file("f", "first").mode(0600).file("f", "second").mode(-1).directory("d").file("d/x", "1").file("d", "file").directory("d")
            .file("d/y", "2").file("below", "file").directory("below").file("below/z", "3").symbolicLink("s", "f").file("s", "plain"));
    try (MountedRoot root = view(2)) {
      assertThat(root.path("f")).hasContent("second");
      assertThat(root.path("s")).hasContent("plain");
      assertThat(TreeListing.below(root.fd())).containsOnlyKeys("f", "d", "d/y", "below", "below/z", "s");
      assertThat(Fs.statx(root.fd(), "f", 0).permissions()).isEqualTo(0600);
    }
  }

  @Test
  void directoryAgainReplacesItsAttributesAndKeepsItsContent() throws IOException {
    apply(1, layer().xattr("user.old", (byte) 1).directory("d").file("d/f", "1"));
    apply(2, layer().mode(0700).owner(5, 5).xattr("user.new", (byte) 2).directory("d"));
    Map<String, String> tree = tree(2);
    assertThat(tree.get("d")).startsWith("040700 5:5 1700000000.000000000").endsWith(" user.new=02").doesNotContain("user.old");
    assertThat(tree).containsKey("d/f");
  }

  @Test
  void directoryThatNoEntrySpeaksOfStaysAsItIsBelow() throws IOException {
    apply(1, layer().mode(02750).owner(5, 6).time(1_000_000_000, 5).xattr("user.kept", (byte) 1).directory("d").mode(-1).file("d/f", "1"));
    apply(2, layer().file("d/g", "2"));
    assertThat(tree(2).get("d")).isEqualTo("042750 5:6 1000000000.000000005 user.kept=01");
  }

  @Test
  void parentsGoThroughLinksOfTheirOwnLayer() throws IOException {
    apply(1, layer().directory("usr").directory("usr/lib").symbolicLink("lib", "usr/lib").file("lib/f", "1").symbolicLink("abs", "/usr").file("abs/g", "2"));
    assertThat(tree(1)).containsOnlyKeys("usr", "usr/lib", "usr/lib/f", "lib", "abs", "usr/g");
  }

  @Test
  void parentsGoThroughLinksOfLayersBelow() throws IOException {
    apply(1, layer().mode(0700).directory("usr").mode(-1).directory("usr/lib").file("usr/lib/old", "1").symbolicLink("lib", "usr/lib"));
    apply(2, layer().file("unrelated", "2"));
    apply(3, layer().file("lib/new", "3").hardLink("lib/again", "lib/new").whiteout("lib/old").directory("lib/sub").file("lib/sub/f", "3"));
    Map<String, String> tree = tree(3);
    assertThat(tree).containsOnlyKeys("usr", "usr/lib", "usr/lib/new", "usr/lib/again", "usr/lib/sub", "usr/lib/sub/f", "lib", "unrelated");
    assertThat(tree.get("lib")).endsWith("-> usr/lib");
    assertThat(tree.get("usr")).startsWith("040700");
  }

  @Test
  void hiddenLinksOfLayersBelowAreNotFollowed() throws IOException {
    apply(1, layer().directory("real").symbolicLink("lib", "real").directory("real/sub"));
    apply(2, layer().whiteout("lib"));
    apply(3, layer().file("lib/f", "3"));
    assertThat(tree(3)).containsOnlyKeys("real", "real/sub", "lib", "lib/f");
    apply(4, layer().file("lib/g", "4"));
    assertThat(tree(4)).containsOnlyKeys("real", "real/sub", "lib", "lib/f", "lib/g");
  }

  @Test
  void linkReplacedBetweenEntriesIsNotFollowedAnyMore() throws IOException {
    apply(1, layer().directory("one").directory("two").symbolicLink("l", "one"));
    apply(2, layer().file("l/a", "1").symbolicLink("l", "two").file("l/b", "2").whiteout("one").directory("l").file("l/c", "3"));
    assertThat(tree(2)).containsOnlyKeys("one", "one/a", "two", "two/b", "l", "l/c");
  }

  @Test
  void hardLinkToAFileOfALayerBelowIsOneFile() throws IOException {
    apply(
        1,
        layer().directory("d").time(1_111_111_111, 7).mode(04711).owner(3, 4).xattr("user.x", (byte) 9).file("d/f", "content").mode(-1)
            .owner(0, 0).symbolicLink("s", "d"));
    apply(2, layer().file("other", "2"));
    apply(3, layer().hardLink("new", "d/f").hardLink("via", "s/f"));
    Map<String, String> tree = tree(3);
    assertThat(tree.get("new")).startsWith("104711 3:4 1111111111.000000007 links=3").endsWith("user.x=09");
    assertThat(tree.get("via")).isEqualTo(tree.get("new"));
    assertThat(tree.get("d/f")).isEqualTo(tree.get("new"));
    assertThat(tree(2).get("d/f")).startsWith("104711 3:4").doesNotContain("links");
  }

  @Test
  void sparseFilesStaySparse() throws Exception {
    byte[] end = "at the end".getBytes(StandardCharsets.UTF_8);
    byte[] content = new byte[512 + 10];
    Arrays.fill(content, 0, 512, (byte) 'a');
    System.arraycopy(end, 0, content, 512, 10);
    apply(
        1,
        layer()
            .pax("GNU.sparse.size", ascii("1073741824"))
            .pax("GNU.sparse.map", ascii("0,512,1073741814,10"))
            .pax("GNU.sparse.name", ascii("sparse"))
            .file("GNUSparseFile.0/sparse", content));
    assertThat(stateBytesOnDisk()).as("what a file of 1 GiB of nothing takes on the disk").isLessThan(1 << 20);
    try (MountedRoot root = view(1)) {
      assertThat(Fs.statx(root.fd(), "sparse", 0).size()).isEqualTo(1L << 30);
      assertThat(dataBytes(root, "sparse")).isLessThan(1 << 20);
      try (var channel = Files.newByteChannel(root.path("sparse"))) {
        channel.position((1L << 30) - 10);
        var buffer = java.nio.ByteBuffer.allocate(20);
        assertThat(channel.read(buffer)).isEqualTo(10);
        assertThat(Arrays.copyOf(buffer.array(), 10)).isEqualTo(end);
      }
    }
    driver.remove("view-of-1");
    try (InputStream diff = driver.diff(chainId(1))) {
      driver.apply("again", null, diff);
    }
    assertThat(stateBytesOnDisk()).as("what two files of 1 GiB of nothing take on the disk").isLessThan(2 << 20);
    try (MountedRoot root = MountedRoot.of(driver.view("v", "again"))) {
      assertThat(Fs.statx(root.fd(), "sparse", 0).size()).isEqualTo(1L << 30);
      assertThat(dataBytes(root, "sparse")).isLessThan(1 << 20);
    }
  }

  /** Blocks of everything in the driver's state folder, without what is mounted there. */
  private long stateBytesOnDisk() throws IOException {
    try (Fd state = Fs.open(context.stateDir().toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
      return bytesOnDisk(state, Fs.fstat(state).mountId());
    }
  }

  private static long bytesOnDisk(Fd directory, long mount) throws IOException {
    long bytes = 0;
    for (DirectoryEntry entry : Fs.getdents(directory)) {
      FileStatus status = Fs.statx(directory, entry.name(), Fcntl.AT_SYMLINK_NOFOLLOW);
      if (status.mountId() != mount) {
        continue;
      }
      bytes += status.blocks() * 512;
      if (status.isDirectory()) {
        try (Fd below = Fs.openat(directory, entry.name(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
          bytes += bytesOnDisk(below, mount);
        }
      }
    }
    return bytes;
  }

  /** How much of a file a reader that asks for holes has to read; st_blocks of a file in a root says nothing, EROFS gives the size. */
  private static long dataBytes(MountedRoot root, String name) throws IOException {
    try (Fd file = Fs.openat(root.fd(), name, Fcntl.O_RDONLY)) {
      long size = Fs.fstat(file).size();
      long data = 0;
      for (long at = 0; at < size; ) {
        long start;
        try {
          start = Io.lseek(file, at, Fcntl.SEEK_DATA);
        } catch (ErrnoException e) {
          assertThat(e.errno()).isEqualTo(Errno.ENXIO);
          break;
        }
        at = Io.lseek(file, start, Fcntl.SEEK_HOLE);
        data += at - start;
      }
      return data;
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void emptyArchiveIsAnEmptyLayer() throws IOException {
    driver.apply(chainId(1), null, new ByteArrayInputStream(new byte[1024]));
    driver.apply(chainId(2), chainId(1), new ByteArrayInputStream(new byte[10240]));
    driver.apply(chainId(3), chainId(2), InputStream.nullInputStream());
    assertThat(tree(3)).isEmpty();
  }

  @Test
  void streamIsReadToItsEnd() throws IOException {
    byte[] archive = layer().file("f", "1").bytes();
    ByteArrayInputStream stream = new ByteArrayInputStream(Arrays.copyOf(archive, archive.length + 100_000));
    driver.apply(chainId(1), null, stream);
    assertThat(stream.available()).isZero();
  }

  @Test
  void streamIsNotClosed() throws IOException {
    boolean[] closed = new boolean[1];
    InputStream stream =
        new ByteArrayInputStream(layer().file("f", "1").bytes()) {
          @Override
          public void close() {
            closed[0] = true;
          }
        };
    driver.apply(chainId(1), null, stream);
    assertThat(closed[0]).isFalse();
  }

  @Test
  void failureOfTheStreamIsThrownAndNothingKept() {
    IOException failure = new IOException("connection reset");
    byte[] archive = layer().file("f", "x".repeat(100_000)).bytes();
    InputStream stream =
        new InputStream() {
          private int at;

          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            if (at > 50_000) {
              throw failure;
            }
            int n = Math.min(length, 1000);
            System.arraycopy(archive, at, target, offset, n);
            at += n;
            return n;
          }
        };
    assertThat(catchThrowable(() -> driver.apply(chainId(1), null, stream))).isSameAs(failure);
    assertThat(keys()).isEmpty();
  }

  @Test
  void bytesMayComeOneByOne() throws IOException {
    byte[] archive = layer().directory("d").file("d/f", "x".repeat(2000)).symbolicLink("s", "d").bytes();
    InputStream slow =
        new ByteArrayInputStream(archive) {
          @Override
          public int read(byte[] target, int offset, int length) {
            return super.read(target, offset, Math.min(length, 1));
          }
        };
    driver.apply(chainId(1), null, slow);
    assertThat(tree(1)).containsOnlyKeys("d", "d/f", "s");
  }

  // --- hostile layers

  @Test
  void namesThatLeaveTheRootAreRefused() throws IOException {
    apply(1, layer().directory("d"));
    for (String name : List.of("../evil", "../../../../../../tmp/evil", "d/../../evil", "./../evil", "..", "d/../..")) {
      assertRefused(layer().file(name, "x"), name);
      assertRefused(layer().directory(name), name);
      assertRefused(layer().symbolicLink(name, "x"), name);
    }
  }

  @Test
  void absoluteNamesAreBelowTheRoot() throws IOException {
    apply(1, layer().directory("/").directory("/d/").file("/d/f", "1").file("//d//g", "2").file("/../h", "3").hardLink("/i", "/d/f"));
    assertThat(tree(1)).containsOnlyKeys("d", "d/f", "d/g", "h", "i");
  }

  @Test
  void dotsInsideTheRootAreTaken() throws IOException {
    apply(1, layer().directory("./d").file("./d/./f", "1").file("d/x/../g", "2"));
    assertThat(tree(1)).containsKeys("d", "d/f", "d/g");
  }

  @Test
  void linksThatPointOutsideWriteInside() throws IOException {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("f"), "untouched");
    LayerTar layer =
        layer()
            .symbolicLink("abs", outside.toString())
            .symbolicLink("rel", "../../../../../../../../../../../../.." + outside)
            .symbolicLink("leaf", outside + "/f")
            .file("abs/new", "x")
            .file("rel/f", "y")
            .file("leaf", "z");
    try {
      driver.apply(chainId(1), null, layer.stream());
    } catch (ProaException e) {
      assertThat(e.errorClass()).isEqualTo(ErrorClass.INVALID_ARGUMENT); // a driver may also refuse
    }
    assertThat(outside.resolve("f")).hasContent("untouched");
    try (var files = Files.list(outside)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void linksThroughLinksStayInside() throws IOException {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    LayerTar layer =
        layer().directory("a").symbolicLink("a/up", "..").symbolicLink("a/up2", "up/../../../../..").symbolicLink("a/out", "up2" + outside)
            .file("a/out/evil", "x");
    apply(1, layer);
    apply(2, layer().file("a/up/a/out/evil2", "y"));
    try (var files = Files.list(outside)) {
      assertThat(files).isEmpty();
    }
    assertThat(tree(2)).containsKeys(outside.toString().substring(1) + "/evil", outside.toString().substring(1) + "/evil2");
  }

  @Test
  void magicLinksAreNotFollowed() throws IOException {
    LayerTar layer = layer().symbolicLink("p", "/proc/self/root/").file("p/evil-" + ProcessHandle.current().pid(), "x");
    driver.apply(chainId(1), null, layer.stream());
    assertThat(Path.of("/evil-" + ProcessHandle.current().pid())).doesNotExist();
    assertThat(tree(1)).containsKey("proc/self/root/evil-" + ProcessHandle.current().pid());
  }

  @Test
  void hardLinksToTheOutsideAreRefused() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    apply(1, layer().directory("d"));
    assertRefused(layer().hardLink("a", secret.toString()), "\"a\"");
    assertRefused(layer().hardLink("b", "../../../../../../../../../.." + secret), "\"b\"");
    assertRefused(layer().symbolicLink("s", directory.toString()).hardLink("c", "s/secret"), "\"c\"");
    assertRefused(layer().hardLink("e", "no such file"), "\"e\"");
    assertRefused(layer().hardLink("f", "d"), "\"f\"");
    assertRefused(layer().hardLink("g", ""), "\"g\"");
    assertThat(Fs.statx(Fd.cwd(), secret.toString(), 0).nlink()).isEqualTo(1);
  }

  @Test
  void linkLoopsAreRefused() throws IOException {
    apply(1, layer().symbolicLink("below", "below"));
    assertRefused(layer().symbolicLink("a", "b").symbolicLink("b", "a").file("a/f", "x"), "a/f");
    assertRefused(layer().file("below/f", "x"), "below/f");
  }

  @Test
  void filesAreNoDirectories() throws IOException {
    apply(1, layer().file("below", "1"));
    assertRefused(layer().file("f", "1").file("f/x", "2"), "f/x");
    assertRefused(layer().file("below/x", "2"), "below/x");
    assertRefused(layer().characterDevice("dev", 1, 3).file("dev/x", "2"), "dev/x");
  }

  @Test
  void namesThatAreTooLongAreRefused() throws IOException {
    apply(1, layer().file("a".repeat(255), "fits"));
    assertRefused(layer().file("b".repeat(256), "x"), "bbbb");
    assertRefused(layer().file("d/".repeat(2100) + "f", "x"), "d/d/d");
    assertRefused(layer().symbolicLink("s", "t".repeat(5000)), "\"s\"");
  }

  @Test
  void pathOf4000BytesIsTaken() throws IOException {
    String path = ("d".repeat(99) + "/").repeat(40) + "file";
    apply(1, layer().file(path, "deep"));
    assertThat(driver.usage(chainId(1)).sizeBytes()).isEqualTo(4);
    try (InputStream diff = driver.diff(chainId(1))) {
      assertThat(members(diff)).containsKey(path);
    }
  }

  @Test
  void brokenArchivesAreRefused() throws IOException {
    byte[] good = layer().file("first", "x".repeat(3000)).file("second", "y").bytes();
    assertRefused(layer().raw(Arrays.copyOf(good, 700)), "stream ends");
    assertRefused(layer().raw(Arrays.copyOf(good, 100)), "");
    byte[] garbage = good.clone();
    Arrays.fill(garbage, 512 + 3072, 512 + 3072 + 100, (byte) 0x5a);
    assertRefused(layer().raw(garbage), "checksum");
    byte[] noise = new byte[5120];
    new java.util.Random(7).nextBytes(noise);
    assertRefused(layer().raw(noise), "");
    assertRefused(layer().member("odd", 'V', "", 0, 0, new byte[0]), "odd");
    assertRefused(layer().member("odd", '!', "", 0, 0, new byte[0]), "odd");
  }

  @Test
  void truncationAtAnyPointKeepsNothing() throws IOException {
    byte[] members =
        layer().directory("d").file("d/f", "x".repeat(600)).xattr("user.a", (byte) 1).file("d/g", "y").symbolicLink("s", "d").members();
    for (int length = 1; length < members.length; length += 97) {
      byte[] part = Arrays.copyOf(members, length);
      Throwable failure = catchThrowable(() -> driver.apply("cut", null, new ByteArrayInputStream(part)));
      if (failure == null) { // cut between two members: tar cannot know
        driver.remove("cut");
      } else {
        assertThat(failure).isInstanceOf(ProaException.class);
        assertThat(((ProaException) failure).errorClass()).isEqualTo(ErrorClass.INVALID_ARGUMENT);
      }
      assertThat(keys()).isEmpty();
    }
  }

  @Test
  void hugeHeadersDoNotFillMemory() throws IOException {
    byte[] header = Arrays.copyOf(layer().member("pax", 'x', "", 0, 0, new byte[0]).members(), 512);
    byte[] size = ascii("77777777777\0");
    System.arraycopy(size, 0, header, 124, 12);
    LayerTar.checksum(header);
    InputStream endless =
        new InputStream() {
          private long at;

          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] target, int offset, int length) {
            if (at < header.length) {
              int n = (int) Math.min(length, header.length - at);
              System.arraycopy(header, (int) at, target, offset, n);
              at += n;
              return n;
            }
            assertThat(at).as("bytes read of an 8 GiB header").isLessThan(64 << 20);
            Arrays.fill(target, offset, offset + length, (byte) '1');
            at += length;
            return length;
          }
        };
    assertFails(ErrorClass.INVALID_ARGUMENT, () -> driver.apply(chainId(1), null, endless));
    assertThat(keys()).isEmpty();
  }

  @Test
  void whiteoutsOfNothingAreRefused() throws IOException {
    apply(1, layer().directory("d"));
    assertRefused(layer().file(".wh.", ""), ".wh.");
    assertRefused(layer().file("d/.wh..", ""), ".wh..");
    assertRefused(layer().file("d/.wh...", ""), ".wh...");
  }

  @Test
  void rootCannotBeReplaced() {
    assertRefused(layer().file("./", "x"), "./");
    assertRefused(layer().symbolicLink("/", "/etc"), "/");
    assertRefused(layer().directory("d").hardLink("d/..", "d"), "d/..");
  }

  @Test
  void driversOwnMarksCannotBeSmuggledIn() throws IOException {
    apply(1, layer().directory("d").file("d/visible", "1").directory("secret").file("secret/f", "1"));
    apply(
        2,
        layer()
            .xattr("trusted.overlay.opaque", (byte) 'y')
            .directory("d")
            .xattr("trusted.overlay.redirect", ascii("/secret"))
            .directory("redirected")
            .xattr("trusted.overlay.metacopy")
            .xattr("trusted.overlay.redirect", ascii("/secret/f"))
            .file("meta", "own"));
    try (MountedRoot root = view(2)) {
      assertThat(root.path("d/visible")).hasContent("1");
      assertThat(root.path("redirected/f")).doesNotExist();
      assertThat(root.path("meta")).hasContent("own");
    }
  }

  // --- differences

  @Test
  void diffGivesBackWhatWasApplied() throws IOException {
    LayerTar first =
        layer()
            .time(1_600_000_000, 999_999_999)
            .directory("bin/")
            .mode(04755).file("bin/su", "su")
            .mode(-1).directory("d/")
            .file("d/a", "a")
            .hardLink("d/b", "d/a")
            .mode(0640).owner(0, 6).blockDevice("d/block", 8, 1)
            .mode(0666).owner(0, 0).characterDevice("d/null", 1, 3)
            .fifo("d/pipe")
            .mode(-1).owner(70_000, 3_000_000).symbolicLink("d/s", "t".repeat(300))
            .owner(0, 0).xattr("security.capability", CAPABILITY).file("e", "capable")
            .file("f/" + "n".repeat(200), "deep")
            .file("z", "");
    apply(1, first);
    try (InputStream diff = driver.diff(chainId(1))) {
      Map<String, String> members = members(diff);
      members.remove("./");
      assertThat(members.keySet())
          .containsExactly("bin/", "bin/su", "d/", "d/a", "d/b", "d/block", "d/null", "d/pipe", "d/s", "e", "f/", "f/" + "n".repeat(200), "z");
      assertThat(members.get("bin/su")).isEqualTo("0 4755 0:0 2");
      assertThat(members.get("d/b")).startsWith("1 ").endsWith(" d/a");
      assertThat(members.get("d/block")).isEqualTo("4 0640 0:6");
      assertThat(members.get("d/s")).startsWith("2 ").contains(" 70000:3000000").endsWith(" " + "t".repeat(300));
    }
    try (InputStream diff = driver.diff(chainId(1))) {
      driver.apply("again", null, diff);
    }
    try (MountedRoot again = MountedRoot.of(driver.view("again-view", "again"))) {
      assertThat(TreeListing.below(again.fd())).isEqualTo(tree(1));
    }
  }

  @Test
  void diffOfALayerHasItsWhiteouts() throws IOException {
    apply(1, layer().directory("d").file("d/a", "1").file("d/b", "1").file("f", "1").directory("o").file("o/x", "1"));
    apply(2, layer().directory("d/").whiteout("d/a").file("d/c", "2").whiteout("f").directory("o/").opaque("o").file("o/y", "2"));
    try (InputStream diff = driver.diff(chainId(2))) {
      Map<String, String> members = members(diff);
      members.remove("./");
      String hidden = keepsOpaqueDirectories() ? "o/.wh..wh..opq" : "o/.wh.x";
      assertThat(members.keySet()).containsExactlyInAnyOrder("d/", "d/.wh.a", "d/c", ".wh.f", "o/", hidden, "o/y");
    }
    try (InputStream diff = driver.diff(chainId(2))) {
      driver.apply("again", chainId(1), diff);
    }
    try (MountedRoot again = MountedRoot.of(driver.view("again-view", "again"))) {
      assertThat(TreeListing.below(again.fd())).isEqualTo(tree(2)).containsOnlyKeys("d", "d/b", "d/c", "o", "o/y");
    }
  }

  @Test
  void diffOfAWritableRootMakesTheSameTree() throws IOException {
    apply(1, layer().directory("d").file("d/a", "1").file("d/b", "1").directory("e").file("e/x", "1").file("m", "1"));
    try (MountedRoot root = prepare("c", chainId(1))) {
      Files.delete(root.path("d/a"));
      write(root, "d/new", "new");
      deleteTree(root.path("e"));
      write(root, "e/fresh", "fresh");
      Files.createLink(root.path("linked"), root.path("d/new"));
      Fs.fchmodat(root.fd(), "m", 04711);
      Fs.mknodat(root.fd(), "node", Stat.S_IFCHR | 0600, 5, 1);
      Files.createSymbolicLink(root.path("s"), Path.of("anywhere"));
      Map<String, String> seen = TreeListing.below(root.fd());
      try (InputStream diff = driver.diff("c")) {
        driver.apply(chainId(2), chainId(1), diff);
      }
      assertThat(tree(2)).isEqualTo(seen);
    }
    driver.commit(chainId(3), "c");
    assertThat(tree(3)).isEqualTo(tree(2));
  }

  @Test
  void diffIsTheSameBytesEachTime() throws IOException {
    apply(1, layer().directory("d").file("d/a", "1").file("d/b", "2").symbolicLink("s", "d"));
    try (InputStream one = driver.diff(chainId(1));
        InputStream two = driver.diff(chainId(1))) {
      assertThat(one.readAllBytes()).isEqualTo(two.readAllBytes());
    }
  }

  @Test
  void diffOfNothingIsAnEmptyArchive() throws IOException {
    apply(1, layer().directory("d"));
    driver.prepare("c", chainId(1));
    driver.prepare("alone", null);
    for (String key : List.of("c", "alone")) {
      try (InputStream diff = driver.diff(key)) {
        assertThat(members(diff)).isEmpty();
      }
      assertThat(driver.changes(key)).isEmpty();
    }
  }

  @Test
  void changesTellWhatDiffers() throws IOException {
    apply(1, layer().directory("d").file("d/a", "1").file("d/b", "1").directory("e").file("e/x", "1").file("e/y", "1").file("f", "1"));
    try (MountedRoot root = prepare("c", chainId(1))) {
      Files.writeString(root.path("d/a"), "changed");
      Files.delete(root.path("d/b"));
      write(root, "d/new/file", "n");
      Files.delete(root.path("f"));
      deleteTree(root.path("e"));
      write(root, "e/y", "again");
    }
    assertThat(driver.changes("c"))
        .containsExactlyInAnyOrder(
            new Change("/d", ChangeKind.MODIFIED),
            new Change("/d/a", ChangeKind.MODIFIED),
            new Change("/d/b", ChangeKind.DELETED),
            new Change("/d/new", ChangeKind.ADDED),
            new Change("/d/new/file", ChangeKind.ADDED),
            new Change("/f", ChangeKind.DELETED),
            new Change("/e", ChangeKind.MODIFIED),
            new Change("/e/x", ChangeKind.DELETED),
            new Change("/e/y", ChangeKind.MODIFIED));
    assertThat(driver.changes(chainId(1))).extracting(Change::kind).containsOnly(ChangeKind.ADDED);
  }

  @Test
  void usageIsTheSnapshotsOwn() throws IOException {
    apply(1, layer().directory("d").file("d/a", "x".repeat(100_000)).hardLink("d/b", "d/a"));
    apply(2, layer().file("c", "y".repeat(1000)).file("c", "y".repeat(2000)));
    assertThat(driver.usage(chainId(1)).sizeBytes()).isBetween(100_000L, 110_000L);
    assertThat(driver.usage(chainId(1)).inodes()).isPositive();
    assertThat(driver.usage(chainId(2)).sizeBytes()).isBetween(2000L, 10_000L);
    try (MountedRoot root = prepare("c", chainId(2))) {
      assertThat(driver.usage("c").sizeBytes()).isLessThan(10_000);
      write(root, "new", "z".repeat(50_000));
    }
    assertThat(driver.usage("c").sizeBytes()).isBetween(50_000L, 60_000L);
  }

  @Test
  void usageOfCommittedRootIsItsOwn() throws IOException {
    apply(1, layer().file("a", "x".repeat(100_000)));
    try (MountedRoot root = prepare("c", chainId(1))) {
      write(root, "b", "y".repeat(20_000));
    }
    driver.commit(chainId(2), "c");
    assertThat(driver.usage(chainId(2)).sizeBytes()).isBetween(20_000L, 30_000L);
  }

  @Test
  void statusHasNamesAndValues() {
    List<StatusLine> lines = driver.status();
    assertThat(lines).isNotEmpty().allSatisfy(line -> assertThat(line.name()).isNotBlank());
  }

  // --- a second instance, threads

  @Test
  void secondInstanceSeesEverything() throws IOException {
    apply(1, layer().file("f", "1"));
    List<Mount> mounts = driver.prepare("c", chainId(1));
    try (MountedRoot root = MountedRoot.of(mounts)) {
      write(root, "mine", "kept");
    }
    driver.close();
    assertFails(ErrorClass.UNAVAILABLE, () -> driver.stat("c"));
    StorageDriver second = newDriver();
    second.open(context);
    driver = second;
    assertThat(keys()).containsExactlyInAnyOrder(chainId(1), "c");
    assertThat(driver.mounts("c")).isEqualTo(mounts);
    try (MountedRoot root = MountedRoot.of(driver.mounts("c"))) {
      assertThat(root.path("f")).hasContent("1");
      assertThat(root.path("mine")).hasContent("kept");
    }
    apply(2, layer().file("g", "2"));
    assertThat(tree(2)).containsOnlyKeys("f", "g");
  }

  @Test
  void twoInstancesWorkSideBySide() throws Exception {
    StorageDriver second = newDriver();
    second.open(context);
    try {
      apply(1, layer().file("f", "1"));
      second.apply(chainId(2), chainId(1), layer().file("g", "2").stream());
      assertThat(driver.stat(chainId(2)).parent()).isEqualTo(chainId(1));
      driver.prepare("c", chainId(2));
      assertFails(ErrorClass.ALREADY_EXISTS, () -> second.prepare("c", chainId(2)));
      assertFails(ErrorClass.FAILED_PRECONDITION, () -> second.remove(chainId(2)));
      driver.remove("c");
      second.remove(chainId(2));
      assertFails(ErrorClass.NOT_FOUND, () -> driver.stat(chainId(2)));
    } finally {
      second.close();
    }
  }

  @Test
  void openingAnotherInstanceDoesNotDisturbALayerBeingUnpacked() throws Exception {
    byte[] archive = layer().directory("d").file("d/f", "x".repeat(100_000)).file("g", "y").bytes();
    InputStream meanwhile =
        new ByteArrayInputStream(archive) {
          private boolean opened;

          @Override
          public int read(byte[] target, int offset, int length) {
            if (pos > 50_000 && !opened) {
              opened = true;
              try (StorageDriver second = newDriver()) {
                second.open(context);
                assertThatThrownBy(() -> second.stat(chainId(1))).isInstanceOf(ProaException.class);
              }
            }
            return super.read(target, offset, Math.min(length, 10_000));
          }
        };
    driver.apply(chainId(1), null, meanwhile);
    assertThat(tree(1)).containsOnlyKeys("d", "d/f", "g");
  }

  @Test
  void sameLayerTwiceAtOnceIsKeptOnce() throws Exception {
    apply(1, layer().file("f", "1"));
    LayerTar layer = layer().directory("d");
    for (int i = 0; i < 300; i++) {
      layer.file("d/f" + i, "content");
    }
    byte[] archive = layer.bytes();
    ConcurrentLinkedQueue<String> results = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      driver.apply(chainId(2), chainId(1), new ByteArrayInputStream(archive));
                      results.add("done");
                    } catch (ProaException e) {
                      results.add(e.errorClass().name());
                    } catch (IOException | RuntimeException e) {
                      results.add(e.toString());
                    }
                  }));
    }
    for (Thread thread : threads) {
      assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
    }
    assertThat(results).containsExactlyInAnyOrder("done", "ALREADY_EXISTS", "ALREADY_EXISTS", "ALREADY_EXISTS");
    assertThat(tree(2)).hasSize(302);
  }

  @Test
  void manyThreadsPrepareAndRemove() throws Exception {
    apply(1, layer().file("f", "1"));
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int number = i;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int round = 0; round < 20; round++) {
                        String key = "c" + number + "-" + round;
                        driver.prepare(key, chainId(1));
                        driver.usage(key);
                        driver.remove(key);
                      }
                    } catch (RuntimeException e) {
                      failures.add(e);
                    }
                  }));
    }
    for (Thread thread : threads) {
      assertThat(thread.join(Duration.ofSeconds(120))).isTrue();
    }
    assertThat(failures).isEmpty();
    assertThat(keys()).containsExactly(chainId(1));
  }

  @Test
  void deepTreesAreRemoved() throws IOException {
    driver.prepare("deep", null);
    try (MountedRoot root = MountedRoot.of(driver.mounts("deep"))) {
      Fd at = Fs.openat(root.fd(), ".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
      for (int i = 0; i < 3000; i++) { // longer than any path can be
        Fs.mkdirat(at, "deeper", 0700);
        Fd next = Fs.openat(at, "deeper", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
        at.close();
        at = next;
      }
      at.close();
    }
    driver.usage("deep");
    driver.remove("deep");
    assertThat(keys()).isEmpty();
  }

  private static void deleteTree(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (var children = Files.newDirectoryStream(path)) {
        for (Path child : children) {
          deleteTree(child);
        }
      }
    }
    Files.delete(path);
  }
}
