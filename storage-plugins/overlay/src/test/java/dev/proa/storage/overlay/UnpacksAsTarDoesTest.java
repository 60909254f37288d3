package dev.proa.storage.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.Fd;
import dev.proa.linux.FileName;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Processes;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.conformance.TreeListing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real trees and made ones, packed by GNU tar in all its formats: we unpack to what {@code tar -x} unpacks to. */
@Timeout(300)
class UnpacksAsTarDoesTest {
  private static final List<String> KEEP =
      List.of("--xattrs", "--xattrs-include=*", "--acls", "--numeric-owner", "--same-owner", "--same-permissions", "--delay-directory-restore");

  @TempDir Path directory;
  private OverlayDriver driver;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(Processes.geteuid() == 0, "skipped: owners and devices need root");
    driver = TestFolders.open(Files.createDirectory(directory.resolve("state")));
  }

  @AfterEach
  void close() {
    if (driver != null) {
      driver.close();
    }
  }

  private void assertUnpacksAlike(Path folder, List<String> members, String... packing) throws Exception {
    Path archive = directory.resolve("archive.tar");
    List<String> pack = new ArrayList<>(List.of("tar", "-C", folder.toString()));
    pack.addAll(List.of(packing));
    pack.addAll(List.of("-cf", archive.toString()));
    pack.addAll(members);
    TestFolders.run(pack.toArray(String[]::new));
    Path expected = Files.createDirectory(directory.resolve("expected"));
    List<String> unpack = new ArrayList<>(List.of("tar", "-C", expected.toString(), "-xf", archive.toString()));
    unpack.addAll(KEEP);
    TestFolders.run(unpack.toArray(String[]::new));

    try (InputStream in = Files.newInputStream(archive)) {
      driver.apply("layer", null, in);
    }
    Map<String, String> ours = TestFolders.tree(driver, "layer");
    try (Fd fd = Fs.openat(Fd.cwd(), expected.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
      Map<String, String> theirs = TreeListing.below(fd);
      assertThat(ours.keySet()).isEqualTo(theirs.keySet());
      theirs.forEach((path, line) -> assertThat(ours.get(path)).as(path).isEqualTo(line));
    }
    // and what we pack, we unpack to the same again
    try (InputStream diff = driver.diff("layer")) {
      driver.apply("again", null, diff);
    }
    Map<String, String> again = TestFolders.tree(driver, "again");
    ours.forEach((path, line) -> assertThat(again.get(path)).as("of our own archive: " + path).isEqualTo(line));
    TestFolders.run("rm", "-rf", expected.toString(), archive.toString());
    driver.remove("layer");
    driver.remove("again");
  }

  @Test
  void partsOfThisMachine() throws Exception {
    List<String> members = new ArrayList<>();
    for (String name : List.of("zoneinfo", "perl", "info")) {
      if (Files.isDirectory(Path.of("/usr/share", name))) {
        members.add(name);
      }
    }
    assertUnpacksAlike(Path.of("/usr/share"), members, "--format=posix", "--xattrs", "--xattrs-include=*", "--acls", "--sparse");
  }

  @Test
  void theJdkThatRunsThis() throws Exception {
    assertUnpacksAlike(Path.of(System.getProperty("java.home")), List.of("."), "--format=gnu", "--exclude=./lib/modules", "--exclude=./jmods");
  }

  @Test
  void madeTreesInEveryFormat() throws Exception {
    for (String format : List.of("posix", "gnu", "oldgnu", "ustar", "v7")) {
      boolean plain = format.equals("ustar") || format.equals("v7");
      Path folder = Files.createDirectory(directory.resolve("made-" + format));
      new MadeTree(format.hashCode(), plain, !format.equals("v7")).make(folder);
      List<String> packing = new ArrayList<>(List.of("--format=" + format, "--sort=name"));
      if (format.equals("posix")) {
        packing.addAll(List.of("--xattrs", "--xattrs-include=*", "--acls"));
      }
      assertUnpacksAlike(folder, List.of("."), packing.toArray(String[]::new));
    }
  }

  @Test
  void sparseFilesInEveryFormat() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("sparse"));
    sparse(folder.resolve("start"), 1 << 20, 0);
    sparse(folder.resolve("end"), 1 << 20, (1 << 20) - 1);
    sparse(folder.resolve("hole-only"), 1 << 20);
    sparse(folder.resolve("empty"), 0);
    long[] many = new long[200];
    for (int i = 0; i < many.length; i++) {
      many[i] = i * 20_000L + i;
    }
    sparse(folder.resolve("many-pieces"), 5_000_000, many);
    sparse(folder.resolve("past-8-gib"), 9L << 30, 5, 4L << 30, (9L << 30) - 2);
    for (List<String> packing :
        List.of(
            List.of("--format=posix", "--sparse-version=1.0"),
            List.of("--format=posix", "--sparse-version=0.1"),
            List.of("--format=posix", "--sparse-version=0.0"),
            List.of("--format=gnu"),
            List.of("--format=oldgnu"))) {
      List<String> all = new ArrayList<>(packing);
      all.addAll(List.of("--sparse", "--hole-detection=seek", "--exclude=./past-8-gib"));
      assertUnpacksAlike(folder, List.of("."), all.toArray(String[]::new));
    }
  }

  private static void sparse(Path file, long size, long... written) throws IOException {
    try (Fd fd = Fs.openat(Fd.cwd(), file.toString(), Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL, 0644)) {
      Io.ftruncate(fd, size);
      for (long at : written) {
        Io.lseek(fd, at, Fcntl.SEEK_SET);
        Io.writeFully(fd, new byte[] {(byte) (at + 1)});
      }
      Fs.futimens(fd, new Timestamp(1_500_000_000, 0), new Timestamp(1_500_000_000, 0));
    }
  }

  /** A tree of everything that a file system has, the same for the same seed. */
  private static final class MadeTree {
    private final Random random;
    private final boolean plain;
    private final boolean devices;
    private final List<String> files = new ArrayList<>();

    /**
     * @param plain only what the old formats can hold: short names, small numbers, whole seconds
     * @param devices whether the format knows devices and fifos
     */
    MadeTree(long seed, boolean plain, boolean devices) {
      this.random = new Random(seed);
      this.plain = plain;
      this.devices = devices;
    }

    void make(Path folder) throws IOException {
      try (Fd root = Fs.openat(Fd.cwd(), folder.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
        fill(root, root, "", 0);
      }
    }

    private void fill(Fd root, Fd dir, String path, int depth) throws IOException {
      int count = 5 + random.nextInt(10);
      for (int i = 0; i < count; i++) {
        String name = name(i);
        String at = path.isEmpty() ? name : path + "/" + name;
        int kind = random.nextInt(depth < 3 ? 12 : 9);
        kind = kind >= 6 && kind <= 8 && !devices ? 0 : kind;
        switch (kind) {
          case 0, 1, 2, 3 -> file(dir, name, at);
          case 4 -> Fs.symlinkat(target(), dir, name);
          case 5 -> {
            if (files.isEmpty()) {
              file(dir, name, at);
            } else {
              Fs.linkat(root, files.get(random.nextInt(files.size())), dir, name, 0);
              continue;
            }
          }
          case 6 -> Fs.mknodat(dir, name, Stat.S_IFIFO | 0644, 0, 0);
          case 7 -> Fs.mknodat(dir, name, Stat.S_IFCHR | 0644, 1 + random.nextInt(200), random.nextInt(250));
          case 8 -> Fs.mknodat(dir, name, Stat.S_IFBLK | 0644, 1 + random.nextInt(200), random.nextInt(250));
          default -> {
            Fs.mkdirat(dir, name, 0755);
            try (Fd child = Fs.openat(dir, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
              fill(root, child, at, depth + 1);
            }
          }
        }
        attributes(dir, name, kind);
      }
    }

    private void file(Fd dir, String name, String at) throws IOException {
      byte[] content = new byte[random.nextInt(5) == 0 ? random.nextInt(400_000) : random.nextInt(3000)];
      random.nextBytes(content);
      try (Fd fd = Fs.openat(dir, name, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL, 0600)) {
        Io.writeFully(fd, content);
      }
      files.add(at);
    }

    private void attributes(Fd dir, String name, int kind) throws IOException {
      int bound = plain ? 2_000_000 : 400_000_000;
      if (random.nextBoolean()) {
        Fs.fchownat(dir, name, random.nextInt(bound), random.nextInt(bound), Fcntl.AT_SYMLINK_NOFOLLOW);
      }
      if (kind != 4) {
        Fs.fchmodat(dir, name, random.nextInt(010000));
      }
      if (!plain && random.nextInt(3) == 0) {
        byte[] value = new byte[random.nextInt(100)];
        random.nextBytes(value);
        Fs.lsetxattrat(dir, name, "trusted.test", value, 0);
        if (kind <= 3) {
          Fs.lsetxattrat(dir, name, "user.ünicode", value, 0);
        }
      }
      Timestamp time = new Timestamp(random.nextInt(2_000_000_000), plain ? 0 : random.nextInt(1_000_000_000));
      Fs.utimensat(dir, name, time, time, Fcntl.AT_SYMLINK_NOFOLLOW);
    }

    private String name(int number) {
      if (plain) {
        return "n" + number;
      }
      return switch (random.nextInt(8)) {
        case 0 -> "long-" + "x".repeat(random.nextInt(240)) + number;
        case 1 -> "ünïcødé-" + number;
        case 2 -> FileName.decode(new byte[] {'b', (byte) 0xff, (byte) 0x80, (byte) ('0' + number)});
        case 3 -> "with space\nand newline " + number;
        case 4 -> "-dash" + number;
        default -> "n" + number;
      };
    }

    private String target() {
      return switch (random.nextInt(4)) {
        case 0 -> "/absolute/" + random.nextInt(100);
        case 1 -> "../".repeat(1 + random.nextInt(10)) + "x";
        case 2 -> plain ? "short" : "t".repeat(1 + random.nextInt(1000));
        default -> "n1";
      };
    }
  }
}
