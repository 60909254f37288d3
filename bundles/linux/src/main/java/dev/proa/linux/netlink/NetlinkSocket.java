package dev.proa.linux.netlink;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Message;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Netlink;
import dev.proa.linux.abi.Socket;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A netlink socket of one network namespace: the one in which it was made, wherever it is used. One request at a time; not for several threads at
 * once. The kernel works on a request within the send, so nothing here waits for long.
 */
public final class NetlinkSocket implements AutoCloseable {
  private static final int ANSWER_BYTES = 64 << 10;

  /** So that a transaction with thousands of elements goes in one message, as it must. */
  private static final int SEND_BYTES = 8 << 20;

  private static final int RECEIVE_BYTES = 1 << 20;

  private final Fd fd;
  private int sequence;

  private NetlinkSocket(Fd fd) {
    this.fd = fd;
  }

  /** @param protocol NETLINK_ROUTE or NETLINK_NETFILTER; the namespace is the calling thread's */
  public static NetlinkSocket open(int protocol) throws ErrnoException {
    Fd fd = Sockets.socket(Socket.AF_NETLINK, Socket.SOCK_RAW, protocol);
    try {
      Sockets.setsockopt(fd, Netlink.SOL_NETLINK, Netlink.NETLINK_EXT_ACK, 1);
      Sockets.setsockopt(fd, Netlink.SOL_NETLINK, Netlink.NETLINK_CAP_ACK, 1);
      if (protocol == Netlink.NETLINK_NETFILTER) {
        force(fd, Socket.SO_SNDBUFFORCE, Socket.SO_SNDBUF, SEND_BYTES);
        force(fd, Socket.SO_RCVBUFFORCE, Socket.SO_RCVBUF, RECEIVE_BYTES);
      }
      return new NetlinkSocket(fd);
    } catch (ErrnoException e) {
      fd.close();
      throw e;
    }
  }

  /** Without CAP_NET_ADMIN over the first namespace only net.core.wmem_max is to be had; small transactions fit even so. */
  private static void force(Fd fd, int forced, int asked, int bytes) throws ErrnoException {
    try {
      Sockets.setsockopt(fd, Socket.SOL_SOCKET, forced, bytes);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EPERM) {
        throw e;
      }
      Sockets.setsockopt(fd, Socket.SOL_SOCKET, asked, bytes);
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  /** A request that changes something; returns when the kernel has done it. */
  public void change(NetlinkMessage request) throws ErrnoException {
    send(request.finish(++sequence, Netlink.NLM_F_ACK));
    receive(request.name(), false);
  }

  /**
   * Several requests in one send, done in their order, each whether or not one before it failed; returns when all are done. The first failure is
   * thrown, with the others suppressed.
   */
  void changeAll(List<NetlinkMessage> requests) throws ErrnoException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int start = sequence + 1;
    for (NetlinkMessage request : requests) {
      byte[] message = request.finish(++sequence, Netlink.NLM_F_ACK);
      bytes.write(message, 0, message.length);
    }
    send(bytes.toByteArray());
    List<ErrnoException> failures = new ArrayList<>();
    for (int left = requests.size(); left > 0; ) {
      byte[] packet = packet(0);
      if (packet == null || packet.length == 0) {
        throw new ErrnoException("netlink", Errno.ENODATA, requests.getLast().name());
      }
      left -= acknowledged(requests, start, packet, failures);
    }
    throwFirst(failures);
  }

  /**
   * Reads acknowledgements.
   *
   * @param first sequence number of the first request; the others follow
   * @param failures gets those that are told
   * @return how many requests are acknowledged, or have failed
   */
  static int acknowledged(List<NetlinkMessage> requests, int first, byte[] packet, List<ErrnoException> failures) {
    ByteBuffer in = ByteBuffer.wrap(packet).order(ByteOrder.nativeOrder());
    int count = 0;
    for (int at = 0; at + NetlinkMessage.HEADER + 4 <= packet.length; ) {
      int length = in.getInt(at);
      if (length < NetlinkMessage.HEADER + 4 || length > packet.length - at) {
        return count;
      }
      int answered = in.getInt(at + 8) - first;
      if (answered >= 0 && answered < requests.size() && in.getShort(at + 4) == Netlink.NLMSG_ERROR) {
        count++;
        try {
          fail(requests.get(answered).name(), packet, at);
        } catch (ErrnoException e) {
          failures.add(e);
        }
      }
      at += NetlinkMessage.align(length);
    }
    return count;
  }

  /** The first failure, with the others suppressed. */
  static void throwFirst(List<ErrnoException> failures) throws ErrnoException {
    if (!failures.isEmpty()) {
      ErrnoException first = failures.getFirst();
      failures.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  /** A request with one answer. */
  public NetlinkReply query(NetlinkMessage request) throws ErrnoException {
    send(request.finish(++sequence, Netlink.NLM_F_ACK));
    List<NetlinkReply> replies = receive(request.name(), false);
    if (replies.isEmpty()) {
      throw new ErrnoException("netlink", Errno.ENODATA, request.name());
    }
    return replies.getFirst();
  }

  /** A request with as many answers as there are things (NLM_F_DUMP). */
  public List<NetlinkReply> dump(NetlinkMessage request) throws ErrnoException {
    send(request.finish(++sequence, Netlink.NLM_F_DUMP));
    return receive(request.name(), true);
  }

  /**
   * Several messages in one send, such as a transaction of nftables, of which the last but one is acknowledged. The first failure is thrown.
   *
   * @param first how many messages of the frame come before those that do something
   */
  void transact(List<NetlinkMessage> messages, int first) throws ErrnoException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int start = sequence + 1;
    int acknowledged = messages.size() - 2;
    for (int i = 0; i < messages.size(); i++) {
      byte[] message = messages.get(i).finish(++sequence, i == acknowledged && i >= first ? Netlink.NLM_F_ACK : 0);
      bytes.write(message, 0, message.length);
    }
    send(bytes.toByteArray());
    boolean done = false;
    while (true) {
      byte[] packet = packet(Socket.MSG_DONTWAIT);
      if (packet == null) {
        if (!done) {
          throw new ErrnoException("netlink", Errno.ENODATA, messages.get(acknowledged).name());
        }
        return;
      }
      ByteBuffer in = ByteBuffer.wrap(packet).order(ByteOrder.nativeOrder());
      for (int at = 0; at + NetlinkMessage.HEADER <= packet.length; at += NetlinkMessage.align(in.getInt(at))) {
        int answered = in.getInt(at + 8) - start;
        if (answered < 0 || answered >= messages.size() || in.getShort(at + 4) != Netlink.NLMSG_ERROR) {
          continue;
        }
        fail(messages.get(answered).name(), packet, at);
        done |= answered == acknowledged;
      }
    }
  }

  private void send(byte[] bytes) throws ErrnoException {
    Sockets.sendmsg(fd, bytes, List.of(), 0);
  }

  /** Null when there is none and none is waited for. */
  private byte @Nullable [] packet(int flags) throws ErrnoException {
    try (Message message = Sockets.recvmsg(fd, ANSWER_BYTES, flags)) {
      return message.bytes();
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EAGAIN) {
        return null;
      }
      throw e;
    }
  }

  private List<NetlinkReply> receive(String name, boolean dump) throws ErrnoException {
    List<NetlinkReply> replies = new ArrayList<>();
    while (true) {
      byte[] packet = packet(0);
      if (packet == null) {
        return replies;
      }
      ByteBuffer in = ByteBuffer.wrap(packet).order(ByteOrder.nativeOrder());
      for (int at = 0; at + NetlinkMessage.HEADER <= packet.length; ) {
        int length = in.getInt(at);
        if (length < NetlinkMessage.HEADER || at + length > packet.length) {
          throw new ErrnoException("netlink", Errno.EBADMSG, name);
        }
        if (in.getInt(at + 8) == sequence) {
          switch (in.getShort(at + 4) & 0xffff) {
            case Netlink.NLMSG_ERROR -> {
              fail(name, packet, at);
              return replies;
            }
            case Netlink.NLMSG_DONE -> {
              return replies;
            }
            case Netlink.NLMSG_NOOP -> {}
            default ->
                replies.add(
                    new NetlinkReply(in.getShort(at + 4) & 0xffff, Arrays.copyOfRange(packet, at + NetlinkMessage.HEADER, at + length)));
          }
        }
        at += NetlinkMessage.align(length);
      }
      if (dump && packet.length == 0) {
        return replies;
      }
    }
  }

  /** Throws unless {@code struct nlmsgerr} at that place is an acknowledgement. */
  private static void fail(String name, byte[] packet, int at) throws ErrnoException {
    ByteBuffer in = ByteBuffer.wrap(packet).order(ByteOrder.nativeOrder());
    int error = in.getInt(at + NetlinkMessage.HEADER);
    if (error == 0) {
      return;
    }
    int length = in.getInt(at);
    int flags = in.getShort(at + 6) & 0xffff;
    String text = null;
    if ((flags & Netlink.NLM_F_ACK_TLVS) != 0) {
      // struct nlmsgerr: the error, then the request's header alone (NETLINK_CAP_ACK), then attributes
      byte[] payload = Arrays.copyOfRange(packet, at + NetlinkMessage.HEADER, at + length);
      text = new NetlinkReply(0, payload).attributes(4 + NetlinkMessage.HEADER).text(Netlink.NLMSGERR_ATTR_MSG);
    }
    throw new ErrnoException("netlink", -error, text == null ? name : name + ": " + text);
  }
}
