package dev.proa.spawn;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Poll;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads what a plan says about itself, record by record. */
public final class StatusReader implements AutoCloseable {
  private final Fd pipe;
  private boolean ready;
  private boolean timedOut;
  private int waitsAt = -1;
  private @Nullable StatusRecord failure;

  /** Takes the read end over. */
  public StatusReader(Fd pipe) {
    this.pipe = pipe;
  }

  /**
   * The next record; empty at the end of file, which is success after READY, and when the time is over.
   *
   * @param time for this one record
   */
  public Optional<StatusRecord> next(Duration time) throws ErrnoException {
    byte[] bytes = new byte[StatusRecord.SIZE];
    int events = Io.poll(List.of(new Io.PollFor(pipe, Poll.EPOLLIN)), time.toMillis())[0];
    if (events == 0) {
      timedOut = true;
      return Optional.empty();
    }
    if (Io.read(pipe, bytes, 0, bytes.length) < bytes.length) {
      return Optional.empty();
    }
    Optional<StatusRecord> record = StatusRecord.decode(bytes, 0);
    record.ifPresent(
        r -> {
          switch (r.kind()) {
            case READY -> ready = true;
            case FAILED -> failure = failure == null ? r : failure;
            case WAITING -> waitsAt = r.step();
            case PID -> {}
          }
        });
    return record;
  }

  /** Whether the program is what runs now, once the end of file has come. */
  public boolean ready() {
    return ready && failure == null && !timedOut;
  }

  public boolean timedOut() {
    return timedOut;
  }

  public Optional<StatusRecord> failure() {
    return Optional.ofNullable(failure);
  }

  /** The step of the gate where the plan waits, −1 if it does not. */
  public int waitsAt() {
    return waitsAt;
  }

  /** It goes on from its gate. */
  public void passed() {
    waitsAt = -1;
  }

  @Override
  public void close() {
    pipe.close();
  }
}
