package dev.proa.lifecycle.internal.logs;

import dev.proa.lifecycle.containers.LogStream;
import dev.proa.lifecycle.containers.LogsRequest;
import dev.proa.lifecycle.internal.streams.OutputLog;

/** A container's log, whoever keeps it. One for the container's life. */
public interface ContainerLog extends OutputLog {
  /** A process begins to write. Fails if the log cannot be kept. */
  void begin();

  /** The process and its output have ended; followers end once they have read everything. */
  void end();

  /** Where clients may find the file; empty if there is none for them. */
  String clientPath();

  /** {@code NOT_IMPLEMENTED} for a log that cannot be read. */
  LogStream read(LogsRequest request, boolean tty);

  /** The container is removed; its folder goes with everything in it. */
  default void removed() {}
}
