package dev.proa.spi.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.conformance.ModelTree.Member;
import dev.proa.spi.storage.StorageDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Chains of random layers, unpacked by the driver and mounted as a container sees them, against {@link ModelTree}: the same tree, or both
 * refuse the layer. Few names, so that members meet often: links below links, whiteouts of what is replaced, directories over files.
 */
@Timeout(3600)
public abstract class LayerMeaningSuite {
  private static final int ROUNDS = Integer.getInteger("proa.fuzz.rounds", 300);
  private static final String[] NAMES = {"a", "b", "l"};
  private static final String[] TARGETS = {"a", "b", "a/b", "..", "/", "/a", "../a", "l", "./b", "/b/a", "a/../b"};

  @TempDir Path directory;

  /** A driver that is not open yet. */
  protected abstract StorageDriver newDriver();

  @Test
  void chainsOfRandomLayersLookAsTheModelSays() throws IOException {
    assumeTrue(Processes.geteuid() == 0, "skipped: owners and devices need root");
    int refused = 0;
    int applied = 0;
    try (StorageDriver driver = newDriver()) {
      try {
        driver.open(Folders.below(directory));
      } catch (ProaException e) {
        assumeTrue(!e.is(ErrorClass.FAILED_PRECONDITION), () -> "skipped: " + e.getMessage());
        throw e;
      }
      for (int seed = 0; seed < ROUNDS; seed++) {
        Random random = new Random(seed);
        ModelTree model = new ModelTree();
        List<List<Member>> history = new ArrayList<>();
        String parent = null;
        int layers = 1 + random.nextInt(5);
        for (int n = 0; n < layers; n++) {
          List<Member> layer = layer(random);
          history.add(layer);
          String wanted = refusal(model, layer);
          String got = refusal(driver, "layer-" + n, parent, layer);
          String story = "seed " + seed + ", layer " + n + ": " + history;
          assertThat(got == null).as("%s: the model says %s, the driver %s", story, wanted, got).isEqualTo(wanted == null);
          if (wanted != null) {
            refused++;
            break; // the model has applied a part of it
          }
          applied++;
          parent = "layer-" + n;
          driver.view("view", parent);
          try (MountedRoot root = MountedRoot.of(driver.mounts("view"))) {
            assertThat(listing(root)).as(story).isEqualTo(model.listing());
          } finally {
            driver.remove("view");
          }
        }
        for (int n = layers - 1; n >= 0; n--) {
          try {
            driver.remove("layer-" + n);
          } catch (ProaException e) {
            assertThat(e.errorClass()).isEqualTo(ErrorClass.NOT_FOUND);
          }
        }
      }
    }
    assertThat(applied).isGreaterThan(ROUNDS / 2);
    assertThat(refused).isGreaterThan(ROUNDS / 20);
  }

  private static List<Member> layer(Random random) {
    List<Member> members = new ArrayList<>();
    for (int i = random.nextInt(7); i >= 0; i--) {
      String name = name(random);
      int kind = random.nextInt(20);
      char type = kind < 6 ? '5' : kind < 11 ? '0' : kind < 14 ? '2' : kind < 15 ? '1' : kind < 17 ? '6' : kind < 18 ? '3' : 'w';
      if (type == 'w') {
        int slash = name.lastIndexOf('/') + 1;
        name = random.nextInt(3) == 0 ? name + "/.wh..wh..opq" : name.substring(0, slash) + ".wh." + name.substring(slash);
        type = '0';
      }
      String target =
          switch (type) {
            case '0' -> "content " + random.nextInt(100);
            case '1' -> name(random);
            case '2' -> TARGETS[random.nextInt(TARGETS.length)];
            default -> "";
          };
      int mode = type == '3' ? 0 : type == '2' ? 0777 : random.nextInt(01000);
      members.add(new Member(type, name, target, mode, random.nextInt(3), 1_000_000_000 + random.nextInt(1000)));
    }
    return members;
  }

  private static String name(Random random) {
    StringBuilder name = new StringBuilder(NAMES[random.nextInt(3)]);
    for (int i = random.nextInt(3); i > 0; i--) {
      name.append('/').append(NAMES[random.nextInt(3)]);
    }
    return switch (random.nextInt(60)) {
      case 0 -> "../" + name;
      case 1 -> "/" + name;
      case 2 -> name + "/../" + NAMES[random.nextInt(3)];
      default -> name.toString();
    };
  }

  private static @Nullable String refusal(ModelTree model, List<Member> layer) {
    try {
      model.apply(layer);
      return null;
    } catch (ModelTree.Refused e) {
      return e.getMessage();
    }
  }

  private static @Nullable String refusal(StorageDriver driver, String key, @Nullable String parent, List<Member> layer)
      throws IOException {
    LayerTar tar = new LayerTar();
    for (Member m : layer) {
      tar.mode(m.mode()).owner(m.owner(), m.owner()).time(m.time(), 0);
      switch (m.type()) {
        case '0' -> tar.file(m.name(), m.target());
        case '1' -> tar.hardLink(m.name(), m.target());
        case '2' -> tar.symbolicLink(m.name(), m.target());
        case '3' -> tar.characterDevice(m.name(), 0, 0);
        case '5' -> tar.directory(m.name());
        default -> tar.fifo(m.name());
      }
    }
    try {
      driver.apply(key, parent, tar.stream());
      return null;
    } catch (ProaException e) {
      assertThat(e.errorClass()).as(e.getMessage()).isEqualTo(ErrorClass.INVALID_ARGUMENT);
      return e.getMessage();
    }
  }

  /** As {@link ModelTree#listing()}. */
  private static Map<String, String> listing(MountedRoot root) throws IOException {
    Map<String, String> lines = new TreeMap<>();
    try (Fd opened = Fs.openat(root.fd(), ".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
      list(opened, "", lines, new HashMap<>());
    }
    return lines;
  }

  private static void list(Fd dir, String path, Map<String, String> lines, Map<String, String> first) throws IOException {
    for (DirectoryEntry entry : Fs.getdents(dir).stream().sorted((a, b) -> a.name().compareTo(b.name())).toList()) {
      String at = path.isEmpty() ? entry.name() : path + "/" + entry.name();
      FileStatus status = Fs.statx(dir, entry.name(), Fcntl.AT_SYMLINK_NOFOLLOW);
      char type =
          switch (status.type()) {
            case Stat.S_IFDIR -> '5';
            case Stat.S_IFLNK -> '2';
            case Stat.S_IFIFO -> '6';
            case Stat.S_IFREG -> '0';
            default -> '?';
          };
      assertThat(status.uid()).isEqualTo(status.gid());
      String line = type + " " + Integer.toOctalString(status.permissions()) + " " + status.uid() + " " + status.mtime().seconds();
      if (type == '2') {
        line += " " + Fs.readlinkat(dir, entry.name());
      } else if (type == '0') {
        try (Fd file = Fs.openat(dir, entry.name(), Fcntl.O_RDONLY)) {
          byte[] content = new byte[100];
          line += " " + new String(content, 0, Io.read(file, content, 0, content.length), StandardCharsets.UTF_8);
        }
      }
      if (type != '5') {
        String file = status.devMajor() + ":" + status.devMinor() + ":" + status.ino();
        first.putIfAbsent(file, at);
        line += " same-as " + first.get(file);
      }
      lines.put(at, line);
      if (type == '5') {
        try (Fd child = Fs.openat(dir, entry.name(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
          list(child, at, lines, first);
        }
      }
    }
  }
}
