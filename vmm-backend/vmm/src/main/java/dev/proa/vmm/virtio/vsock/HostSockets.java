package dev.proa.vmm.virtio.vsock;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Socket;
import org.jspecify.annotations.Nullable;

/** The host's Unix sockets. */
record HostSockets(Fd listener, @Nullable Fd directory, String name) {
  /** Connects to what listens for the guest's connections to {@code port}. */
  Fd connect(int port) throws ErrnoException {
    if (directory == null) {
      throw new ErrnoException("connect", Errno.ECONNREFUSED, "vsock port " + Integer.toUnsignedString(port));
    }
    Fd socket = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_STREAM | Socket.SOCK_NONBLOCK, 0);
    try {
      // through the descriptor: the directory need not be in this process's root, and its path may be any length
      Sockets.connect(socket, "/proc/self/fd/" + directory.raw() + "/" + name + "_" + Integer.toUnsignedString(port));
      return socket;
    } catch (ErrnoException e) {
      socket.close();
      throw e;
    }
  }

  /** The next connection by the host, null when there is none. */
  @Nullable Fd accept() throws ErrnoException {
    try {
      return Sockets.accept(listener, Socket.SOCK_NONBLOCK);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EAGAIN || e.errno() == Errno.ECONNABORTED) {
        return null;
      }
      throw e;
    }
  }
}
