package dev.proa.store;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The state store on SQLite in write-ahead mode with {@code synchronous=FULL}: a transaction that returned survives a power cut.
 *
 * <p>Group commit without a thread of its own: a writer queues its transaction and takes the lock; whoever gets the lock first commits
 * all that is queued with one sync, and the others find theirs done. The database is locked exclusively for as long as it is open, so
 * that two daemons can never share one.
 *
 * <p>The end of a container and its removal have to be stored on a disk that the container has just filled. So the store keeps room for
 * itself from the start: free pages in the database, and a write-ahead log that has been that long already and is written over again.
 */
public final class SqliteStateStore implements StateStore, AutoCloseable {
  /** "Proa" in ASCII, in the header's application id (sqlite.org/fileformat.html, offset 68): marks the file as ours. */
  private static final int APPLICATION_ID = 0x50726f61;

  /** What this program writes and the newest that it reads; in the header's user version. */
  static final int SCHEMA_VERSION = 2;

  private static final int SQLITE_FULL = 13;

  /** Room for some hundred documents of containers. */
  private static final int RESERVE_BYTES = 512 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(SqliteStateStore.class);

  private final Path file;
  private final Connection connection;
  private final PreparedStatement put;
  private final PreparedStatement delete;
  private final ConcurrentLinkedQueue<Pending> queue = new ConcurrentLinkedQueue<>();
  private final ReentrantLock lock = new ReentrantLock();

  private SqliteStateStore(Path file, Connection connection) throws SQLException {
    this.file = file;
    this.connection = connection;
    this.put = connection.prepareStatement("insert or replace into document(kind, key, body) values (?, ?, ?)");
    this.delete = connection.prepareStatement("delete from document where kind = ? and key = ?");
  }

  /**
   * Opens the store, or makes it.
   *
   * @throws ProaException {@code FAILED_PRECONDITION} if the file is not ours, is from a newer version or is in use; {@code DATA_LOSS} if
   *     it is damaged; nothing is changed then
   */
  public static SqliteStateStore open(Path file) {
    SQLiteConfig config = new SQLiteConfig();
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE);
    config.setBusyTimeout(0);
    Connection connection = null;
    try {
      connection = config.createConnection("jdbc:sqlite:" + file);
      prepare(file, connection);
      SqliteStateStore store = new SqliteStateStore(file, connection);
      store.reserve();
      return store;
    } catch (SQLException | RuntimeException e) {
      if (connection != null) {
        try {
          connection.close();
        } catch (SQLException suppressed) {
          e.addSuppressed(suppressed);
        }
      }
      throw e instanceof ProaException known ? known : failure("open", file, e);
    }
  }

  private static void prepare(Path file, Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      int applicationId = pragma(statement, "application_id");
      int version = pragma(statement, "user_version");
      boolean empty = pragma(statement, "schema_version") == 0;
      if (!empty && applicationId != APPLICATION_ID) {
        throw ProaException.failedPrecondition(
            "state store " + file + " was not written by proad: choose another --data-root, or move the file away");
      }
      if (version > SCHEMA_VERSION) {
        throw ProaException.failedPrecondition(
            "state store " + file + " was written by a newer proad (schema " + version + ", this one knows " + SCHEMA_VERSION
                + "): install that version again, or choose another --data-root");
      }
      // Not before the file is known to be ours: this changes its header.
      statement.execute("pragma journal_mode = wal");
      if (empty) {
        statement.execute("begin");
        statement.execute("create table document(kind text not null, key text not null, body blob not null, primary key (kind, key)) without rowid");
        statement.execute("pragma application_id = " + APPLICATION_ID);
        statement.execute("commit");
      }
      if (version < SCHEMA_VERSION) {
        statement.execute("pragma user_version = " + SCHEMA_VERSION);
      }
    }
  }

  private static int pragma(Statement statement, String name) throws SQLException {
    try (ResultSet result = statement.executeQuery("pragma " + name)) {
      return result.next() ? result.getInt(1) : 0;
    }
  }

  @Override
  public Map<String, byte[]> all(String kind) {
    return query(
        "select key, body from document where kind = ? order by key",
        List.of(kind),
        rows -> {
          Map<String, byte[]> documents = new LinkedHashMap<>();
          while (rows.next()) {
            documents.put(rows.getString(1), rows.getBytes(2));
          }
          return documents;
        });
  }

  @Override
  public Optional<byte[]> get(String kind, String key) {
    return query(
        "select body from document where kind = ? and key = ?",
        List.of(kind, key),
        rows -> rows.next() ? Optional.of(rows.getBytes(1)) : Optional.empty());
  }

  private interface Reading<T> {
    T read(ResultSet rows) throws SQLException;
  }

  private <T> T query(String sql, List<String> arguments, Reading<T> reading) {
    lock.lock();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < arguments.size(); i++) {
        statement.setString(i + 1, arguments.get(i));
      }
      try (ResultSet rows = statement.executeQuery()) {
        return reading.read(rows);
      }
    } catch (SQLException e) {
      throw failure("read", file, e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(Consumer<Transaction> changes) {
    Pending mine = new Pending();
    changes.accept(mine);
    if (mine.changes.isEmpty()) {
      return;
    }
    queue.add(mine);
    lock.lock();
    try {
      if (!mine.done) {
        commitQueued();
      }
    } finally {
      lock.unlock();
    }
    if (mine.failure != null) {
      throw failure("write to", file, mine.failure);
    }
  }

  private void commitQueued() {
    List<Pending> group = new ArrayList<>();
    for (Pending pending = queue.poll(); pending != null; pending = queue.poll()) {
      group.add(pending);
    }
    Exception failure = commit(group);
    if (failure != null && code(failure) == SQLITE_FULL && foldBack() && commit(group) == null) {
      failure = null;
    }
    for (Pending pending : group) {
      pending.failure = failure;
      pending.done = true;
    }
  }

  /** One transaction, begun and ended by statements: SQLite ends one by itself when the disk is full, which JDBC would not notice. */
  private @Nullable Exception commit(List<Pending> group) {
    try (Statement control = connection.createStatement()) {
      control.execute("begin immediate");
      try {
        for (Pending pending : group) {
          for (Change change : pending.changes) {
            apply(change);
          }
        }
        control.execute("commit");
        return null;
      } catch (SQLException | RuntimeException e) {
        try {
          control.execute("rollback");
        } catch (SQLException over) {
          // SQLite has done it (sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction"); otherwise it is worth knowing.
          e.addSuppressed(over);
        }
        return e;
      }
    } catch (SQLException e) {
      return e;
    }
  }

  private void apply(Change change) throws SQLException {
    PreparedStatement statement = change.body == null ? delete : put;
    statement.setString(1, change.kind);
    statement.setString(2, change.key);
    if (change.body != null) {
      statement.setBytes(3, change.body);
    }
    statement.executeUpdate();
  }

  /** Makes the room that the class speaks of. On a disk that is full already the store opens without it. */
  private void reserve() {
    Pending room = new Pending();
    room.put("", "reserve", new byte[RESERVE_BYTES]);
    Exception failure = commit(List.of(room));
    if (failure == null) {
      Pending again = new Pending();
      again.delete("", "reserve");
      failure = commit(List.of(again));
    }
    if (failure != null || !foldBack()) {
      LOG.warn("no room could be kept in state store {} for the case of a full disk", file, failure);
    }
  }

  /** Moves the write-ahead log into the database, so that it is written over from its beginning and takes no more of the disk. */
  private boolean foldBack() {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("pragma wal_checkpoint(restart)")) {
      return result.next() && result.getInt(1) == 0;
    } catch (SQLException e) {
      LOG.warn("the write-ahead log of state store {} could not be folded back", file, e);
      return false;
    }
  }

  /** Folds the write-ahead log back and lets go of the file. Idempotent. */
  @Override
  public void close() {
    lock.lock();
    try {
      put.close();
      delete.close();
      connection.close();
    } catch (SQLException e) {
      throw failure("close", file, e);
    } finally {
      lock.unlock();
    }
  }

  private static ProaException failure(String action, Path file, Exception cause) {
    String what = "cannot " + action + " state store " + file + ": ";
    return switch (code(cause)) {
      case SQLITE_FULL -> ProaException.exhausted(what + "no space left on device; free some and try again, nothing was changed", cause);
      case 5, 6 -> ProaException.failedPrecondition(what + "another process uses it");
      case 26 -> ProaException.failedPrecondition(what + "it is no database of proad's: choose another --data-root, or move the file away");
      case 11 -> new ProaException(ErrorClass.DATA_LOSS, what + "it is damaged; restore it from a backup", cause);
      case 14, 8 -> ProaException.failedPrecondition(what + "the file cannot be opened for writing");
      default -> ProaException.internal(what + cause.getMessage(), cause);
    };
  }

  /** The primary result code, which extended ones carry in their low byte (sqlite.org/rescode.html). */
  private static int code(Exception cause) {
    SQLiteErrorCode code = cause instanceof SQLiteException e ? e.getResultCode() : SQLiteErrorCode.UNKNOWN_ERROR;
    return code.code & 0xff;
  }

  private record Change(String kind, String key, byte @Nullable [] body) {}

  /** A transaction on its way; {@code done} and {@code failure} are guarded by the lock. */
  private static final class Pending implements Transaction {
    private final List<Change> changes = new ArrayList<>();
    private boolean done;
    private @Nullable Exception failure;

    @Override
    public Transaction put(String kind, String key, byte[] body) {
      changes.add(new Change(kind, key, body));
      return this;
    }

    @Override
    public Transaction delete(String kind, String key) {
      changes.add(new Change(kind, key, null));
      return this;
    }
  }
}
