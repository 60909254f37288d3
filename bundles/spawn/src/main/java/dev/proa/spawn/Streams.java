package dev.proa.spawn;

import dev.proa.linux.Fd;
import java.util.Optional;

/**
 * The daemon's ends of a process's standard streams; each call of {@link Shim#streams} gives new descriptors of the same pipes. They are
 * blocking and close-on-exec, the receiver closes them.
 *
 * @param stdin write end, with {@link Stdio#PIPES} until {@link Shim#closeStdin}
 * @param stdout read end, with {@link Stdio#OUTPUT} and {@link Stdio#PIPES}
 * @param stderr read end, likewise
 * @param terminal the pty master, with {@link Stdio#PTY} once the plan has sent it
 */
public record Streams(Optional<Fd> stdin, Optional<Fd> stdout, Optional<Fd> stderr, Optional<Fd> terminal) implements AutoCloseable {
  @Override
  public void close() {
    stdin.ifPresent(Fd::close);
    stdout.ifPresent(Fd::close);
    stderr.ifPresent(Fd::close);
    terminal.ifPresent(Fd::close);
  }
}
