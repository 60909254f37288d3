package dev.proa.api.http;

import dev.proa.lifecycle.loops.SteadyEpoll;
import dev.proa.spi.ProaException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An HTTP/1.1 server on Unix sockets. Event loops move bytes; every request is answered by a virtual thread of its own. */
public final class HttpServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 << 10, 256 << 10);
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final long CLOSE_MS = 1000;

  private static final String BUSY =
      """
      HTTP/1.1 503 Service Unavailable\r
      Content-Type: application/json\r
      Content-Length: 53\r
      Connection: close\r
      \r
      {"message":"too many connections are open and busy"}
      """;

  private final Application application;
  private final HttpLimits limits;
  private final EventLoopGroup loops;
  private final List<Listener> listeners = new ArrayList<>();
  private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicLong requestNumber = new AtomicLong();
  private final AtomicInteger running = new AtomicInteger();
  private final CountDownLatch drained = new CountDownLatch(1);
  private volatile boolean stopping;

  private record Listener(SocketFile file, Channel channel) {}

  public HttpServer(Application application, HttpLimits limits) {
    nameChannelsWithoutTheNetwork();
    if (!Epoll.isAvailable()) {
      throw ProaException.internal("netty's epoll transport does not load: " + Epoll.unavailabilityCause().getMessage(), Epoll.unavailabilityCause());
    }
    this.application = application;
    this.limits = limits;
    int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4);
    this.loops = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("api-loop", true), new SteadyEpoll());
  }

  /**
   * Netty names channels after the machine's hardware addresses and would look at all its interfaces for them; here the names only tell
   * channels of one process apart.
   */
  private static void nameChannelsWithoutTheNetwork() {
    if (System.getProperty("io.netty.machineId") == null) {
      System.setProperty("io.netty.machineId", "00:00:00:00:00:01");
    }
  }

  /**
   * Listens on one more socket.
   *
   * @throws ProaException {@code CONFLICT} if somebody else listens there, {@code INVALID_ARGUMENT} for a path no socket can have
   */
  public void listen(Path path) {
    SocketFile file = new SocketFile(path);
    file.prepare();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerDomainSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childHandler(
                new ChannelInitializer<EpollDomainSocketChannel>() {
                  @Override
                  protected void initChannel(EpollDomainSocketChannel channel) {
                    opened(channel);
                  }
                });
    Channel channel;
    try {
      channel = bootstrap.bind(new DomainSocketAddress(path.toFile())).syncUninterruptibly().channel();
    } catch (RuntimeException e) {
      throw ProaException.unavailable("cannot listen on " + file + ": " + e.getMessage(), e);
    }
    listeners.add(new Listener(file, channel));
    file.open();
    LOG.info("API listens on {}", file);
  }

  private void opened(EpollDomainSocketChannel channel) {
    HttpConnection connection = new HttpConnection(this, channel);
    if (connections.size() >= limits.connections() && !makeRoom()) {
      LOG.warn("{} connections are open and busy: refusing one more", connections.size());
      channel.writeAndFlush(Unpooled.copiedBuffer(BUSY, StandardCharsets.US_ASCII)).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    connections.add(connection);
    connection.install();
  }

  /** Closes the connection that nobody has used for longest. */
  private boolean makeRoom() {
    long now = System.nanoTime();
    HttpConnection oldest = null;
    long longest = -1;
    for (HttpConnection connection : connections) {
      long idle = connection.idleForNs(now);
      if (idle > longest) {
        longest = idle;
        oldest = connection;
      }
    }
    if (oldest == null) {
      return false;
    }
    connections.remove(oldest);
    oldest.closeIfIdle();
    return true;
  }

  void closed(HttpConnection connection) {
    connections.remove(connection);
  }

  void start(Exchange exchange) {
    running.incrementAndGet();
    Thread.ofVirtual().name("api-", requestNumber.getAndIncrement()).start(() -> run(exchange));
  }

  private void run(Exchange exchange) {
    try {
      application.handle(exchange);
    } catch (Exception | Error e) {
      if (e instanceof PeerGoneException || e instanceof IOException && exchange.clientFailed()) {
        LOG.debug("{} {} of {}: {}", exchange.method(), exchange.target(), exchange.peer(), e.getMessage());
        return;
      }
      LOG.error("{} {} failed after its answer had begun", exchange.method(), exchange.target(), e);
    } finally {
      exchange.over();
      if (running.decrementAndGet() == 0 && stopping) {
        drained.countDown();
      }
    }
  }

  HttpLimits limits() {
    return limits;
  }

  Application application() {
    return application;
  }

  boolean stopping() {
    return stopping;
  }

  /** How many connections are open. */
  public int connections() {
    return connections.size();
  }

  /**
   * Stops accepting, removes the sockets, ends what only its client waits for, gives the other requests a few seconds, and closes all
   * connections.
   */
  @Override
  public synchronized void close() {
    if (stopping) {
      return;
    }
    stopping = true;
    for (Listener listener : listeners) {
      listener.channel().close().syncUninterruptibly();
      listener.file().remove();
    }
    connections.forEach(HttpConnection::stop);
    try {
      if (running.get() > 0 && !drained.await(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.info("closing {} connections whose requests have not ended", running.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Event loops that are told to stop close their channels before they write what was handed to them: so channels first.
    List<ChannelFuture> closing = connections.stream().map(connection -> connection.channel().close()).toList();
    closing.forEach(future -> future.awaitUninterruptibly(CLOSE_MS));
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
