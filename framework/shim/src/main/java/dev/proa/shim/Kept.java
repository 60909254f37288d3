package dev.proa.shim;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Message;
import dev.proa.linux.Sockets;
import dev.proa.linux.Terminals;
import dev.proa.linux.abi.Socket;
import dev.proa.linux.abi.Stat;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The shim's own ends of what it made for a process. */
final class Kept implements AutoCloseable {
  private final EnumMap<Slot, Fd> ends = new EnumMap<>(Slot.class);

  /** What an end is of. The order is part of what a shim hands over to its successor: new ones come last. */
  enum Slot {
    STATUS,
    GATE,
    STDIN,
    STDOUT,
    STDERR,
    /** The socket over which the plan sends the pty master. */
    PTY,
    /** The pty master. */
    TERMINAL
  }

  void put(Slot slot, Fd fd) {
    ends.put(slot, fd);
  }

  @Nullable Fd get(Slot slot) {
    return ends.get(slot);
  }

  /** The numbers of all of them. */
  Map<Slot, Integer> numbers() {
    EnumMap<Slot, Integer> numbers = new EnumMap<>(Slot.class);
    ends.forEach((slot, fd) -> numbers.put(slot, fd.raw()));
    return numbers;
  }

  void close(Slot slot) {
    Fd fd = ends.remove(slot);
    if (fd != null) {
      fd.close();
    }
  }

  /** Takes the pty master when the plan has sent it. */
  void takeTerminal(String name, ShimLog log) {
    Fd socket = ends.get(Slot.PTY);
    if (socket == null || ends.containsKey(Slot.TERMINAL)) {
      return;
    }
    try (Message message = Sockets.recvmsg(socket, 16, Socket.MSG_DONTWAIT)) {
      if (message.descriptors().size() == 1) {
        takeIfTerminal(Descriptors.high(Fd.owning(message.descriptors().getFirst().release())));
      }
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EAGAIN) {
        log.error(name + " sent something that is no pty master", e);
      }
    }
  }

  private void takeIfTerminal(Fd master) throws ErrnoException {
    boolean taken = false;
    try {
      if (Fs.fstat(master).type() == Stat.S_IFCHR) {
        Terminals.ptsNumber(master); // ENOTTY unless it is a pty master
        put(Slot.TERMINAL, master);
        taken = true;
      }
    } finally {
      if (!taken) {
        master.close();
      }
    }
  }

  /** Lets a plan pass its gate; false if it has just ended. */
  static boolean open(Fd gate) throws ErrnoException {
    try {
      Io.writeFully(gate, new byte[] {1});
      return true;
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EPIPE) {
        throw e;
      }
      return false; // its pidfd will say so
    }
  }

  /** Standard input, output, error and terminal, null where there is none. */
  List<@Nullable Fd> streams() {
    List<@Nullable Fd> streams = new ArrayList<>();
    for (Slot slot : List.of(Slot.STDIN, Slot.STDOUT, Slot.STDERR, Slot.TERMINAL)) {
      streams.add(ends.get(slot));
    }
    return streams;
  }

  @Override
  public void close() {
    ends.values().forEach(Fd::close);
    ends.clear();
  }
}
