package dev.proa.lifecycle.internal.dns;

import dev.proa.linux.Fd;
import dev.proa.spawn.Shim;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The name service of all containers, on one thread. A container's sockets lie in its own network namespace; copies of them are parked with the shim,
 * so that queries of the time without a daemon are answered by the next.
 */
public final class Resolver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Resolver.class);
  private static final String PARKED = "resolver-";
  private static final int MAX_CONNECTIONS = 64;
  private static final int IDLE_SECONDS = 10;

  private final Supplier<@Nullable Shim> shim;
  private final Forwarder forwarder = new Forwarder();
  private final AnswerCache cache = new AnswerCache();
  private final Map<String, Service> services = new ConcurrentHashMap<>();
  private @Nullable EventLoopGroup loops;

  /** One container's. */
  private record Service(Channel udp, Channel tcp, ChannelGroup connections) {}

  /** @param shim null while there is none: then nothing is parked */
  public Resolver(Supplier<@Nullable Shim> shim) {
    this.shim = shim;
  }

  public boolean serves(String container) {
    return services.containsKey(container);
  }

  /** Starts the service of a container. @param namespace path of its network namespace */
  public void open(String container, String namespace, Names names) throws IOException {
    ResolverSockets sockets = ResolverSockets.make(namespace);
    park(container, sockets);
    serve(container, sockets, names);
  }

  /** Takes up the service of a container that an earlier daemon started, on the same sockets if the shim has them. */
  public void adopt(String container, String namespace, Names names) throws IOException {
    ResolverSockets parked = fetch(container);
    if (parked == null) {
      open(container, namespace, names);
    } else {
      serve(container, parked, names);
    }
  }

  private void park(String container, ResolverSockets sockets) {
    Shim current = shim.get();
    if (current == null) {
      return;
    }
    try {
      current.park(PARKED + container, sockets.both());
    } catch (IOException e) {
      LOG.warn("{}: its resolver's sockets do not outlive this daemon: {}", container, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable ResolverSockets fetch(String container) {
    Shim current = shim.get();
    if (current == null) {
      return null;
    }
    try {
      List<Fd> both = current.fetch(PARKED + container);
      if (both.size() == 2) {
        return new ResolverSockets(both.get(0), both.get(1));
      }
      Fd.closeAll(both);
    } catch (IOException e) {
      LOG.debug("{}: no sockets from the shim: {}", container, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return null;
  }

  private void unpark(String name) {
    Shim current = shim.get();
    if (current == null) {
      return;
    }
    try {
      current.unpark(name);
    } catch (IOException e) {
      LOG.debug("{} is not taken back from the shim: {}", name, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized EventLoopGroup loops() {
    EventLoopGroup current = loops;
    if (current == null) {
      current = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("resolver", true), EpollIoHandler.newFactory());
      loops = current;
    }
    return current;
  }

  private void serve(String container, ResolverSockets sockets, Names names) {
    Answers answers = new Answers(names, forwarder, cache);
    ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    EpollDatagramChannel udp = new EpollDatagramChannel(sockets.udp().release());
    udp.pipeline().addLast(new Datagrams(answers));
    EpollServerSocketChannel tcp = new EpollServerSocketChannel(sockets.tcp().release());
    tcp.pipeline().addLast(new Acceptor(answers, connections));
    Service before = services.put(container, new Service(udp, tcp, connections));
    loops().register(udp);
    loops().register(tcp);
    if (before != null) {
      close(before);
    }
  }

  /** Idempotent. */
  public void stop(String container) {
    Service service = services.remove(container);
    if (service != null) {
      close(service);
      unpark(PARKED + container);
    }
  }

  private static void close(Service service) {
    // Awaited: as long as a socket is open, so is the network namespace.
    service.connections().close().awaitUninterruptibly(1, TimeUnit.SECONDS);
    service.udp().close().awaitUninterruptibly(1, TimeUnit.SECONDS);
    service.tcp().close().awaitUninterruptibly(1, TimeUnit.SECONDS);
  }

  /** Sockets of containers that ended while no daemon was there. */
  public void sweep(Predicate<String> runs) {
    Shim current = shim.get();
    if (current == null) {
      return;
    }
    try {
      for (String name : current.parked()) {
        if (name.startsWith(PARKED) && !runs.test(name.substring(PARKED.length()))) {
          unpark(name);
        }
      }
    } catch (IOException e) {
      LOG.warn("sockets that nobody needs stay with the shim until the next start: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The daemon ends; containers go on, and so do the sockets that are parked. */
  @Override
  public synchronized void close() {
    services.values().forEach(Resolver::close);
    services.clear();
    if (loops != null) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
  }

  private static final class Datagrams extends SimpleChannelInboundHandler<DatagramPacket> {
    private final Answers answers;

    Datagrams(Answers answers) {
      this.answers = answers;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
      answers.answer(
          packet.content(),
          false,
          context.alloc(),
          context.channel().eventLoop(),
          answer -> context.writeAndFlush(new DatagramPacket(answer, packet.sender())));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("a query by UDP: {}", cause.toString());
    }
  }

  private static final class Acceptor extends ChannelInboundHandlerAdapter {
    private final Answers answers;
    private final ChannelGroup connections;

    Acceptor(Answers answers, ChannelGroup connections) {
      this.answers = answers;
      this.connections = connections;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      Channel connection = (Channel) message;
      if (connections.size() >= MAX_CONNECTIONS) {
        connection.unsafe().closeForcibly();
        return;
      }
      connections.add(connection);
      connection
          .pipeline()
          .addLast(
              new ReadTimeoutHandler(IDLE_SECONDS),
              new LengthFieldBasedFrameDecoder(0xffff, 0, 2, 0, 2),
              new LengthFieldPrepender(2),
              new Stream(answers));
      context.channel().eventLoop().register(connection);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("a connection to the resolver: {}", cause.toString());
    }
  }

  private static final class Stream extends SimpleChannelInboundHandler<ByteBuf> {
    private final Answers answers;

    Stream(Answers answers) {
      this.answers = answers;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
      answers.answer(message, true, context.alloc(), context.channel().eventLoop(), context::writeAndFlush);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
