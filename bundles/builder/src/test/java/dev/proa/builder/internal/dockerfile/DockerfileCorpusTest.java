package dev.proa.builder.internal.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Dockerfiles as people write them: {@code src/test/dockerfiles} has those that are to be read, {@code refused} below it those that are not. Another folder is
 * named by {@code -Dproa.dockerfiles=FOLDER}: all files in it are read, and those that are refused are printed with what was said.
 */
final class DockerfileCorpusTest {
  private static final Path CORPUS = Path.of("src/test/dockerfiles");

  private static List<Path> files(Path folder, int depth) throws IOException {
    try (Stream<Path> all = Files.walk(folder, depth)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static Dockerfile read(Path file) throws IOException {
    Dockerfile read = Dockerfile.parse(file.getFileName().toString(), new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    Lint.of(read, image -> null, null);
    return read;
  }

  @Test
  void dockerfilesOfAllSortsAreRead() throws IOException {
    List<Path> files = files(CORPUS, 1);
    assertThat(files).hasSizeGreaterThan(8);
    for (Path file : files) {
      assertThat(read(file).stages()).as(file.toString()).isNotEmpty();
    }
  }

  @Test
  void whatIsWrongIsRefusedWithItsLine() throws IOException {
    List<Path> files = files(CORPUS.resolve("refused"), 1);
    assertThat(files).hasSizeGreaterThan(4);
    for (Path file : files) {
      String expected = Files.readAllLines(file).getFirst().replaceFirst("^# *", "");
      String said = "";
      try {
        read(file);
      } catch (ProaException e) {
        said = e.getMessage();
      }
      assertThat(said).as(file.toString()).contains(expected);
    }
  }

  @Test
  void aFolderThatIsNamedIsReadToo() throws IOException {
    String folder = System.getProperty("proa.dockerfiles");
    assumeTrue(folder != null, "no folder of Dockerfiles is named by -Dproa.dockerfiles");
    List<Path> files = files(Path.of(folder), Integer.MAX_VALUE);
    int refused = 0;
    for (Path file : files) {
      try {
        read(file);
      } catch (ProaException e) {
        refused++;
        System.out.println(file + ": " + e.getMessage());
      }
    }
    System.out.println(files.size() + " Dockerfiles of " + folder + ", " + refused + " refused");
    assertThat(refused).isLessThan(files.size());
  }
}
