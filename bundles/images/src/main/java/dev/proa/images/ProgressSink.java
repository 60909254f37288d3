package dev.proa.images;

/**
 * Takes the messages of a long operation, one at a time, from any thread. It may block (the operation then waits). An exception thrown
 * here, such as "the client is gone", ends the operation, which then throws it.
 */
@FunctionalInterface
public interface ProgressSink {
  void send(ProgressMessage message);

  /** Takes nothing down. */
  ProgressSink NONE = message -> {};
}
