package dev.proa.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteStateStoreTest {
  @TempDir Path dir;

  @Test
  void whatWasWrittenIsThereAfterReopening() {
    try (SqliteStateStore store = SqliteStateStore.open(dir.resolve("state.db"))) {
      store.write(tx -> tx.put("container", "b", bytes("2")).put("container", "a", bytes("1")).put("volume", "a", bytes("v")));
      store.write(tx -> tx.put("container", "b", bytes("3")).delete("volume", "a"));
    }
    try (SqliteStateStore store = SqliteStateStore.open(dir.resolve("state.db"))) {
      assertThat(store.all("container")).containsOnlyKeys("a", "b");
      assertThat(store.all("container").keySet()).containsExactly("a", "b");
      assertThat(store.get("container", "b")).hasValueSatisfying(body -> assertThat(new String(body, UTF_8)).isEqualTo("3"));
      assertThat(store.get("volume", "a")).isEmpty();
    }
  }

  @Test
  void aStoreThatIsStillOpenIsReadFromTheDiskAlone() throws Exception {
    // What a killed daemon leaves: the files as they lie there, with no close.
    try (SqliteStateStore store = SqliteStateStore.open(dir.resolve("state.db"))) {
      store.write(tx -> tx.put("container", "a", bytes("1")));
      Path copy = Files.createDirectory(dir.resolve("copy"));
      for (String name : List.of("state.db", "state.db-wal")) {
        Files.copy(dir.resolve(name), copy.resolve(name));
      }
      try (SqliteStateStore recovered = SqliteStateStore.open(copy.resolve("state.db"))) {
        assertThat(recovered.all("container")).containsOnlyKeys("a");
      }
    }
  }

  @Test
  void concurrentWritersLoseNothing() throws Exception {
    try (SqliteStateStore store = SqliteStateStore.open(dir.resolve("state.db"));
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String key = "k" + i;
        writers.add(executor.submit(() -> store.write(tx -> tx.put("container", key, bytes(key)))));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
      assertThat(store.all("container")).hasSize(200);
    }
  }

  @Test
  void aFullDiskStillTakesTheEndsOfContainers() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "mounting a small file system needs root");
    Path small = Files.createDirectory(dir.resolve("small"));
    run("mount", "-t", "tmpfs", "-o", "size=8m", "none", small.toString());
    try {
      try (SqliteStateStore store = SqliteStateStore.open(small.resolve("state.db"))) {
        for (int i = 0; i < 50; i++) {
          String key = "c" + i;
          store.write(tx -> tx.put("container", key, new byte[3000]));
        }
        fill(small.resolve("big"));
        for (int i = 0; i < 50; i++) {
          String key = "c" + i;
          store.write(tx -> tx.put("container", key, new byte[3500]));
        }
        assertThatThrownBy(() -> store.write(tx -> tx.put("container", "huge", new byte[4 << 20])))
            .hasMessageContaining("no space left on device")
            .asInstanceOf(InstanceOfAssertFactories.type(ProaException.class))
            .extracting(ProaException::errorClass)
            .isEqualTo(ErrorClass.RESOURCE_EXHAUSTED);
        store.write(tx -> tx.delete("container", "c0"));
        assertThat(store.all("container")).hasSize(49).doesNotContainKeys("huge", "c0");
      }
      try (SqliteStateStore store = SqliteStateStore.open(small.resolve("state.db"))) {
        assertThat(store.all("container")).hasSize(49).allSatisfy((key, body) -> assertThat(body).hasSize(3500));
      }
    } finally {
      run("umount", small.toString());
    }
  }

  private static void fill(Path file) throws IOException {
    byte[] block = new byte[4096];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < 1 << 20; i++) {
        out.write(block);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
  }

  @Test
  void aStoreInUseIsRefused() {
    try (SqliteStateStore store = SqliteStateStore.open(dir.resolve("state.db"))) {
      store.write(tx -> tx.put("a", "a", bytes("a")));
      assertRefused("another process uses it");
    }
  }

  @Test
  void aStoreOfAnEarlierVersionIsReadAndNoLongerForEarlierPrograms() throws Exception {
    Path file = dir.resolve("state.db");
    try (SqliteStateStore store = SqliteStateStore.open(file)) {
      store.write(tx -> tx.put("a", "a", bytes("a")));
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("pragma user_version = 1");
    }
    try (SqliteStateStore store = SqliteStateStore.open(file)) {
      assertThat(store.get("a", "a")).contains(bytes("a"));
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet version = statement.executeQuery("pragma user_version")) {
      assertThat(version.getInt(1)).isEqualTo(SqliteStateStore.SCHEMA_VERSION);
    }
  }

  @Test
  void aStoreOfANewerVersionIsRefusedAndUnchanged() throws Exception {
    Path file = dir.resolve("state.db");
    SqliteStateStore.open(file).close();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("pragma user_version = " + (SqliteStateStore.SCHEMA_VERSION + 1));
    }
    byte[] before = Files.readAllBytes(file);
    assertRefused("was written by a newer proad");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void aDatabaseOfSomebodyElseIsRefusedAndUnchanged() throws Exception {
    Path file = dir.resolve("state.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("create table theirs(a)");
    }
    byte[] before = Files.readAllBytes(file);
    assertRefused("was not written by proad");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void aFileThatIsNoDatabaseIsRefusedAndUnchanged() throws Exception {
    Path file = Files.writeString(dir.resolve("state.db"), "not a database, and long enough to have a header ".repeat(10));
    assertRefused("no database of proad's");
    assertThat(file).content().startsWith("not a database");
  }

  private void assertRefused(String words) {
    assertThatThrownBy(() -> SqliteStateStore.open(dir.resolve("state.db")))
        .hasMessageContaining(words)
        .hasMessageContaining(dir.toString())
        .asInstanceOf(InstanceOfAssertFactories.type(ProaException.class))
        .extracting(ProaException::errorClass)
        .isEqualTo(ErrorClass.FAILED_PRECONDITION);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
