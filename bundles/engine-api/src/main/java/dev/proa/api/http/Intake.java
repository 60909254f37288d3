package dev.proa.api.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The first handler of a connection: while a request is being answered it holds what the client sends behind it, the end of its input
 * included, because Netty's decoder would drop undecoded bytes at that end. The connection learns of the end at once all the same.
 */
final class Intake extends ChannelInboundHandlerAdapter {
  private enum Mode {
    PASS,
    HOLD,
    DISCARD
  }

  private final HttpConnection connection;
  private final ArrayDeque<ByteBuf> held = new ArrayDeque<>();
  private int heldBytes;
  private Mode mode = Mode.PASS;
  private @Nullable Object withheldEnd;

  Intake(HttpConnection connection) {
    this.connection = connection;
  }

  int heldBytes() {
    return heldBytes;
  }

  void hold() {
    if (mode == Mode.PASS) {
      mode = Mode.HOLD;
    }
  }

  void pass() {
    if (mode == Mode.HOLD) {
      mode = Mode.PASS;
    }
  }

  /** Passes on what was held, as long as nobody tells it to hold again. */
  void drain(ChannelHandlerContext context) {
    while (mode == Mode.PASS && !held.isEmpty()) {
      ByteBuf bytes = held.removeFirst();
      heldBytes -= bytes.readableBytes();
      context.fireChannelRead(bytes);
      context.fireChannelReadComplete();
    }
    Object end = withheldEnd;
    if (mode == Mode.PASS && end != null) {
      withheldEnd = null;
      context.fireUserEventTriggered(end);
    }
  }

  /** Nothing that comes is of interest any more. */
  void discard() {
    mode = Mode.DISCARD;
    held.forEach(ByteBuf::release);
    held.clear();
    heldBytes = 0;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    switch (mode) {
      case PASS -> context.fireChannelRead(bytes);
      case HOLD -> {
        held.add(bytes);
        heldBytes += bytes.readableBytes();
        connection.updateReading();
      }
      case DISCARD -> bytes.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      connection.inputEnded();
      if (mode == Mode.PASS) {
        context.fireUserEventTriggered(event);
      } else {
        withheldEnd = event;
      }
    } else if (!(event instanceof ChannelInputShutdownReadComplete)) {
      context.fireUserEventTriggered(event);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    discard();
  }
}
