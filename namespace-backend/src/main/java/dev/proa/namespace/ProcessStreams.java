package dev.proa.namespace;

import dev.proa.linux.Fd;
import dev.proa.linux.Terminals;
import dev.proa.spawn.Shim;
import dev.proa.spawn.Streams;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskStreams;
import java.io.IOException;
import java.util.Optional;

/**
 * The daemon's ends of a process's streams. The first argument is the task's id for messages, the second the shim's name of the process.
 */
final class ProcessStreams {
  private final Shim shim;

  ProcessStreams(Shim shim) {
    this.shim = shim;
  }

  TaskStreams streams(String id, String name) {
    try {
      Streams streams = shim.streams(name);
      if (streams.terminal().isPresent()) {
        Fd master = streams.terminal().get();
        Fd second = master.duplicate();
        streams.stdin().ifPresent(Fd::close);
        streams.stdout().ifPresent(Fd::close);
        streams.stderr().ifPresent(Fd::close);
        return new TaskStreams(second.release(), master.release(), -1, true);
      }
      return new TaskStreams(release(streams.stdin()), release(streams.stdout()), release(streams.stderr()), false);
    } catch (IOException e) {
      throw Failures.ofShim("streams of " + Failures.shortened(id), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("streams of " + Failures.shortened(id));
    }
  }

  private static int release(Optional<Fd> fd) {
    return fd.map(Fd::release).orElse(-1);
  }

  void closeStdin(String id, String name) {
    try {
      shim.closeStdin(name);
    } catch (IOException e) {
      throw Failures.ofShim("standard input of " + Failures.shortened(id), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("standard input of " + Failures.shortened(id));
    }
  }

  void resize(String id, String name, int rows, int columns) {
    if (rows < 0 || rows > 0xffff || columns < 0 || columns > 0xffff) {
      throw ProaException.invalid("a terminal cannot have " + rows + " rows and " + columns + " columns");
    }
    try (Streams streams = shim.streams(name)) {
      if (streams.terminal().isEmpty()) {
        throw ProaException.failedPrecondition("process of " + Failures.shortened(id) + " has no terminal");
      }
      Terminals.resize(streams.terminal().get(), rows, columns);
    } catch (IOException e) {
      throw Failures.ofShim("terminal of " + Failures.shortened(id), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("terminal of " + Failures.shortened(id));
    }
  }
}
