package dev.proa.linux;

import static dev.proa.linux.Kernel.call;
import static dev.proa.linux.Kernel.checked;
import static dev.proa.linux.abi.Layouts.CMSGHDR;
import static dev.proa.linux.abi.Layouts.IOVEC;
import static dev.proa.linux.abi.Layouts.MSGHDR;
import static dev.proa.linux.abi.Layouts.SOCKADDR_UN;
import static dev.proa.linux.abi.Layouts.UCRED;
import static dev.proa.linux.abi.Layouts.offset;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.proa.linux.abi.Socket;
import dev.proa.linux.abi.Syscall;
import dev.proa.linux.abi.Tty;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Unix sockets, with descriptors on board (SCM_RIGHTS) and the peer's credentials. */
public final class Sockets {
  /** SCM_MAX_FD of net/scm.h: more descriptors than that no message takes. */
  public static final int SCM_MAX_FD = 253;

  private static final long SUN_PATH = offset(SOCKADDR_UN, "sun_path");
  private static final long CMSG_HEADER = CMSGHDR.byteSize();

  private static final long MSG_FLAGS = offset(MSGHDR, "msg_flags");
  private static final long MSG_CONTROLLEN = offset(MSGHDR, "msg_controllen");
  private static final long MSG_IOV = offset(MSGHDR, "msg_iov");
  private static final long MSG_IOVLEN = offset(MSGHDR, "msg_iovlen");
  private static final long MSG_CONTROL = offset(MSGHDR, "msg_control");
  private static final long CMSG_LEN = offset(CMSGHDR, "cmsg_len");
  private static final long CMSG_LEVEL = offset(CMSGHDR, "cmsg_level");
  private static final long CMSG_TYPE = offset(CMSGHDR, "cmsg_type");
  private static final long IOV_BASE = offset(IOVEC, "iov_base");
  private static final long IOV_LEN = offset(IOVEC, "iov_len");

  private Sockets() {}

  /** socket(2): AF_* and SOCK_* of {@link Socket}; close-on-exec always. */
  public static Fd socket(int family, int type, int protocol) throws ErrnoException {
    return Fd.owning((int) call(Syscall.SOCKET, family + ", " + type, family, type | Socket.SOCK_CLOEXEC, protocol));
  }

  /** Both ends of socketpair(2). */
  public record SocketPair(Fd first, Fd second) implements AutoCloseable {
    @Override
    public void close() {
      first.close();
      second.close();
    }
  }

  /** socketpair(2), AF_UNIX, close-on-exec. */
  public static SocketPair socketpair(int type) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment fds = arena.allocate(JAVA_INT, 2);
      call(Syscall.SOCKETPAIR, null, Socket.AF_UNIX, type | Socket.SOCK_CLOEXEC, 0, fds.address());
      return new SocketPair(Fd.owning(fds.getAtIndex(JAVA_INT, 0)), Fd.owning(fds.getAtIndex(JAVA_INT, 1)));
    }
  }

  /** bind(2) to a path of at most 107 bytes; longer ones go through {@code /proc/self/fd/N/name}. */
  public static void bind(Fd socket, String path) throws ErrnoException {
    unix(Syscall.BIND, socket, path);
  }

  public static void connect(Fd socket, String path) throws ErrnoException {
    unix(Syscall.CONNECT, socket, path);
  }

  public static void listen(Fd socket, int backlog) throws ErrnoException {
    call(Syscall.LISTEN, socket.toString(), socket.raw(), backlog);
  }

  /** accept4(2), close-on-exec. */
  public static Fd accept(Fd socket) throws ErrnoException {
    return accept(socket, 0);
  }

  /** accept4(2) with SOCK_NONBLOCK or 0; close-on-exec always. */
  public static Fd accept(Fd socket, int flags) throws ErrnoException {
    long fd;
    do {
      fd = Kernel.raw(Syscall.ACCEPT4, socket.raw(), 0L, 0, Socket.SOCK_CLOEXEC | flags, 0, 0);
    } while (fd == -Errno.EINTR.number());
    return Fd.owning((int) checked(Syscall.ACCEPT4, socket.toString(), fd));
  }

  /** shutdown(2): SHUT_* of {@link Socket}. */
  public static void shutdown(Fd socket, int how) throws ErrnoException {
    call(Syscall.SHUTDOWN, socket.toString(), socket.raw(), how);
  }

  public static void setsockopt(Fd socket, int level, int option, int value) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment v = arena.allocateFrom(JAVA_INT, value);
      call(Syscall.SETSOCKOPT, socket + ", " + option, socket.raw(), level, option, v.address(), 4, 0);
    }
  }

  /** SIOCOUTQ (unix(7)): memory of what was sent on a Unix socket and not read by the peer yet, in bytes; more than what was written, and 0 when all is read. */
  public static int unreadByPeer(Fd socket) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(JAVA_INT);
      Io.ioctl(socket, Tty.TIOCOUTQ, bytes);
      return bytes.get(JAVA_INT, 0);
    }
  }

  /** SO_PEERCRED: as they were when the connection was made. */
  public static Credentials peerCredentials(Fd socket) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ucred = arena.allocate(UCRED);
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) UCRED.byteSize());
      call(
          Syscall.GETSOCKOPT,
          socket + ", SO_PEERCRED",
          socket.raw(),
          Socket.SOL_SOCKET,
          Socket.SO_PEERCRED,
          ucred.address(),
          length.address(),
          0);
      return new Credentials(
          ucred.get(JAVA_INT, offset(UCRED, "pid")), ucred.get(JAVA_INT, offset(UCRED, "uid")), ucred.get(JAVA_INT, offset(UCRED, "gid")));
    }
  }

  /**
   * sendmsg(2) with descriptors by SCM_RIGHTS; at least one byte must go with them on a stream socket. MSG_NOSIGNAL is always added.
   *
   * @param flags MSG_* of {@link Socket}
   */
  public static int sendmsg(Fd socket, byte[] bytes, List<? extends Fd> descriptors, int flags) throws ErrnoException {
    if (descriptors.size() > SCM_MAX_FD) {
      throw new ErrnoException("sendmsg", Errno.EINVAL, descriptors.size() + " descriptors");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(Math.max(1, bytes.length));
      MemorySegment.copy(bytes, 0, data, JAVA_BYTE, 0, bytes.length);
      long controlLength = descriptors.isEmpty() ? 0 : CMSG_HEADER + descriptors.size() * 4L;
      MemorySegment control = arena.allocate(Math.max(8, align(controlLength)), 8);
      if (!descriptors.isEmpty()) {
        control.set(JAVA_LONG, CMSG_LEN, controlLength);
        control.set(JAVA_INT, CMSG_LEVEL, Socket.SOL_SOCKET);
        control.set(JAVA_INT, CMSG_TYPE, Socket.SCM_RIGHTS);
        for (int i = 0; i < descriptors.size(); i++) {
          control.set(JAVA_INT, CMSG_HEADER + 4L * i, descriptors.get(i).raw());
        }
      }
      MemorySegment header = msghdr(arena, data, bytes.length, control, align(controlLength));
      long n;
      do {
        n = Kernel.raw(Syscall.SENDMSG, socket.raw(), header, flags | Socket.MSG_NOSIGNAL, 0, 0, 0);
      } while (n == -Errno.EINTR.number());
      return (int) checked(Syscall.SENDMSG, socket.toString(), n);
    }
  }

  /**
   * recvmsg(2) of up to {@code capacity} bytes and as many descriptors as can come. MSG_CMSG_CLOEXEC is always added. End of stream is a message
   * without bytes.
   */
  public static Message recvmsg(Fd socket, int capacity, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(capacity);
      long controlSize = align(CMSG_HEADER + 4L * SCM_MAX_FD);
      MemorySegment control = arena.allocate(controlSize, 8);
      MemorySegment header = msghdr(arena, data, capacity, control, controlSize);
      long n;
      do {
        n = Kernel.raw(Syscall.RECVMSG, socket.raw(), header, flags | Socket.MSG_CMSG_CLOEXEC, 0, 0, 0);
      } while (n == -Errno.EINTR.number());
      checked(Syscall.RECVMSG, socket.toString(), n);
      int messageFlags = header.get(JAVA_INT, MSG_FLAGS);
      List<Fd> descriptors = rights(control, header.get(JAVA_LONG, MSG_CONTROLLEN));
      boolean truncated = (messageFlags & (Socket.MSG_TRUNC | Socket.MSG_CTRUNC)) != 0;
      return new Message(data.asSlice(0, n).toArray(JAVA_BYTE), List.copyOf(descriptors), truncated);
    }
  }

  /**
   * A message and who sent it, as the kernel knows it.
   *
   * @param pid in this process's pid namespace, 0 if it is not visible there
   */
  public record Sent(byte[] bytes, int pid) {}

  /**
   * recvmsg(2) on a socket with SO_PASSCRED, of up to {@code capacity} bytes; what is longer is cut off. Descriptors that come along are dropped by the
   * kernel, as there is no room for them. Empty at the end of the stream, which on such a socket nobody can feign by an empty message.
   */
  public static Optional<Sent> recvmsgFromAnybody(Fd socket, int capacity, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(capacity);
      long controlSize = align(CMSG_HEADER + UCRED.byteSize());
      MemorySegment control = arena.allocate(controlSize, 8);
      MemorySegment header = msghdr(arena, data, capacity, control, controlSize);
      long n;
      do {
        n = Kernel.raw(Syscall.RECVMSG, socket.raw(), header, flags | Socket.MSG_CMSG_CLOEXEC, 0, 0, 0);
      } while (n == -Errno.EINTR.number());
      checked(Syscall.RECVMSG, socket.toString(), n);
      boolean credentials =
          header.get(JAVA_LONG, MSG_CONTROLLEN) >= CMSG_HEADER + UCRED.byteSize()
              && control.get(JAVA_INT, CMSG_LEVEL) == Socket.SOL_SOCKET
              && control.get(JAVA_INT, CMSG_TYPE) == Socket.SCM_CREDENTIALS;
      if (!credentials) {
        return Optional.empty();
      }
      return Optional.of(new Sent(data.asSlice(0, n).toArray(JAVA_BYTE), control.get(JAVA_INT, CMSG_HEADER + offset(UCRED, "pid"))));
    }
  }

  private static List<Fd> rights(MemorySegment control, long length) {
    List<Fd> descriptors = new ArrayList<>();
    for (long at = 0; at + CMSG_HEADER <= length; ) {
      long size = control.get(JAVA_LONG, at);
      if (size < CMSG_HEADER || at + size > length) {
        break;
      }
      int level = control.get(JAVA_INT, at + CMSG_LEVEL);
      int type = control.get(JAVA_INT, at + CMSG_TYPE);
      if (level == Socket.SOL_SOCKET && type == Socket.SCM_RIGHTS) {
        for (long fd = at + CMSG_HEADER; fd + 4 <= at + size; fd += 4) {
          descriptors.add(Fd.owning(control.get(JAVA_INT, fd)));
        }
      }
      at += align(size);
    }
    return descriptors;
  }

  private static MemorySegment msghdr(Arena arena, MemorySegment data, long length, MemorySegment control, long controlLength) {
    MemorySegment iov = arena.allocate(IOVEC);
    iov.set(JAVA_LONG, IOV_BASE, data.address());
    iov.set(JAVA_LONG, IOV_LEN, length);
    MemorySegment header = arena.allocate(MSGHDR);
    header.set(JAVA_LONG, MSG_IOV, iov.address());
    header.set(JAVA_LONG, MSG_IOVLEN, 1);
    header.set(JAVA_LONG, MSG_CONTROL, controlLength == 0 ? 0 : control.address());
    header.set(JAVA_LONG, MSG_CONTROLLEN, controlLength);
    return header;
  }

  private static void unix(Syscall call, Fd socket, String path) throws ErrnoException {
    byte[] bytes = FileName.encode(path);
    if (bytes.length >= SOCKADDR_UN.byteSize() - SUN_PATH) {
      throw new ErrnoException(call.kernelName(), Errno.ENAMETOOLONG, Kernel.quoted(path));
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SOCKADDR_UN);
      address.set(JAVA_SHORT, 0, (short) Socket.AF_UNIX);
      MemorySegment.copy(bytes, 0, address, JAVA_BYTE, SUN_PATH, bytes.length);
      call(call, Kernel.quoted(path), socket.raw(), address.address(), SUN_PATH + bytes.length + 1);
    }
  }

  private static long align(long size) {
    return size + 7 & ~7L;
  }
}
