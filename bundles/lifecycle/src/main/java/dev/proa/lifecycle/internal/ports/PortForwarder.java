package dev.proa.lifecycle.internal.ports;

import dev.proa.lifecycle.loops.SteadyEpoll;
import dev.proa.linux.Fd;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes to containers what the kernel cannot: packets of IPv6 to a container that has IPv4 alone, which no rule can rewrite, and those for ::1, which
 * never leave the loopback link. One thread for all; each connection is copied with no more than a few buffers in each direction. It ends with the
 * daemon, as its listening sockets do: clients that are refused at ::1 then go on to 127.0.0.1, where the kernel serves them.
 */
final class PortForwarder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PortForwarder.class);

  /** Of all ports together: each takes two file descriptors. */
  private static final int MOST_CONNECTIONS = 4096;

  /** Of one UDP port; who comes after is not served until others have been silent. */
  private static final int MOST_PEERS = 512;

  private static final int CONNECT_MS = 10_000;

  /** Docker's for UDP. */
  private static final int SILENT_SECONDS = 90;

  private final AtomicInteger connections = new AtomicInteger();
  private @Nullable EventLoopGroup loop;

  /** One port that is forwarded. */
  static final class Forwarding implements AutoCloseable {
    private final Channel listening;
    private volatile InetSocketAddress target;

    private Forwarding(Channel listening, InetSocketAddress target) {
      this.listening = listening;
      this.target = target;
    }

    /** New connections go there from now on. */
    void to(InetSocketAddress other) {
      target = other;
    }

    /** The port is free afterwards; connections that are there go on until one of their ends closes. */
    @Override
    public void close() {
      listening.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
    }
  }

  /** Made before any channel: it loads the library that they need. */
  private synchronized EventLoopGroup loop() {
    EventLoopGroup current = loop;
    if (current == null) {
      current = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("port-forwarder", true), new SteadyEpoll());
      loop = current;
    }
    return current;
  }

  /** @param socket bound, does not block, and listens; it is the forwarder's from now on */
  Forwarding stream(Fd socket, InetSocketAddress target) {
    EventLoopGroup group = loop();
    EpollServerSocketChannel listening = new EpollServerSocketChannel(socket.release());
    Forwarding forwarding = new Forwarding(listening, target);
    listening.pipeline().addLast(new Acceptor(forwarding));
    group.register(listening);
    return forwarding;
  }

  /** @param socket of datagrams, bound, does not block; it is the forwarder's from now on */
  Forwarding datagrams(Fd socket, InetSocketAddress target) {
    EventLoopGroup group = loop();
    EpollDatagramChannel listening = new EpollDatagramChannel(socket.release());
    Forwarding forwarding = new Forwarding(listening, target);
    listening.pipeline().addLast(new Peers(forwarding));
    group.register(listening);
    return forwarding;
  }

  @Override
  public synchronized void close() {
    if (loop != null) {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
  }

  private final class Acceptor extends ChannelInboundHandlerAdapter {
    private final Forwarding forwarding;

    Acceptor(Forwarding forwarding) {
      this.forwarding = forwarding;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      EpollSocketChannel client = (EpollSocketChannel) message;
      if (connections.get() >= MOST_CONNECTIONS) {
        client.unsafe().closeForcibly();
        return;
      }
      connections.incrementAndGet();
      client.closeFuture().addListener(closed -> connections.decrementAndGet());
      client.config().setAutoRead(false).setAllowHalfClosure(true).setTcpNoDelay(true);
      context.channel().eventLoop().register(client);
      new Bootstrap()
          .group(context.channel().eventLoop())
          .channel(EpollSocketChannel.class)
          .option(ChannelOption.AUTO_READ, false)
          .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
          .option(ChannelOption.TCP_NODELAY, true)
          .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MS)
          .handler(new Relay(client))
          .connect(forwarding.target)
          .addListener(
              (ChannelFutureListener)
                  connected -> {
                    if (connected.isSuccess()) {
                      client.pipeline().addLast(new Relay(connected.channel()));
                      client.config().setAutoRead(true);
                      connected.channel().config().setAutoRead(true);
                    } else {
                      // A reset tells the client that nobody is there, where an end would look like an empty answer.
                      client.config().setSoLinger(0);
                      client.close();
                    }
                  });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("a connection to a forwarded port: {}", cause.toString());
    }
  }

  /** One direction: what one end sends goes to the other, no faster than it takes it. */
  private static final class Relay extends ChannelInboundHandlerAdapter {
    private final Channel other;

    Relay(Channel other) {
      this.other = other;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      other.write(message).addListener(written -> {
        if (!written.isSuccess()) {
          context.close();
        }
      });
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      other.flush();
      if (!other.isWritable()) {
        context.channel().config().setAutoRead(false);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (context.channel().isWritable()) {
        other.config().setAutoRead(true);
      }
      context.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> ((DuplexChannel) other).shutdownOutput());
        if (((DuplexChannel) other).isInputShutdown()) {
          finish(context.channel());
        }
      }
    }

    /** Both ends have said all. */
    private void finish(Channel own) {
      own.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("a forwarded connection: {}", cause.toString());
      context.close();
    }
  }

  /** A UDP port: each client has a socket of its own towards the container, so that answers find their way back. */
  private static final class Peers extends SimpleChannelInboundHandler<DatagramPacket> {
    private final Forwarding forwarding;
    private final Map<InetSocketAddress, ChannelFuture> peers = new HashMap<>();

    Peers(Forwarding forwarding) {
      this.forwarding = forwarding;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
      InetSocketAddress sender = packet.sender();
      ChannelFuture peer = peers.get(sender);
      if (peer == null) {
        if (peers.size() >= MOST_PEERS) {
          return;
        }
        peer =
            new Bootstrap()
                .group(context.channel().eventLoop())
                .channel(EpollDatagramChannel.class)
                .handler(new Answers(context.channel(), sender))
                .connect(forwarding.target);
        peers.put(sender, peer);
        peer.channel().closeFuture().addListener(closed -> peers.remove(sender));
      }
      ByteBuf content = packet.content().retain();
      // At once, but for the first ones.
      peer.addListener((ChannelFutureListener) connected -> connected.channel().writeAndFlush(content));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      List.copyOf(peers.values()).forEach(peer -> peer.channel().close());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("a forwarded datagram: {}", cause.toString());
    }
  }

  /** What the container answers to one client. */
  private static final class Answers extends io.netty.channel.ChannelInitializer<Channel> {
    private final Channel listening;
    private final InetSocketAddress client;

    Answers(Channel listening, InetSocketAddress client) {
      this.listening = listening;
      this.client = client;
    }

    @Override
    protected void initChannel(Channel peer) {
      peer.pipeline().addLast(new IdleStateHandler(0, 0, SILENT_SECONDS));
      peer.pipeline()
          .addLast(
              new SimpleChannelInboundHandler<DatagramPacket>() {
                @Override
                protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
                  listening.writeAndFlush(new DatagramPacket(packet.content().retain(), client));
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext context, Object event) {
                  if (event instanceof IdleStateEvent) {
                    context.close();
                  }
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                  LOG.debug("an answer by UDP: {}", cause.toString());
                }
              });
    }
  }
}
