package dev.proa.spi.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.log.LogDriver;
import dev.proa.spi.log.LogDriver.LogBatch;
import dev.proa.spi.log.LogDriver.LogEntry;
import dev.proa.spi.log.LogDriver.LogTarget;
import dev.proa.spi.log.LogDriver.Source;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every log driver has to do. A driver's test extends it and hands it a factory; a driver that cannot be read ({@link LogDriver#readable}) is asked
 * only for the rest.
 */
public abstract class LogDriverSuite {
  @TempDir protected Path directory;

  private DriverContext context;
  private LogDriver driver;

  /** A new instance, not yet open. */
  protected abstract LogDriver newDriver();

  /** Why this host cannot run the driver, or null. */
  protected @Nullable String missing() {
    return null;
  }

  @BeforeEach
  final void openDriver() throws java.io.IOException {
    String reason = missing();
    assumeTrue(reason == null, () -> "skipped: " + reason);
    context = Folders.below(directory);
    driver = newDriver();
    driver.open(context);
  }

  @AfterEach
  final void closeDriver() {
    if (driver != null) {
      driver.close();
      driver.close();
    }
  }

  private static LogTarget target(String name) {
    return new LogTarget(name.repeat(64).substring(0, 64), name, "busybox", Map.of());
  }

  private static LogEntry entry(int number) {
    byte[] text = ("line " + number + "\n").getBytes(StandardCharsets.UTF_8);
    return new LogEntry(number % 3 == 0 ? Source.STDERR : Source.STDOUT, Instant.ofEpochSecond(1_700_000_000L + number, number * 1000L + 7), text);
  }

  private static List<LogEntry> entries(int from, int to) {
    List<LogEntry> entries = new ArrayList<>();
    for (int i = from; i < to; i++) {
      entries.add(entry(i));
    }
    return entries;
  }

  private static List<String> texts(List<LogEntry> entries) {
    return entries.stream().map(entry -> entry.source() + " " + entry.time() + " " + new String(entry.text(), StandardCharsets.UTF_8)).toList();
  }

  private List<LogEntry> all(LogDriver from, LogTarget log, int limit) {
    List<LogEntry> all = new ArrayList<>();
    String cursor = null;
    while (true) {
      LogBatch batch = from.read(log, cursor, -1, limit);
      assertThat(batch.entries()).hasSizeLessThanOrEqualTo(limit);
      all.addAll(batch.entries());
      cursor = batch.cursor();
      if (batch.entries().size() < limit) {
        return all;
      }
    }
  }

  private void assumeReadable() {
    assumeTrue(driver.readable(), "skipped: the driver cannot be read");
  }

  @Test
  void whatIsWrittenIsReadInOrderWithSourceTimeAndBytes() {
    assumeReadable();
    driver.write(target("a"), entries(0, 100));
    assertThat(texts(all(driver, target("a"), 1000))).isEqualTo(texts(entries(0, 100)));
    assertThat(texts(all(driver, target("a"), 7))).isEqualTo(texts(entries(0, 100)));
  }

  @Test
  void aCursorGoesOnWhereItStoodWhenMoreWasWritten() {
    assumeReadable();
    driver.write(target("a"), entries(0, 10));
    LogBatch first = driver.read(target("a"), null, -1, 100);
    LogBatch none = driver.read(target("a"), first.cursor(), -1, 100);
    assertThat(none.entries()).isEmpty();
    driver.write(target("a"), entries(10, 20));
    driver.finish(target("a"));
    assertThat(texts(driver.read(target("a"), none.cursor(), -1, 100).entries())).isEqualTo(texts(entries(10, 20)));
  }

  @Test
  void theTailIsTheLastEntries() {
    assumeReadable();
    driver.write(target("a"), entries(0, 50));
    assertThat(texts(driver.read(target("a"), null, 3, 100).entries())).isEqualTo(texts(entries(47, 50)));
    assertThat(driver.read(target("a"), null, 0, 100).entries()).isEmpty();
    assertThat(driver.read(target("a"), null, 80, 100).entries()).hasSize(50);
  }

  @Test
  void bytesThatAreNoTextAndLinesWithoutAnEndComeBackAsTheyWere() {
    assumeReadable();
    byte[] bytes = new byte[256];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    byte[] large = new byte[16384];
    java.util.Arrays.fill(large, (byte) 'x');
    List<LogEntry> odd =
        List.of(
            new LogEntry(Source.STDOUT, Instant.EPOCH, bytes), new LogEntry(Source.STDERR, Instant.EPOCH, large), new LogEntry(Source.STDOUT, Instant.EPOCH, new byte[] {'\n'}));
    driver.write(target("a"), odd);
    List<LogEntry> read = all(driver, target("a"), 10);
    assertThat(read).hasSameSizeAs(odd);
    for (int i = 0; i < odd.size(); i++) {
      assertThat(read.get(i).text()).isEqualTo(odd.get(i).text());
    }
  }

  @Test
  void logsAreApartAndAnUnknownOneIsEmpty() {
    assumeReadable();
    driver.write(target("a"), entries(0, 2));
    driver.write(target("b"), entries(5, 6));
    assertThat(texts(all(driver, target("a"), 10))).isEqualTo(texts(entries(0, 2)));
    assertThat(texts(all(driver, target("b"), 10))).isEqualTo(texts(entries(5, 6)));
    assertThat(all(driver, target("c"), 10)).isEmpty();
  }

  @Test
  void aSecondInstanceOverTheSameFolderReadsAndWritesOnWhileTheFirstIsOpen() {
    driver.write(target("a"), entries(0, 5));
    try (LogDriver second = newDriver()) {
      second.open(context);
      second.write(target("a"), entries(5, 8));
      driver.write(target("a"), entries(8, 10));
      if (driver.readable()) {
        assertThat(texts(all(second, target("a"), 100))).isEqualTo(texts(entries(0, 10)));
        LogBatch first = driver.read(target("a"), null, -1, 4);
        assertThat(texts(second.read(target("a"), first.cursor(), -1, 100).entries())).as("a cursor of the one serves the other").isEqualTo(texts(entries(4, 10)));
      }
    }
  }

  @Test
  void aRemovedLogIsGoneAndMayBeRemovedAgain() {
    driver.write(target("a"), entries(0, 5));
    driver.finish(target("a"));
    driver.finish(target("a"));
    driver.remove(target("a"));
    driver.remove(target("a"));
    if (driver.readable()) {
      assertThat(all(driver, target("a"), 10)).isEmpty();
    }
  }

  @Test
  void anOptionThatItDoesNotKnowIsRefusedByName() {
    driver.check(Map.of());
    assertThatThrownBy(() -> driver.check(Map.of("no-such-option", "1")))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.is(ErrorClass.INVALID_ARGUMENT)).isTrue())
        .hasMessageContaining("no-such-option");
  }
}
