package dev.proa.shim;

import dev.proa.linux.Credentials;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Message;
import dev.proa.linux.Processes;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Poll;
import dev.proa.linux.abi.Socket;
import dev.proa.spawn.ShimLauncher;
import dev.proa.spawn.internal.UnixPath;
import dev.proa.spawn.internal.Wire;
import dev.proa.spawn.internal.Wire.Out;
import dev.proa.spawn.internal.Wire.Status;
import dev.proa.spawn.internal.Wire.Type;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Connections and what is asked over them. Peers are of this user (SO_PEERCRED), and one of them at a time has the lease. */
final class Server implements Nursery.Observer, AutoCloseable {
  /** Answers that a client has not taken; with more of them it is dropped, and gets everything again when it comes back. */
  private static final int BACKLOG = 4096;

  private static final int MAX_CONNECTIONS = 16;
  private static final int MAX_PARKED_NAMES = 4096;
  private static final int PART_SIZE = 32768;
  private static final long ACCEPT_PAUSE_NANOS = 1_000_000_000;
  private static final long UPGRADE_RETRY_NANOS = 5_000_000;
  // A clone that hangs is killed at its deadline; the daemon asks again then.
  private static final long UPGRADE_PATIENCE_NANOS = 20_000_000_000L;

  // A daemon that is restarted or upgraded is back long before.
  private static final long ABANDONED_NANOS = Long.getLong(ShimLauncher.ABANDONED_SECONDS, 60) * 1_000_000_000L;

  private final Loop loop;
  private final ShimLog log;
  private final Nursery nursery;
  private final Path path;
  private final Fd lock;
  private final Fd listening;
  private final Loop.Watch acceptable;
  private final Set<Connection> connections = new HashSet<>();
  private final Map<String, List<Fd>> parked = new HashMap<>();
  private @Nullable Connection holder;
  private Loop.@Nullable Timer abandoned;

  /** Taken when it ends by itself, and kept: nobody starts another one, or connects to this one, until it is gone. */
  private @Nullable Fd startLock;

  /** With the socket and the parked descriptors that the program before this one in the same process had. */
  Server(Loop loop, ShimLog log, Nursery nursery, Path path, Fd lock, Handover before) throws ErrnoException {
    this(loop, log, nursery, path, lock, Fd.owning(before.listening()));
    before.parked().forEach((name, numbers) -> parked.put(name, numbers.stream().map(Fd::owning).toList()));
  }

  Server(Loop loop, ShimLog log, Nursery nursery, Path path, Fd lock) throws ErrnoException {
    this(loop, log, nursery, path, lock, bound(path));
  }

  private Server(Loop loop, ShimLog log, Nursery nursery, Path path, Fd lock, Fd listening) throws ErrnoException {
    this.loop = loop;
    this.log = log;
    this.nursery = nursery;
    this.path = path;
    this.lock = lock;
    this.listening = listening;
    acceptable = loop.watch(listening, Poll.EPOLLIN, _ -> accept());
    nursery.observe(this);
    awaitDaemon();
  }

  private static Fd bound(Path path) throws ErrnoException {
    Fd listening = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_SEQPACKET | Socket.SOCK_NONBLOCK, 0);
    try {
      Fs.unlinkat(Fd.cwd(), path.toString(), 0); // a shim before us, which the lock proves to be gone
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
    UnixPath.bind(listening, path); // the umask is 077
    Sockets.listen(listening, MAX_CONNECTIONS);
    return listening;
  }

  private void accept() throws ErrnoException {
    Fd socket;
    try {
      socket = Sockets.accept(listening);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EAGAIN) { // out of descriptors or memory: trying again at once would only spin
        acceptable.want(0);
        loop.after(ACCEPT_PAUSE_NANOS, this::acceptAgain);
        throw e;
      }
      return;
    }
    boolean kept = false;
    try {
      Credentials peer = Sockets.peerCredentials(socket);
      if (peer.uid() != Processes.geteuid() || connections.size() == MAX_CONNECTIONS) {
        log.info("refused a connection of pid " + peer.pid() + ", uid " + peer.uid());
        return;
      }
      Connection connection = new Connection(socket, peer);
      connections.add(connection);
      kept = true;
    } finally {
      if (!kept) {
        socket.close();
      }
    }
  }

  /** Without a daemon and with nothing to keep there is no reason to stay. */
  private void awaitDaemon() {
    abandoned = loop.after(ABANDONED_NANOS, this::endIfAbandoned);
  }

  private void endIfAbandoned() {
    if (holder != null) {
      return;
    }
    if (!connections.isEmpty() || !nursery.isEmpty() || !parked.isEmpty() || !noDaemonComes()) {
      awaitDaemon();
      return;
    }
    log.info("no daemon for " + ABANDONED_NANOS / 1_000_000_000 + " s, and nothing to keep");
    loop.stop();
  }

  /** Whoever starts or looks for a shim has this lock meanwhile (ShimLauncher). */
  private boolean noDaemonComes() {
    try {
      Fd file = Fs.openat(Fd.cwd(), path.resolveSibling(ShimLauncher.START_LOCK).toString(), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600);
      try {
        Io.flock(file, Fcntl.LOCK_EX | Fcntl.LOCK_NB);
        startLock = file;
        return true;
      } catch (ErrnoException e) {
        file.close();
        throw e;
      }
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EAGAIN) {
        log.error("cannot end by itself", e);
      }
      return false;
    }
  }

  private void acceptAgain() {
    try {
      acceptable.want(Poll.EPOLLIN);
    } catch (ErrnoException e) {
      throw new IllegalStateException("the socket cannot be watched", e);
    }
  }

  @Override
  public void changed(Wire.Snapshot snapshot) {
    if (holder != null) {
      holder.send(new Out(Type.PROCESS, 0).snapshot(snapshot), List.of());
    }
  }

  /** One client. */
  private final class Connection {
    private final Fd socket;
    private final Credentials peer;
    private final Loop.Watch watch;
    private final Deque<Waiting> backlog = new ArrayDeque<>();
    private boolean closed;

    /** A packet that the socket had no room for; its descriptors are copies of ours. */
    private record Waiting(byte[] packet, List<Fd> descriptors) {}

    Connection(Fd socket, Credentials peer) throws ErrnoException {
      this.socket = socket;
      this.peer = peer;
      watch = loop.watch(socket, Poll.EPOLLIN, this::ready);
    }

    private void ready(int events) throws ErrnoException {
      if ((events & Poll.EPOLLOUT) != 0) {
        flush();
      }
      if (!closed && (events & (Poll.EPOLLIN | Poll.EPOLLHUP | Poll.EPOLLERR)) != 0) {
        receive();
      }
    }

    private void receive() {
      try (Message message = Sockets.recvmsg(socket, Wire.MAX_PACKET, Socket.MSG_DONTWAIT)) {
        if (message.bytes().length == 0) {
          close("it hung up");
        } else if (message.truncated()) {
          close("a message or its descriptors were cut off");
        } else {
          handle(new Wire.In(message.bytes()), message.descriptors());
        }
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EAGAIN) {
          close(String.valueOf(e.getMessage()));
        }
      } catch (IOException e) {
        close(String.valueOf(e.getMessage()));
      }
    }

    private void handle(Wire.In in, List<Fd> fds) throws IOException {
      if (in.type() != Type.HELLO && holder != this) {
        close("it asked without having the lease");
        return;
      }
      switch (in.type()) {
        case HELLO -> hello(in);
        case SPAWN -> spawn(in, fds);
        case RELEASE -> about(in, Child::release);
        case CLOSE_STDIN -> about(in, Child::closeStdin);
        case STREAMS -> streams(in);
        case PIDFD -> pidfd(in);
        case ACKNOWLEDGE -> acknowledge(in);
        case LIST -> list(in);
        case ADOPT -> adopt(in, fds);
        case PARK -> park(in, fds);
        case FETCH -> fetch(in);
        case PARKED -> parkedNames(in);
        case UNPARK -> unpark(in);
        case SHUTDOWN -> shutdown(in);
        case UPGRADE -> upgrade(in);
        case REPLY, PART, PROCESS -> close("it answered instead of asking");
      }
    }

    private void hello(Wire.In in) throws ErrnoException {
      if (holder != null && holder != this && holder.hasHungUp()) { // a daemon that was killed; its end of file comes behind this greeting
        holder.close("it hung up");
      }
      if (holder != null && holder != this) {
        send(Out.reply(in.id(), Status.BUSY).i32(holder.peer.pid()), List.of());
        return;
      }
      holder = this;
      if (abandoned != null) {
        loop.cancel(abandoned);
      }
      log.info("the daemon with pid " + peer.pid() + " has the lease");
      send(Out.reply(in.id(), Status.OK).string(Build.ID), List.of());
    }

    private boolean hasHungUp() throws ErrnoException {
      return (Io.poll(List.of(new Io.PollFor(socket, Poll.POLLRDHUP)), 0)[0] & (Poll.POLLHUP | Poll.POLLRDHUP)) != 0;
    }

    private void spawn(Wire.In in, List<Fd> fds) throws IOException {
      FaultPoints.reach("shim.spawn-asked");
      int id = in.id();
      Order order;
      try {
        order = Order.read(in, fds);
      } catch (IllegalArgumentException e) {
        send(Out.reply(id, Status.INVALID).string(String.valueOf(e.getMessage())), List.of());
        return;
      }
      if (nursery.find(order.name()) != null) {
        order.close();
        send(Out.reply(id, Status.NAME_IN_USE), List.of());
        return;
      }
      nursery.spawn(
          order,
          new Nursery.Outcome() {
            @Override
            public void spawned(Child child) {
              // The snapshot first, so that the client knows the process before whoever asked does.
              send(new Out(Type.PROCESS, 0).snapshot(child.snapshot()), List.of());
              Out out = Out.reply(id, Status.OK);
              List<Fd> fds = new ArrayList<>();
              Fd pidfd = child.pidfd();
              if (pidfd != null) {
                fds.add(pidfd);
                if (order.withStreams()) {
                  out.u8(addStreams(child, fds));
                }
              }
              send(out, fds);
            }

            @Override
            public void failed(Wire.Failure failure) {
              send(Out.reply(id, Status.SPAWN_FAILED).failure(failure), List.of());
            }
          });
    }

    /** What is done to a child. */
    private interface Deed {
      void to(Child child) throws ErrnoException;
    }

    private void about(Wire.In in, Deed deed) throws IOException {
      Child child = nursery.find(in.string());
      if (child != null) {
        deed.to(child);
      }
      send(Out.reply(in.id(), child == null ? Status.UNKNOWN_NAME : Status.OK), List.of());
    }

    private void streams(Wire.In in) throws IOException {
      Child child = nursery.find(in.string());
      if (child == null) {
        send(Out.reply(in.id(), Status.UNKNOWN_NAME), List.of());
        return;
      }
      List<Fd> fds = new ArrayList<>();
      send(Out.reply(in.id(), Status.OK).u8(addStreams(child, fds)), fds);
    }

    /** @return which there are, a bit each */
    private int addStreams(Child child, List<Fd> fds) {
      int mask = 0;
      List<@Nullable Fd> streams = child.streams();
      for (int i = 0; i < streams.size(); i++) {
        Fd fd = streams.get(i);
        if (fd != null) {
          mask |= 1 << i;
          fds.add(fd);
        }
      }
      return mask;
    }

    private void pidfd(Wire.In in) throws IOException {
      Child child = nursery.find(in.string());
      Fd pidfd = child == null ? null : child.pidfd();
      if (pidfd == null) {
        send(Out.reply(in.id(), Status.UNKNOWN_NAME), List.of());
      } else {
        send(Out.reply(in.id(), Status.OK), List.of(pidfd));
      }
    }

    private void acknowledge(Wire.In in) throws IOException {
      String name = in.string();
      int pid = in.hasMore() ? in.i32() : 0;
      send(Out.reply(in.id(), nursery.acknowledge(name, pid)), List.of());
    }

    private void list(Wire.In in) {
      Out part = new Out(Type.PART, in.id()).u8(Status.OK.ordinal());
      for (Child child : nursery.children()) {
        if (child.pidKnown()) {
          part.snapshot(child.snapshot());
        }
        if (part.size() > PART_SIZE) {
          send(part, List.of());
          part = new Out(Type.PART, in.id()).u8(Status.OK.ordinal());
        }
      }
      send(part, List.of());
      send(Out.reply(in.id(), Status.OK), List.of());
    }

    private void adopt(Wire.In in, List<Fd> fds) throws IOException {
      String name = in.string();
      if (fds.size() != 1) {
        send(Out.reply(in.id(), Status.INVALID).string("one pidfd expected"), List.of());
      } else if (nursery.find(name) != null) {
        send(Out.reply(in.id(), Status.NAME_IN_USE), List.of());
      } else {
        try {
          nursery.adopt(name, in.hasMore() ? in.i32() : 0, fds.getFirst());
          send(Out.reply(in.id(), Status.OK), List.of());
        } catch (IllegalArgumentException e) {
          send(Out.reply(in.id(), Status.INVALID).string(String.valueOf(e.getMessage())), List.of());
        }
      }
    }

    private void park(Wire.In in, List<Fd> fds) throws IOException {
      String name = in.string();
      if (fds.isEmpty() || fds.size() > Wire.MAX_PARKED || !parked.containsKey(name) && parked.size() == MAX_PARKED_NAMES) {
        send(Out.reply(in.id(), Status.INVALID).string("too many or no descriptors"), List.of());
        return;
      }
      List<Fd> before = parked.put(name, fds.stream().map(fd -> Fd.owning(fd.release())).toList());
      if (before != null) {
        before.forEach(Fd::close);
      }
      send(Out.reply(in.id(), Status.OK), List.of());
    }

    private void fetch(Wire.In in) throws IOException {
      List<Fd> fds = parked.get(in.string());
      send(Out.reply(in.id(), fds == null ? Status.UNKNOWN_NAME : Status.OK), fds == null ? List.of() : fds);
    }

    private void parkedNames(Wire.In in) {
      Out part = new Out(Type.PART, in.id()).u8(Status.OK.ordinal());
      for (String name : parked.keySet()) {
        part.string(name);
        if (part.size() > PART_SIZE) {
          send(part, List.of());
          part = new Out(Type.PART, in.id()).u8(Status.OK.ordinal());
        }
      }
      send(part, List.of());
      send(Out.reply(in.id(), Status.OK), List.of());
    }

    private void unpark(Wire.In in) throws IOException {
      List<Fd> fds = parked.remove(in.string());
      if (fds != null) {
        fds.forEach(Fd::close);
      }
      send(Out.reply(in.id(), fds == null ? Status.UNKNOWN_NAME : Status.OK), List.of());
    }

    private void shutdown(Wire.In in) {
      if (!nursery.isEmpty() || !parked.isEmpty()) {
        send(Out.reply(in.id(), Status.CONFLICT), List.of());
        return;
      }
      log.info("told to end by the daemon with pid " + peer.pid());
      send(Out.reply(in.id(), Status.OK), List.of());
      loop.stop();
    }

    /** Becomes another program in the same process. No answer is the best one: the connection ends, and the successor listens on the same socket. */
    private void upgrade(Wire.In in) throws IOException {
      List<String> command = new ArrayList<>();
      while (in.hasMore()) {
        command.add(in.string());
      }
      if (command.isEmpty()) {
        send(Out.reply(in.id(), Status.INVALID).string("no program"), List.of());
        return;
      }
      upgradeWhenQuiet(in.id(), command, System.nanoTime() + UPGRADE_PATIENCE_NANOS);
    }

    private void upgradeWhenQuiet(int id, List<String> command, long until) {
      if (closed) {
        return;
      }
      if (!nursery.isQuiet()) {
        if (System.nanoTime() - until > 0) {
          send(Out.reply(id, Status.CONFLICT), List.of());
        } else {
          loop.after(UPGRADE_RETRY_NANOS, () -> upgradeWhenQuiet(id, command, until));
        }
        return;
      }
      log.info("becomes " + command.getFirst() + " as the daemon with pid " + peer.pid() + " wishes");
      Map<String, List<Integer>> parkedNumbers = new LinkedHashMap<>();
      parked.forEach((name, fds) -> parkedNumbers.put(name, fds.stream().map(Fd::raw).toList()));
      try {
        new Handover(lock.raw(), listening.raw(), parkedNumbers, nursery.states()).become(command);
      } catch (ErrnoException e) {
        log.error("cannot become another program", e);
        send(Out.reply(id, Status.INVALID).string(String.valueOf(e.getMessage())), List.of());
      }
    }

    private void send(Out out, List<Fd> fds) {
      if (closed) {
        return;
      }
      byte[] packet = out.bytes();
      try {
        if (backlog.isEmpty()) {
          try {
            Sockets.sendmsg(socket, packet, fds, Socket.MSG_DONTWAIT);
            return;
          } catch (ErrnoException e) {
            if (e.errno() != Errno.EAGAIN && e.errno() != Errno.ENOBUFS && e.errno() != Errno.ETOOMANYREFS) {
              throw e;
            }
          }
        }
        if (backlog.size() == BACKLOG) {
          close("it does not read its answers");
          return;
        }
        List<Fd> copies = new ArrayList<>();
        for (Fd fd : fds) {
          copies.add(fd.duplicate());
        }
        backlog.add(new Waiting(packet, copies));
        watch.want(Poll.EPOLLIN | Poll.EPOLLOUT);
      } catch (ErrnoException e) {
        close(String.valueOf(e.getMessage()));
      }
    }

    private void flush() throws ErrnoException {
      while (!closed && !backlog.isEmpty()) {
        Waiting first = backlog.getFirst();
        try {
          Sockets.sendmsg(socket, first.packet(), first.descriptors(), Socket.MSG_DONTWAIT);
        } catch (ErrnoException e) {
          if (e.errno() != Errno.EAGAIN) {
            close(String.valueOf(e.getMessage()));
          }
          return;
        }
        first.descriptors().forEach(Fd::close);
        backlog.removeFirst();
      }
      if (!closed) {
        watch.want(Poll.EPOLLIN);
      }
    }

    private void close(String reason) {
      if (closed) {
        return;
      }
      closed = true;
      log.info("connection of pid " + peer.pid() + " ends: " + reason);
      watch.close();
      socket.close();
      backlog.forEach(waiting -> waiting.descriptors().forEach(Fd::close));
      connections.remove(this);
      if (holder == this) {
        holder = null;
        awaitDaemon();
      }
    }
  }

  @Override
  public void close() throws ErrnoException {
    Fs.unlinkat(Fd.cwd(), path.toString(), 0);
    List.copyOf(connections).forEach(connection -> connection.close("the shim ends"));
    listening.close();
    parked.values().forEach(fds -> fds.forEach(Fd::close));
    parked.clear();
  }
}
