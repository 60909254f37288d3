package dev.proa.lifecycle.internal.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.lifecycle.containers.AttachRequest;
import dev.proa.lifecycle.containers.LogsRequest;
import dev.proa.lifecycle.internal.logs.JsonFileLog;
import dev.proa.lifecycle.internal.logs.LogOptions;
import dev.proa.lifecycle.internal.logs.LogReader;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.Pipe;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.isolation.TaskStreams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real pipes; the process is this test. */
class ProcessStreamsTest {
  private static final AttachRequest OUTPUT = new AttachRequest(true, false, false, true, true, null);

  private final Readiness readiness = new Readiness();
  private Pipe out;
  private Pipe in;
  private Path file;
  private JsonFileLog log;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    out = Io.pipe2(Fcntl.O_CLOEXEC);
    in = Io.pipe2(Fcntl.O_CLOEXEC);
    file = folder.resolve("container/log");
    log = new JsonFileLog(file, LogOptions.of(null, Map.of(), List.of()));
    log.begin();
  }

  @AfterEach
  void close() {
    out.close();
    in.close();
    readiness.close();
  }

  private ProcessStreams streams(boolean stdinOnce) {
    return new ProcessStreams(readiness, false, stdinOnce, () -> {});
  }

  /** As the backend hands them over: new descriptors, which the streams then own. */
  private TaskStreams taken() throws IOException {
    return new TaskStreams(in.writeEnd().duplicate().release(), out.readEnd().duplicate().release(), -1, false);
  }

  private void print(String text) throws IOException {
    Io.writeFully(out.writeEnd(), text.getBytes(StandardCharsets.UTF_8));
  }

  private String logged() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    new LogReader(log, new LogsRequest(true, true, null, null, false, -1, false, false), false).pump((stream, data) -> copy(data, text));
    return text.toString(StandardCharsets.UTF_8);
  }

  private static void copy(ByteBuffer data, ByteArrayOutputStream into) {
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    into.writeBytes(bytes);
  }

  @Test
  void clientsSeeAnUnfinishedLineThatIsNotLoggedYet() throws Exception {
    ProcessStreams streams = streams(false);
    StreamAttachment client = streams.attach(OUTPUT, () -> {});
    streams.connect(taken(), log);
    print("password: ");
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    client.pump(
        (stream, data) -> {
          copy(data, seen);
          client.close();
        });
    assertThat(seen.toString(StandardCharsets.UTF_8)).isEqualTo("password: ");
    assertThat(logged()).isEmpty();
    out.writeEnd().close();
    assertThat(streams.awaitDrained(Duration.ofSeconds(10))).isTrue();
    assertThat(logged()).isEqualTo("password: ");
  }

  @Test
  void whatWasNotLoggedIsLeftForTheNextDaemon() throws Exception {
    ProcessStreams first = streams(false);
    StreamAttachment client = first.attach(OUTPUT, () -> {});
    first.connect(taken(), log);
    print("one\nhal");
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    client.pump(
        (stream, data) -> {
          copy(data, seen);
          if (seen.size() == 7) {
            client.close();
          }
        });
    first.close();
    first.awaitReaders();
    assertThat(logged()).isEqualTo("one\n");
    ProcessStreams second = streams(false);
    second.connect(taken(), log);
    print("f\n");
    out.writeEnd().close();
    assertThat(second.awaitDrained(Duration.ofSeconds(10))).isTrue();
    assertThat(logged()).isEqualTo("one\nhalf\n");
  }

  @Test
  void everyByteComesToTheLogAndToSlowClients() throws Exception {
    ProcessStreams streams = streams(false);
    StreamAttachment client = streams.attach(OUTPUT, () -> {});
    streams.connect(taken(), log);
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 60_000; i++) {
      expected.append("line ").append(i).append(" of many, with \"quotes\", <tags> and umlauts: äöü\n");
    }
    Thread printer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    print(expected.toString());
                    out.writeEnd().close();
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    client.pump((stream, data) -> copy(data, seen));
    printer.join();
    assertThat(streams.awaitDrained(Duration.ofSeconds(10))).isTrue();
    assertThat(seen.toString(StandardCharsets.UTF_8)).isEqualTo(expected.toString());
    assertThat(logged()).isEqualTo(expected.toString());
  }

  /** A program that buffers its output writes blocks, which end within a line; the rest often comes while the first part is looked at. */
  @Test
  void aLineThatComesInTwoWritesIsOneEntry() throws Exception {
    ProcessStreams streams = streams(false);
    streams.connect(taken(), log);
    int lines = 100_000;
    Thread printer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    for (int i = 0; i < lines; i++) {
                      print("one half");
                      print(", the other\n");
                    }
                    out.writeEnd().close();
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
    printer.join();
    assertThat(streams.awaitDrained(Duration.ofSeconds(60))).isTrue();
    try (Stream<String> entries = Files.lines(file)) {
      assertThat(entries.filter(entry -> !entry.startsWith("{\"log\":\"one half, the other\\n\"")).limit(3)).isEmpty();
    }
    assertThat(logged()).hasSize(lines * "one half, the other\n".length());
  }

  @Test
  void anEntryThatALossOfPowerToreDoesNotSpoilTheNext() throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "{\"log\":\"one\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:00Z\"}\n{\"log\":\"tw");
    ProcessStreams streams = streams(false);
    streams.connect(taken(), log);
    print("three\n");
    out.writeEnd().close();
    assertThat(streams.awaitDrained(Duration.ofSeconds(10))).isTrue();
    assertThat(logged()).isEqualTo("one\nthree\n");
  }

  @Test
  void aClientThatIsGoneHoldsNobodyUp() throws Exception {
    ProcessStreams streams = streams(false);
    StreamAttachment client = streams.attach(OUTPUT, () -> {});
    streams.connect(taken(), log);
    Thread printer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    print("x".repeat(9_999) + "\n".repeat(1) + "y\n".repeat(2_000_000));
                    out.writeEnd().close();
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
    client.close();
    printer.join();
    assertThat(streams.awaitDrained(Duration.ofSeconds(30))).isTrue();
  }

  /** {@code docker run … | less}: the last words of a process that has ended were lost, to its log as well. */
  @Test
  void nothingThatAnEndedProcessWroteIsLostToASlowClientOrTheLog() throws Exception {
    ProcessStreams streams = streams(false);
    StreamAttachment client = streams.attach(OUTPUT, () -> {});
    streams.connect(taken(), log);
    String text = ("x".repeat(99) + "\n").repeat((OutputBuffer.CAPACITY + 48_000) / 100);
    print(text); // as much as client and pipe hold together
    out.writeEnd().close();
    assertThat(streams.awaitDrained(Duration.ofSeconds(30))).isTrue();
    assertThat(logged()).isEqualTo(text);
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    client.pump((stream, data) -> copy(data, seen));
    assertThat(seen.size()).isEqualTo(text.length());
  }

  @Test
  void inputThatIsWrittenBeforeTheStartArrivesAndEnds() throws Exception {
    ProcessStreams streams = streams(true);
    StreamAttachment client = streams.attach(new AttachRequest(true, false, true, true, true, null), () -> {});
    Thread writer =
        Thread.startVirtualThread(
            () -> {
              client.stdin(ByteBuffer.wrap("early".getBytes(StandardCharsets.UTF_8)));
              client.stdinEof();
            });
    streams.connect(taken(), log);
    in.writeEnd().close();
    writer.join();
    byte[] read = new byte[16];
    int n = Io.read(in.readEnd(), read, 0, read.length);
    assertThat(new String(read, 0, n, StandardCharsets.UTF_8)).isEqualTo("early");
    assertThat(Io.read(in.readEnd(), read, 0, read.length)).isZero();
    streams.close();
  }

  @Test
  void aWriterOfBytesInPacketsIsReadToo() throws Exception {
    try (Pipe packets = Io.pipe2(Fcntl.O_CLOEXEC | Fcntl.O_DIRECT)) {
      ProcessStreams streams = streams(false);
      streams.connect(new TaskStreams(-1, packets.readEnd().duplicate().release(), -1, false), log);
      try (Fd end = packets.writeEnd()) {
        for (int i = 0; i < 200; i++) {
          Io.writeFully(end, new byte[] {'z'});
        }
      }
      assertThat(streams.awaitDrained(Duration.ofSeconds(10))).isTrue();
      assertThat(logged()).isEqualTo("z".repeat(200));
    }
  }

  @Test
  void aSilentProcessIsReadToItsEndAndMakesNoLog() throws Exception {
    ProcessStreams streams = streams(false);
    streams.connect(taken(), log);
    StreamAttachment client = streams.attach(OUTPUT, () -> {});
    assertThat(streams.awaitDrained(Duration.ofMillis(1))).isFalse();
    out.writeEnd().close();
    assertThat(streams.awaitDrained(Duration.ofSeconds(10))).isTrue();
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    client.pump((stream, data) -> copy(data, seen)); // ends
    assertThat(seen.size()).isZero();
    assertThat(file).doesNotExist();
    assertThat(logged()).isEmpty();
  }

  @Test
  void streamsThatNobodyHasReadYetAreLetGo() throws Exception {
    ProcessStreams streams = streams(false);
    streams.connect(taken(), log);
    streams.close();
    streams.awaitReaders();
    print("later\n");
    ProcessStreams next = streams(false);
    next.connect(taken(), log);
    out.writeEnd().close();
    assertThat(next.awaitDrained(Duration.ofSeconds(10))).isTrue();
    assertThat(logged()).isEqualTo("later\n");
  }

  @Test
  void detachKeysAreFoundAndHeldBack() {
    DetachKeys keys = DetachKeys.parse(null);
    assertThat(keys.filter(new byte[] {'a', 16})).containsExactly('a');
    assertThat(keys.filter(new byte[] {'b'})).containsExactly(16, 'b');
    assertThat(keys.detached()).isFalse();
    keys.filter(new byte[] {16});
    keys.filter(new byte[] {17});
    assertThat(keys.detached()).isTrue();
    assertThat(DetachKeys.parse("ctrl-x,x,@").filter("a".getBytes(StandardCharsets.UTF_8))).containsExactly('a');
  }
}
