package dev.proa.builder;

import dev.proa.images.ProgressMessage;

/** Takes what a build says, one call at a time. It may block, the build then waits; what it throws ends the build. */
@FunctionalInterface
public interface BuildOutput {
  void send(ProgressMessage message);

  default void text(String text) {
    send(ProgressMessage.ofStream(text));
  }

  /**
   * Output of a command, as it comes.
   *
   * @param error whether it was written to standard error, which is red in the stream, as it is in Docker's
   */
  default void command(String text, boolean error) {
    text(error ? "\u001b[91m" + text + "\u001b[0m" : text);
  }
}
