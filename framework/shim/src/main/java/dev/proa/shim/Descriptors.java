package dev.proa.shim;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Pipe;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Socket;
import dev.proa.spawn.SpawnPlan;

/** Descriptors as the stub needs them: numbered above every slot, so that filling one slot never overwrites the source of another. */
final class Descriptors {
  /** The lowest number of a source. */
  static final int LOWEST = SpawnPlan.FIRST_SLOT + SpawnPlan.MAX_DESCRIPTORS;

  /** What a pipe of a container buffers while no daemon reads it. */
  private static final int PIPE_SIZE = 1 << 20;

  private Descriptors() {}

  /** The same open file under a high number; consumes {@code fd}. */
  static Fd high(Fd fd) throws ErrnoException {
    if (fd.raw() >= LOWEST) {
      return fd;
    }
    try (fd) {
      return Fd.owning((int) Io.fcntl(fd, Fcntl.F_DUPFD_CLOEXEC, LOWEST));
    }
  }

  static Fd devNull() throws ErrnoException {
    return high(Fs.open("/dev/null", Fcntl.O_RDWR));
  }

  /** A pipe with high numbers, larger where the limits of the kernel (pipe-max-size, pipe-user-pages-soft) let it be. */
  static Pipe pipe(boolean large) throws ErrnoException {
    Pipe low = Io.pipe2(Fcntl.O_CLOEXEC);
    Fd read = null;
    try {
      if (large) {
        enlarge(low.writeEnd());
      }
      read = high(low.readEnd());
      return new Pipe(read, high(low.writeEnd()));
    } catch (ErrnoException e) {
      low.close();
      if (read != null) {
        read.close();
      }
      throw e;
    }
  }

  /** What plans report on: each message comes whole, and with the pid of its sender, whatever others put between. The first end is the shim's. */
  static Sockets.SocketPair statusChannel() throws ErrnoException {
    Sockets.SocketPair pair = Sockets.socketpair(Socket.SOCK_SEQPACKET);
    try {
      Sockets.setsockopt(pair.first(), Socket.SOL_SOCKET, Socket.SO_PASSCRED, 1);
      Fd first = high(pair.first());
      try {
        return new Sockets.SocketPair(first, high(pair.second()));
      } catch (ErrnoException e) {
        first.close();
        throw e;
      }
    } catch (ErrnoException e) {
      pair.close();
      throw e;
    }
  }

  private static void enlarge(Fd pipe) throws ErrnoException {
    try {
      Io.fcntl(pipe, Fcntl.F_SETPIPE_SZ, PIPE_SIZE);
    } catch (ErrnoException e) {
      switch (e.errno()) {
        case EPERM, EINVAL, ENOMEM -> {} // 64 KiB then: the daemon just has to come back sooner
        default -> throw e;
      }
    }
  }
}
