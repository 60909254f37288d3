package dev.proa.cli.terminal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The terminal at one descriptor of this process, through the C library (termios(3), ioctl_tty(2)). */
public final class Terminal {
  /** {@code struct termios} (bits/termios-struct.h) has 60 bytes; it is only handed around here. */
  private static final long TERMIOS_BYTES = 128;

  private static final int TCSADRAIN = 1;

  /** asm-generic/ioctls.h */
  private static final long TIOCGWINSZ = 0x5413;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle TCGETATTR =
      handle("tcgetattr", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
  private static final MethodHandle TCSETATTR =
      handle("tcsetattr", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
  private static final MethodHandle CFMAKERAW = handle("cfmakeraw", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
  private static final MethodHandle IOCTL =
      handle(
          "ioctl",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
          Linker.Option.firstVariadicArg(2));

  private final int fd;
  private @Nullable MemorySegment before;

  public Terminal(int fd) {
    this.fd = fd;
  }

  public record Size(int rows, int columns) {}

  private static MethodHandle handle(String name, FunctionDescriptor type, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, options);
  }

  /** Whether a descriptor is a terminal, without a system call of our own: this is asked at each start. */
  public static boolean isTerminal(int fd) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }

  /** Rows and columns, or null if the kernel does not say. */
  public @Nullable Size size() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(8, 8);
      if ((int) IOCTL.invokeExact(fd, TIOCGWINSZ, size) != 0) {
        return null;
      }
      Size read =
          new Size(Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 0)), Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 2)));
      return read.rows() == 0 && read.columns() == 0 ? null : read;
    } catch (Throwable e) {
      throw new IllegalStateException("cannot ask for the size of the terminal", e);
    }
  }

  /** Every key goes to the container as it is. */
  public synchronized void makeRaw() {
    try {
      MemorySegment now = Arena.global().allocate(TERMIOS_BYTES, 8);
      MemorySegment raw = Arena.global().allocate(TERMIOS_BYTES, 8);
      if ((int) TCGETATTR.invokeExact(fd, now) != 0) {
        return;
      }
      raw.copyFrom(now);
      CFMAKERAW.invokeExact(raw);
      if ((int) TCSETATTR.invokeExact(fd, TCSADRAIN, raw) == 0) {
        before = now;
      }
    } catch (Throwable e) {
      throw new IllegalStateException("cannot set the terminal to raw mode", e);
    }
  }

  /** As it was. Idempotent. */
  public synchronized void restore() {
    MemorySegment old = before;
    before = null;
    if (old != null) {
      try {
        int status = (int) TCSETATTR.invokeExact(fd, TCSADRAIN, old);
        if (status != 0) {
          System.err.println("the terminal could not be set back; the command reset does it");
        }
      } catch (Throwable e) {
        throw new IllegalStateException("cannot set the terminal back", e);
      }
    }
  }
}
