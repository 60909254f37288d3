package dev.proa.api.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/**
 * Decodes one request and then waits to be told to go on. Until the answer is known, nobody knows whether what follows is the next request
 * (pipelined) or the raw input of a hijacked connection: it stays undecoded, and removing this decoder from the pipeline passes it on.
 */
final class RequestDecoder extends HttpRequestDecoder {
  private boolean open = true;
  private boolean removed;

  RequestDecoder(HttpLimits limits) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(limits.requestLineBytes())
            .setMaxHeaderSize(limits.headBytes())
            .setMaxChunkSize(64 << 10));
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
    if (!open) {
      return;
    }
    super.decode(context, in, out);
    if (!out.isEmpty() && out.getLast() instanceof LastHttpContent) {
      open = false;
    }
  }

  /** Whether bytes lie here of a request whose head is not complete. */
  boolean hasPartialInput() {
    return open && actualReadableBytes() > 0;
  }

  /** Decodes the next request, from what lies here already if there is something. */
  void next(ChannelHandlerContext context) throws Exception {
    if (!removed) {
      open = true;
      channelRead(context, Unpooled.EMPTY_BUFFER);
      channelReadComplete(context);
    }
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) throws Exception {
    removed = true;
    super.handlerRemoved0(context);
  }
}
