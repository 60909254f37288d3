package dev.proa.spi.log;

import dev.proa.spi.DriverContext;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Keeps what containers print. The engine splits the output into entries, hands them over in batches, and follows: every call ends in bounded time, and
 * a reader stands at a <em>cursor</em>, a text of the driver's own making that the engine gives back. A log is named by its {@link LogTarget}, which
 * comes with every call, so that a driver has nothing to remember: the next version finds a log by what lies in the state folder.
 *
 * <p>Writes to one log come one after the other; reads may come at any time. While one version replaces another both are open, and a log that the one
 * has written is written on by the other.
 *
 * <p>The engine's own drivers ({@code json-file}, {@code local}, {@code none}) are no plugins, and their names are taken.
 */
@ConsumerType
public interface LogDriver extends AutoCloseable {

  /** Called once, before anything else. {@code FAILED_PRECONDITION} if this host cannot have it. */
  void open(DriverContext context);

  /** Idempotent. Logs stay. */
  @Override
  void close();

  /** Says before a container is made what is wrong with its log options: {@code INVALID_ARGUMENT} naming the option. */
  void check(Map<String, String> options);

  /**
   * Keeps entries, in order. What a driver cannot keep is lost and the container goes on.
   *
   * @throws dev.proa.spi.ProaException with the reason; the engine says it once in a while
   */
  void write(LogTarget log, List<LogEntry> entries);

  /** The container has ended, or the daemon stops: what is held back is to be written. More may follow after the next start. Idempotent. */
  void finish(LogTarget log);

  /** Whether {@link #read} is there. */
  default boolean readable() {
    return true;
  }

  /**
   * Entries behind a cursor, the oldest first.
   *
   * @param cursor null for the beginning: that is the oldest entry that there is, or with {@code tail} the so-manieth before the newest
   * @param tail with a null cursor, how many of the last entries are wanted; negative for all
   * @param limit at most so many entries
   */
  LogBatch read(LogTarget log, @Nullable String cursor, int tail, int limit);

  /** The container is removed, and its log with it. Idempotent. */
  void remove(LogTarget log);

  /** @param options of {@code --log-opt} */
  record LogTarget(String containerId, String containerName, String imageName, Map<String, String> options) {
    public LogTarget {
      options = Map.copyOf(options);
    }
  }

  enum Source {
    STDOUT,
    STDERR
  }

  /**
   * @param text with the newline that ended it, unless the line goes on with the next entry or never ended
   */
  record LogEntry(Source source, Instant time, byte[] text) {}

  /**
   * @param entries fewer than the limit only if there are no more now
   * @param cursor behind the last of them; where there are none, the one that was given or an equivalent one
   */
  record LogBatch(List<LogEntry> entries, String cursor) {
    public LogBatch {
      entries = List.copyOf(entries);
    }
  }
}
