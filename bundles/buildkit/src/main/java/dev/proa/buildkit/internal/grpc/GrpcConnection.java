package dev.proa.buildkit.internal.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import java.util.List;

/** HTTP/2 on a connection that has left HTTP/1.1, as the server of methods or as the client of those that the other side offers. */
public final class GrpcConnection {
  private static final int MAX_STREAMS = 128;
  private static final int WINDOW = 1 << 20;
  private static final int MAX_HEADERS = 64 << 10;

  private GrpcConnection() {}

  private static Http2Settings settings() {
    return Http2Settings.defaultSettings().maxConcurrentStreams(MAX_STREAMS).initialWindowSize(WINDOW).maxHeaderListSize(MAX_HEADERS);
  }

  /** The handlers of a connection on which a client calls methods. */
  public static List<ChannelHandler> server(Methods methods) {
    return List.of(
        Http2FrameCodecBuilder.forServer().initialSettings(settings()).autoAckPingFrame(true).build(),
        new Http2MultiplexHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel stream) {
                stream.pipeline().addLast(new ServerCall(methods));
              }
            }));
  }

  /** The handlers of a connection on which this engine calls what the other side offers. */
  public static List<ChannelHandler> client() {
    Http2Settings settings = settings().pushEnabled(false);
    settings.remove(Http2CodecUtil.SETTINGS_MAX_CONCURRENT_STREAMS);
    return List.of(
        Http2FrameCodecBuilder.forClient().initialSettings(settings).autoAckPingFrame(true).build(),
        new Http2MultiplexHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel stream) {
                stream.close(); // nobody may call this side
              }
            }));
  }
}
