package dev.proa.linux;

import static dev.proa.linux.abi.Layouts.WINSIZE;
import static dev.proa.linux.abi.Layouts.offset;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.proa.linux.abi.Tty;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What is done to a pty master. */
public final class Terminals {
  private Terminals() {}

  /** TIOCSWINSZ: the foreground process group gets SIGWINCH when it changes. */
  public static void resize(Fd terminal, int rows, int columns) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment winsize = arena.allocate(WINSIZE);
      winsize.set(JAVA_SHORT, offset(WINSIZE, "ws_row"), (short) rows);
      winsize.set(JAVA_SHORT, offset(WINSIZE, "ws_col"), (short) columns);
      Io.ioctl(terminal, Tty.TIOCSWINSZ, winsize);
    }
  }

  /** TIOCGPTN: the N of /dev/pts/N; ENOTTY when it is no pty master. */
  public static int ptsNumber(Fd master) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(JAVA_INT);
      Io.ioctl(master, Tty.TIOCGPTN & 0xffffffffL, number);
      return number.get(JAVA_INT, 0);
    }
  }
}
