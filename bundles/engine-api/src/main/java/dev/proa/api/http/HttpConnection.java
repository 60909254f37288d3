package dev.proa.api.http;

import dev.proa.linux.Fd;
import dev.proa.linux.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.unix.PeerCredentials;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection. At most one request of it is being answered at any time; {@link Intake} and {@link RequestDecoder} keep back what comes
 * behind. All methods run on the event loop unless they say otherwise.
 *
 * <p>A client that closed looks, on a Unix socket, like one that closed its sending half only: both are an end of input. Which it is
 * shows in a write of no bytes, which fails with EPIPE once the peer is gone. So after the end of input, and while an answer is on its
 * way, the connection probes now and then: a half-closed client still gets its answer, and a gone one has its request cancelled.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
  private static final long HEAD_TIME_NS = 1_000_000_000;
  private static final long HEAD_PAUSE_NS = 50_000;
  private static final long MAX_HEAD_PAUSE_NS = 2_000_000;
  private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);
  private static final long PROBE_INTERVAL_MS = 250;
  private static final int MAX_FRAME_BYTES = 1 << 20;
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  private final HttpServer server;
  private final HttpLimits limits;
  private final EpollDomainSocketChannel channel;
  private final RequestDecoder decoder;
  private final ResponseEncoder encoder = new ResponseEncoder();
  private final Intake intake = new Intake(this);
  private final ReentrantLock writeLock = new ReentrantLock();
  private final Condition writableChanged = writeLock.newCondition();

  private Peer peer = Peer.UNKNOWN;
  private @Nullable Exchange current;
  private @Nullable InboundBytes raw;
  private boolean inputEnded;
  private boolean probing;
  private boolean waitsForBody;
  private boolean lingering;
  private boolean webSocket;
  private @Nullable Future<?> headTimeout;
  private volatile long idleSinceNs = System.nanoTime();
  private volatile boolean idle = true;

  HttpConnection(HttpServer server, EpollDomainSocketChannel channel) {
    this.server = server;
    this.limits = server.limits();
    this.channel = channel;
    this.decoder = new RequestDecoder(limits);
  }

  void install() {
    channel.pipeline().addLast(intake, decoder, encoder, this);
  }

  EpollDomainSocketChannel channel() {
    return channel;
  }

  Peer peer() {
    return peer;
  }

  /** Nanoseconds for which nothing was asked; negative while a request is being answered. From any thread. */
  long idleForNs(long nowNs) {
    return idle ? nowNs - idleSinceNs : -1;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) throws Exception {
    try {
      PeerCredentials credentials = channel.peerCredentials();
      int[] gids = credentials.gids();
      peer = new Peer(credentials.pid(), credentials.uid(), gids.length == 0 ? -1 : gids[0]);
    } catch (IOException e) {
      LOG.debug("cannot tell the peer of a connection: {}", e.getMessage());
    }
    super.channelActive(context);
  }

  // --- what comes in ---

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof ByteBuf bytes) {
      onRaw(bytes);
      return;
    }
    try {
      if (message instanceof WebSocketFrame frame) {
        onFrame(frame);
      }
      if (message instanceof HttpRequest request) {
        onHead(request);
      }
      if (message instanceof HttpContent content) {
        onContent(content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void onRaw(ByteBuf bytes) {
    InboundBytes input = raw;
    if (input == null) {
      bytes.release();
    } else {
      input.offer(bytes);
      updateReading();
    }
  }

  /** Of messages only the bytes count; where one ends means nothing to a process. */
  private void onFrame(WebSocketFrame frame) {
    InboundBytes input = raw;
    switch (frame) {
      case PingWebSocketFrame ping -> channel.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
      case PongWebSocketFrame pong -> LOG.trace("{} sends a pong", peer);
      case CloseWebSocketFrame close -> {
        if (input != null) {
          input.complete();
        }
      }
      default -> onRaw(frame.content().retain());
    }
  }

  private void onHead(HttpRequest request) {
    cancelHeadTimeout();
    if (current != null || lingering) {
      return;
    }
    if (request.decoderResult().isFailure()) {
      refuse(request.decoderResult());
      return;
    }
    if (request.protocolVersion().majorVersion() != 1) {
      refuse(HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "this server speaks HTTP/1.1, not " + request.protocolVersion());
      return;
    }
    String expect = request.headers().get(HttpHeaderNames.EXPECT);
    if (expect != null && !HttpUtil.is100ContinueExpected(request)) {
      refuse(HttpResponseStatus.EXPECTATION_FAILED, "unknown expectation: " + expect);
      return;
    }
    InboundBytes body = new InboundBytes(limits.bodyBufferBytes(), this::drained);
    if (expect != null) {
      body.beforeFirstRead(() -> channel.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE)));
    }
    if (!HttpUtil.isTransferEncodingChunked(request) && HttpUtil.getContentLength(request, 0L) == 0) {
      body.complete();
    }
    encoder.requestIsHead("HEAD".equals(request.method().name()));
    Exchange exchange = new Exchange(this, request, body, expect != null);
    current = exchange;
    idle = false;
    server.start(exchange);
  }

  private void onContent(HttpContent content) {
    Exchange exchange = current;
    if (exchange == null) {
      return;
    }
    InboundBytes body = exchange.bodyBytes();
    if (content.decoderResult().isFailure()) {
      body.fail(new IOException("the request body is malformed: " + content.decoderResult().cause().getMessage()));
      intake.discard();
      return;
    }
    body.offer(content.content().retain());
    if (content instanceof LastHttpContent) {
      body.complete();
      intake.hold();
      if (waitsForBody) {
        next();
      }
    } else if (waitsForBody && body.received() > limits.drainBytes() + exchange.receivedAtEnd()) {
      lingeringClose();
    }
    updateReading();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) throws Exception {
    if (current == null && raw == null && !lingering && headTimeout == null && decoder.hasPartialInput()) {
      headTimeout =
          context
              .executor()
              .schedule(
                  () -> refuse(HttpResponseStatus.REQUEST_TIMEOUT, "the request's head was not complete after " + limits.headTime()),
                  limits.headTime().toNanos(),
                  TimeUnit.NANOSECONDS);
    }
    super.channelReadComplete(context);
  }

  private void cancelHeadTimeout() {
    if (headTimeout != null) {
      headTimeout.cancel(false);
      headTimeout = null;
    }
  }

  /** The socket has nothing more to read; what {@link Intake} holds still comes. */
  void inputEnded() {
    inputEnded = true;
    if (lingering) {
      closeAfterFlush();
    } else {
      probe();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) {
      Exchange exchange = current;
      if (raw != null) {
        raw.complete();
      } else if (exchange != null) {
        exchange.bodyBytes().fail(new IOException("the client ended its input before the request body was complete"));
      } else {
        closeAfterFlush();
      }
      return;
    }
    super.userEventTriggered(context, event);
  }

  private void probe() {
    probing = false;
    if (!channel.isActive() || !inputEnded) {
      return;
    }
    try {
      channel.fd().write(NOTHING, 0, 0);
    } catch (IOException e) {
      LOG.debug("{} is gone: {}", peer, e.getMessage());
      channel.close();
      return;
    }
    if (!probing) {
      probing = true;
      channel.eventLoop().schedule(this::probe, PROBE_INTERVAL_MS, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    cancelHeadTimeout();
    server.closed(this);
    if (raw != null) {
      raw.fail(new PeerGoneException());
    }
    Exchange exchange = current;
    if (exchange != null) {
      exchange.bodyBytes().fail(new PeerGoneException());
      exchange.peerGone();
    }
    signalWriters();
    super.channelInactive(context);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
    signalWriters();
    super.channelWritabilityChanged(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException || cause instanceof CodecException) {
      LOG.debug("connection of {}: {}", peer, cause.getMessage());
    } else {
      LOG.warn("connection of {} closed after a failure of the server", peer, cause);
    }
    context.close();
  }

  /** Reads from the socket only as long as what was read has room. */
  void updateReading() {
    boolean wanted = intake.heldBytes() < limits.bodyBufferBytes();
    if (raw != null) {
      wanted &= !raw.isFull();
    } else if (current != null) {
      wanted &= !current.bodyBytes().isFull();
    }
    if (channel.config().isAutoRead() != wanted) {
      channel.config().setAutoRead(wanted);
    }
  }

  /** A reader made room. From any thread. */
  void drained() {
    onEventLoop(this::updateReading);
  }

  // --- what goes out ---

  /** Writes and waits while the client is slower than the writer. From the exchange's thread. */
  void write(Object message) throws IOException {
    if (!channel.isActive()) {
      ReferenceCountUtil.release(message);
      throw new PeerGoneException();
    }
    channel.writeAndFlush(message).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    if (channel.isWritable()) {
      return;
    }
    writeLock.lock();
    try {
      while (!channel.isWritable()) {
        if (!channel.isActive()) {
          throw new PeerGoneException();
        }
        writableChanged.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the client takes its time");
    } finally {
      writeLock.unlock();
    }
  }

  /**
   * Waits until the client has read all that was sent, no longer than {@link #HEAD_TIME_NS}. From the exchange's thread. Some clients (Python's SDK) read
   * a head through a buffer and what follows from the socket itself, so what came together with the head would be lost to them. The kernel tells how
   * much is unread, but nobody when that changes.
   */
  void awaitRead() throws IOException {
    long deadline = System.nanoTime() + HEAD_TIME_NS;
    long pause = HEAD_PAUSE_NS;
    while (channel.isActive() && Sockets.unreadByPeer(Fd.borrowed(channel.fd().intValue())) > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(pause);
      pause = Math.min(2 * pause, MAX_HEAD_PAUSE_NS);
    }
  }

  private void signalWriters() {
    writeLock.lock();
    try {
      writableChanged.signalAll();
    } finally {
      writeLock.unlock();
    }
  }

  InboundBytes newInput() {
    return new InboundBytes(limits.bodyBufferBytes(), this::drained);
  }

  long drainBytes() {
    return limits.drainBytes();
  }

  /** Turns the connection into two raw streams; {@code head} goes out first. From the exchange's thread; returns when it is done. */
  void hijack(byte[] head, InboundBytes input) throws IOException {
    leaveHttp(head, input, () -> {});
  }

  /** Turns the connection into a websocket (RFC 6455); {@code head} goes out first. As {@link #hijack}. */
  void hijackByWebSocket(byte[] head, InboundBytes input) throws IOException {
    leaveHttp(
        head,
        input,
        () -> {
          WebSocketDecoderConfig config =
              WebSocketDecoderConfig.newBuilder().maxFramePayloadLength(MAX_FRAME_BYTES).expectMaskedFrames(true).closeOnProtocolViolation(false).build();
          String self = channel.pipeline().context(this).name();
          channel.pipeline().addBefore(self, null, new WebSocket13FrameDecoder(config)).addBefore(self, null, new WebSocket13FrameEncoder(false));
          webSocket = true;
        });
  }

  /** Gives the connection to other handlers; {@code head} goes out first. From the exchange's thread; returns when the connection is closed. */
  void handOver(byte[] head, List<ChannelHandler> handlers) throws IOException {
    leaveHttp(
        head,
        null,
        () -> {
          String self = channel.pipeline().context(this).name();
          handlers.forEach(handler -> channel.pipeline().addBefore(self, null, handler));
        });
    try {
      channel.closeFuture().sync();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } finally {
      channel.close();
    }
  }

  private void leaveHttp(byte[] head, @Nullable InboundBytes input, Runnable newCodec) throws IOException {
    try {
      channel
          .eventLoop()
          .submit(
              () -> {
                if (!channel.isActive()) {
                  return;
                }
                raw = input;
                channel.pipeline().remove(encoder);
                channel.writeAndFlush(Unpooled.wrappedBuffer(head)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
                newCodec.run();
                // Which passes on what it has of the client's bytes.
                channel.pipeline().remove(decoder);
                intake.pass();
                intake.drain(channel.pipeline().context(intake));
                updateReading();
              })
          .sync();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (RejectedExecutionException e) {
      throw new PeerGoneException();
    }
    if (!channel.isActive()) {
      throw new PeerGoneException();
    }
  }

  /** The exchange's thread has nothing more to do with it. From that thread. */
  void finished(Exchange exchange) {
    onEventLoop(() -> over(exchange));
  }

  private void over(Exchange exchange) {
    if (!channel.isActive()) {
      current = null;
      return;
    }
    if (raw != null) {
      raw.close();
      if (webSocket) {
        channel.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
      }
      lingeringClose();
    } else if (!exchange.answered()) {
      // Cut off in the middle: the client must not take what it has for the whole.
      channel.close();
    } else if (!exchange.keepAlive() || exchange.bodyBytes().failed() || server.stopping()) {
      exchange.bodyBytes().close();
      lingeringClose();
    } else if (exchange.bodyBytes().isComplete()) {
      exchange.bodyBytes().close();
      next();
    } else {
      exchange.endReached();
      exchange.bodyBytes().close();
      waitsForBody = true;
      updateReading();
    }
  }

  private void next() {
    current = null;
    waitsForBody = false;
    idleSinceNs = System.nanoTime();
    idle = true;
    updateReading();
    intake.pass();
    try {
      decoder.next(channel.pipeline().context(decoder));
    } catch (Exception e) {
      exceptionCaught(channel.pipeline().context(this), e);
      return;
    }
    intake.drain(channel.pipeline().context(intake));
  }

  private void refuse(DecoderResult result) {
    Throwable cause = result.cause();
    if (cause instanceof TooLongHttpLineException) {
      refuse(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the request line is longer than " + limits.requestLineBytes() + " bytes");
    } else if (cause instanceof TooLongHttpHeaderException) {
      refuse(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the header fields are larger than " + limits.headBytes() + " bytes");
    } else {
      refuse(HttpResponseStatus.BAD_REQUEST, "malformed HTTP request");
    }
  }

  /** Answers what never became a request, and closes. */
  void refuse(HttpResponseStatus status, String message) {
    headTimeout = null;
    LOG.debug("{}: {}: {}", peer, status, message);
    byte[] body = server.application().malformed(message);
    DefaultFullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json").set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    response.headers().set(HttpHeaderNames.CONNECTION, "close");
    channel.writeAndFlush(response);
    lingeringClose();
  }

  /**
   * Closes the sending half once everything is out and takes what the client still sends for a while: closing a Unix socket with unread
   * input would make the client's reads fail before it has read its answer.
   */
  private void lingeringClose() {
    if (lingering) {
      return;
    }
    lingering = true;
    idle = false;
    intake.discard();
    updateReading();
    if (inputEnded) {
      closeAfterFlush();
      return;
    }
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> channel.shutdownOutput());
    channel.eventLoop().schedule(() -> channel.close(), limits.lingerTime().toNanos(), TimeUnit.NANOSECONDS);
  }

  private void closeAfterFlush() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /** The server stops: closes now if no request is being answered, else tells that request to come to its end. From any thread. */
  void stop() {
    onEventLoop(
        () -> {
          Exchange exchange = current;
          if (exchange != null) {
            exchange.cancel();
          } else if (raw == null) {
            channel.close();
          }
        });
  }

  /** Closes now if no request is being answered. From any thread. */
  void closeIfIdle() {
    onEventLoop(
        () -> {
          if (current == null && raw == null) {
            channel.close();
          }
        });
  }

  private void onEventLoop(Runnable task) {
    try {
      channel.eventLoop().execute(task);
    } catch (RejectedExecutionException e) {
      LOG.trace("the event loop has ended, and the connection with it");
    }
  }
}
