package dev.proa.microvm.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code proa kernel} as a command. */
final class KernelCommandTest {
  @TempDir private Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    return Main.run(List.of(arguments), new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String said() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void folderThatIsNoDataRootIsLeftAlone() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");
    Path root = Files.createDirectory(folder.resolve("root"));
    assertThat(run("install", "--data-root", root.toString(), file.toString())).isEqualTo(1);
    assertThat(said()).contains("is no data root of proad: start it there once");
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void whatIsNoKernelIsNamed() throws IOException {
    Files.writeString(folder.resolve("proa.layout"), "1");
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertThat(run("install", "--data-root=" + folder, file.toString())).isEqualTo(1);
    assertThat(said()).contains(file + " is no kernel");
    assertThat(run("install", "--data-root=" + folder, folder.resolve("none").toString())).isEqualTo(1);
    assertThat(said()).contains("no such file: " + folder.resolve("none"));
  }

  @Test
  void wrongUseSaysTheRightOne() {
    for (String[] words : new String[][] {{}, {"nonsense", "--data-root", folder.toString()}, {"--wrong"}, {"install", "a", "b"}}) {
      assertThat(run(words)).isIn(1, 2);
    }
    assertThat(said()).contains("usage: proa kernel install");
  }

  @Test
  void unknownKernelCannotBeRemoved() throws IOException {
    Files.writeString(folder.resolve("proa.layout"), "1");
    assertThat(run("rm", "--data-root", folder.toString(), "6.1")).isEqualTo(1);
    assertThat(said()).contains("no such kernel: 6.1");
    assertThat(run("ls", "--data-root", folder.toString())).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("VERSION");
  }
}
