package dev.proa.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
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
  void aStoreInUseIsRefused() {
    try (SqliteStateStore store = SqliteStateStore.open(dir.resolve("state.db"))) {
      store.write(tx -> tx.put("a", "a", bytes("a")));
      assertRefused("another process uses it");
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
