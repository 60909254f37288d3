package dev.proa.buildkit.internal.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One call on one stream of HTTP/2, from either side. Reading and writing block; any thread may write. Of what comes in no more is held than a few messages:
 * the stream is read on only when the reader has caught up, and so the other side has to wait.
 */
public abstract class GrpcCall extends ChannelInboundHandlerAdapter {
  private static final int MAX_HELD = 256 << 10;

  private final Deframer deframer = new Deframer();
  private final ArrayDeque<byte[]> received = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private @Nullable Channel channel;
  private int held;
  private volatile boolean broken;
  private boolean inputEnded;
  private boolean over;
  private @Nullable GrpcException failure;
  private @Nullable Runnable whenOver;

  /** What comes in makes no sense any more, and is not looked at. On the event loop. */
  abstract void broken();

  /** The stream's first headers have come, or its last ones. On the event loop. */
  abstract void headers(Http2Headers headers, boolean last);

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
    context.channel().config().setAutoRead(false);
    if (context.channel().isActive()) {
      context.read();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    context.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      switch (message) {
        case Http2HeadersFrame frame -> {
          headers(frame.headers(), frame.isEndStream());
          if (frame.isEndStream()) {
            end(null);
          }
        }
        case Http2DataFrame frame -> {
          data(frame.content());
          if (frame.isEndStream()) {
            end(deframer.inside() ? new GrpcException(GrpcStatus.DATA_LOSS, "the stream ends within a message") : null);
          }
        }
        case Http2ResetFrame reset -> fail(new GrpcException(GrpcStatus.CANCELLED, "the other side has given up the call"));
        default -> {}
      }
    } catch (GrpcException e) {
      broken = true;
      fail(e);
      broken();
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void data(ByteBuf bytes) throws GrpcException {
    if (broken) {
      return;
    }
    List<byte[]> messages = deframer.take(bytes);
    lock.lock();
    try {
      for (byte[] message : messages) {
        received.addLast(message);
        held += message.length + Deframer.PREFIX;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    readOn();
  }

  private void readOn() {
    Channel stream = channel;
    lock.lock();
    try {
      if (held > MAX_HELD || stream == null) {
        return;
      }
    } finally {
      lock.unlock();
    }
    stream.read();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof Http2ResetFrame) {
      fail(new GrpcException(GrpcStatus.CANCELLED, "the other side has given up the call"));
      return;
    }
    super.userEventTriggered(context, event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(new GrpcException(GrpcStatus.UNAVAILABLE, "the connection is gone"));
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    signal();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(new GrpcException(GrpcStatus.INTERNAL, "the stream broke: " + cause.getMessage()));
    context.close();
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** No more messages come; those that have come are still there. */
  void end(@Nullable GrpcException problem) {
    lock.lock();
    try {
      inputEnded = true;
      if (failure == null) {
        failure = problem;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The call is over before its time. */
  void fail(GrpcException problem) {
    Runnable action;
    lock.lock();
    try {
      boolean ended = inputEnded && failure == null;
      inputEnded = true;
      if (failure == null && !ended) {
        failure = problem;
      }
      over = true;
      action = whenOver;
      whenOver = null;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (action != null) {
      Thread.startVirtualThread(action);
    }
  }

  /** Runs something, on a thread of its own, when the other side or the connection ends the call; at once if that has happened. */
  public void whenOver(Runnable action) {
    lock.lock();
    try {
      if (!over) {
        whenOver = action;
        return;
      }
    } finally {
      lock.unlock();
    }
    Thread.startVirtualThread(action);
  }

  /** The next message; null when the other side has no more to say. Ends early, with {@link InterruptedIOException}, if the thread is interrupted. */
  public byte @Nullable [] receive() throws IOException {
    lock.lock();
    byte[] message;
    try {
      while (received.isEmpty()) {
        if (failure != null) {
          throw failure;
        }
        if (inputEnded) {
          return null;
        }
        changed.await();
      }
      message = received.removeFirst();
      held -= message.length + Deframer.PREFIX;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a message");
    } finally {
      lock.unlock();
    }
    readOn();
    return message;
  }

  /** The next message, or null at the end. */
  public <M extends MessageLite> @Nullable M receive(Parser<M> parser) throws IOException {
    byte[] message = receive();
    if (message == null) {
      return null;
    }
    try {
      return parser.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new GrpcException(GrpcStatus.INVALID_ARGUMENT, "a message cannot be read: " + e.getMessage());
    }
  }

  public void send(MessageLite message) throws IOException {
    send(message.toByteArray());
  }

  /** Sends a message, and waits while the other side takes its time. */
  public void send(byte[] message) throws IOException {
    byte[] prefix = {0, (byte) (message.length >> 24), (byte) (message.length >> 16), (byte) (message.length >> 8), (byte) message.length};
    beforeMessage();
    write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(prefix, message), false));
    awaitRoom();
  }

  /** Before the first message is sent. */
  void beforeMessage() throws IOException {}

  private void awaitRoom() throws IOException {
    Channel stream = opened();
    lock.lock();
    try {
      while (!stream.isWritable() && stream.isActive()) {
        if (over && failure != null) {
          throw failure;
        }
        changed.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the other side takes its time");
    } finally {
      lock.unlock();
    }
  }

  Channel opened() {
    Channel stream = channel;
    if (stream == null) {
      throw new IllegalStateException("the stream is not open");
    }
    return stream;
  }

  ChannelFuture write(Object frame) throws IOException {
    Channel stream = opened();
    if (!stream.isActive()) {
      ReferenceCountUtil.release(frame);
      GrpcException known = failure;
      throw known != null ? known : new GrpcException(GrpcStatus.UNAVAILABLE, "the connection is gone");
    }
    return stream.writeAndFlush(frame);
  }

  /** Whether the other side has said all. */
  boolean inputEnded() {
    lock.lock();
    try {
      return inputEnded && !broken;
    } finally {
      lock.unlock();
    }
  }

  static Http2HeadersFrame frame(Http2Headers headers, boolean last) {
    return new DefaultHttp2HeadersFrame(headers, last);
  }

  static Http2Headers newHeaders() {
    return new DefaultHttp2Headers(false);
  }

  /** Gives the call up. From any thread. */
  public void reset() {
    Channel stream = channel;
    if (stream != null && stream.isActive()) {
      stream.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL));
    }
  }

  /** Nothing more is to come: this side is done. */
  void noMore() throws IOException {
    write(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
  }

  static String encoded(String message) {
    String text = message.length() > 4096 ? message.substring(0, 4096) + "…" : message;
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  static String decoded(@Nullable CharSequence message) {
    try {
      return message == null ? "" : URLDecoder.decode(message.toString().replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return message.toString();
    }
  }
}
