package dev.proa.lifecycle.containers;

import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/** Further processes in running containers. An exec is forgotten with its container, and some time after its end. */
@ProviderType
public interface Execs {

  /** The new exec's id. {@code CONFLICT} if the container does not run or is paused; {@code INVALID_ARGUMENT} "No exec command specified". */
  String create(String containerRef, ExecConfig config);

  /**
   * What can be said before the answer's head is sent: {@code NOT_FOUND} "No such exec instance: ID", {@code CONFLICT} if it was started or
   * its container does not run. A client that attaches gets the failures of {@link #start} itself as text in the stream, as Docker does.
   */
  void check(String execId);

  /**
   * Starts it and attaches to it (with {@code detach} to nothing; the attachment is then over at once).
   *
   * @throws dev.proa.spi.ProaException as {@link Containers#start}; the exec's exit code is then 126 or 127
   */
  Attachment start(String execId, StartRequest request);

  void resize(String execId, int rows, int columns);

  ExecView inspect(String execId);

  /** @param rows and columns: 0 for unknown */
  record StartRequest(boolean detach, @Nullable Boolean tty, int rows, int columns) {}
}
