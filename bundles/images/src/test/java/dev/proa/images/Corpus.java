package dev.proa.images;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Feeds a parser with what lies in {@code corpus/KIND}, as it is and changed at random: bits, runs of bytes, words that parsers stumble over, parts of other
 * files. The same on every machine. Whatever a parser once took badly is put into the folder.
 */
public final class Corpus {
  private static final List<String> WORDS =
      List.of(
          "null", "[]", "{}", "1e999", "-1", "99999999999999999999", "\"\"", "true", "\"\\u0000\"", "[[[[", "\0", ",", ":", "=", "\"", "\\", "/", "..", "@", " ",
          "\"sha256:x\"", "sha256:", "\r\n", "\ud83d\ude00", "%s", "a".repeat(300));

  private Corpus() {}

  private static List<byte[]> files(String kind) {
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/corpus", kind))) {
      return files.sorted().map(Corpus::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs a parser over the files, and over so many of their changes.
   *
   * @param parser may refuse by returning; whatever it throws fails the test, with what it was given
   */
  public static void feed(String kind, int changes, Consumer<byte[]> parser) {
    List<byte[]> files = files(kind);
    files.forEach(file -> feed(file, parser));
    Random random = new Random(kind.hashCode());
    for (int i = 0; i < changes; i++) {
      byte[] changed = files.get(random.nextInt(files.size()));
      for (int n = random.nextInt(3); n >= 0; n--) {
        changed = changed(changed, files, random);
      }
      feed(changed, parser);
    }
  }

  private static void feed(byte[] input, Consumer<byte[]> parser) {
    try {
      parser.accept(input);
    } catch (RuntimeException | Error e) {
      throw new AssertionError("given " + new String(input, 0, Math.min(input.length, 2000), StandardCharsets.ISO_8859_1), e);
    }
  }

  private static byte[] changed(byte[] file, List<byte[]> files, Random random) {
    int from = random.nextInt(file.length + 1);
    int to = Math.min(file.length, from + random.nextInt(40));
    return switch (random.nextInt(6)) {
      case 0 -> {
        byte[] flipped = file.clone();
        if (from < flipped.length) {
          flipped[from] ^= (byte) (1 << random.nextInt(8));
        }
        yield flipped;
      }
      case 1 -> Arrays.copyOf(file, from);
      case 2 -> joined(file, from, new byte[0], to);
      case 3 -> joined(file, to, Arrays.copyOfRange(file, from, to), from);
      case 4 -> {
        byte[] other = files.get(random.nextInt(files.size()));
        int start = random.nextInt(other.length + 1);
        yield joined(file, from, Arrays.copyOfRange(other, start, Math.min(other.length, start + random.nextInt(600))), to);
      }
      default -> joined(file, from, WORDS.get(random.nextInt(WORDS.size())).getBytes(StandardCharsets.UTF_8), to);
    };
  }

  /** The file up to one place, something else, and the file from another place on. */
  private static byte[] joined(byte[] file, int upTo, byte[] middle, int from) {
    byte[] joined = Arrays.copyOf(file, upTo + middle.length + file.length - from);
    System.arraycopy(middle, 0, joined, upTo, middle.length);
    System.arraycopy(file, from, joined, upTo + middle.length, file.length - from);
    return joined;
  }
}
