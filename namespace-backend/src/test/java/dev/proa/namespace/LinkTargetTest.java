package dev.proa.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.namespace.plan.Links;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinkTargetTest {
  @TempDir Path directory;

  @Test
  void absoluteAndRelativeLinksStayBelowTheRoot() throws IOException {
    Path root = Files.createDirectories(directory.resolve("root"));
    link(root, "a", "/x/y");
    link(root, "b", "../../../x/z");
    link(root, "c", "a/../b/deep");
    for (String path : List.of("a", "b", "c")) {
      make(root, path, true);
    }
    make(root, "d/e/f", false);
    assertThat(root.resolve("x/y")).isDirectory();
    assertThat(root.resolve("x/z")).isDirectory();
    assertThat(root.resolve("x/b/deep")).as("what comes after a link is below its target").isDirectory();
    assertThat(root.resolve("d/e/f")).isEmptyFile();
    assertThat(names(directory)).containsExactly("root");
  }

  @Test
  void linksWithoutEndAreRefused() throws IOException {
    Path root = Files.createDirectories(directory.resolve("root"));
    link(root, "loop", "loop");
    link(root, "grows", "grows/x");
    assertThatThrownBy(() -> make(root, "loop", true)).isInstanceOf(ErrnoException.class).hasMessageContaining("ELOOP");
    assertThatThrownBy(() -> make(root, "grows", true)).isInstanceOf(ErrnoException.class).hasMessageContaining("ELOOP");
  }

  @Test
  void aTreeThatChangesMeanwhileLeadsNowhereElse() throws Exception {
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Path root = Files.createDirectories(directory.resolve("root"));
    Path real = Files.createDirectories(root.resolve("d"));
    Path kept = root.resolve("kept");
    AtomicBoolean over = new AtomicBoolean();
    Thread attacker =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!over.get()) {
                    try {
                      Files.move(real, kept);
                      Files.createSymbolicLink(real, outside);
                      Files.delete(real);
                      Files.createSymbolicLink(real, Path.of("../outside"));
                      Files.delete(real);
                      Files.move(kept, real);
                    } catch (IOException quicker) {
                      // What is made below it meanwhile comes between: the next round goes on from what is there.
                      restore(real, kept);
                    }
                  }
                });
    for (int i = 0; i < 2000; i++) {
      try {
        make(root, "d/made/" + i, i % 2 == 0);
      } catch (ErrnoException refused) {
        assertThat(refused.errno().name()).isIn("ELOOP", "ENOENT", "ENOTDIR", "EXDEV", "EAGAIN");
      }
    }
    over.set(true);
    attacker.join();
    assertThat(outside).isEmptyDirectory();
  }

  private static void restore(Path real, Path kept) {
    try {
      if (Files.isSymbolicLink(real)) {
        Files.delete(real);
      }
      if (Files.exists(kept) && !Files.exists(real)) {
        Files.move(kept, real);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void link(Path root, String name, String text) throws IOException {
    Files.createSymbolicLink(root.resolve(name), Path.of(text));
  }

  private static void make(Path root, String path, boolean directory) throws ErrnoException {
    try (Fd fd = Fs.open(root.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      LinkTarget.make(fd, new Links.Wanted(path, directory));
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }
}
