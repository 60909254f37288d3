package dev.proa.lifecycle.internal.dns;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks name servers from the host's network, one after the other. Each question has a socket of its own, so that an answer has to hit port, id and
 * question, and what it says is sent back as it is.
 */
final class Forwarder {
  private static final int PORT = 53;
  private static final long TIMEOUT_MS = 3000;
  private static final int CONNECT_TIMEOUT_MS = 2000;
  private static final int ID = 0;
  private static final int FLAGS = 2;
  private static final int CODE = 0xf;

  /** @param query is released; @param answer gets the reply with the query's id, or null when no server had one */
  void forward(ByteBuf query, boolean tcp, List<InetAddress> servers, EventLoop loop, Consumer<@Nullable ByteBuf> answer) {
    new Attempt(query, tcp, servers, loop, answer).next(0, null);
  }

  private static final class Attempt {
    private final ByteBuf query;
    private final boolean tcp;
    private final List<InetAddress> servers;
    private final EventLoop loop;
    private final Consumer<@Nullable ByteBuf> answer;
    private final int originalId;

    Attempt(ByteBuf query, boolean tcp, List<InetAddress> servers, EventLoop loop, Consumer<@Nullable ByteBuf> answer) {
      this.query = query;
      this.tcp = tcp;
      this.servers = servers;
      this.loop = loop;
      this.answer = answer;
      this.originalId = query.getUnsignedShort(query.readerIndex());
    }

    /** @param refused what an earlier server said instead of an answer */
    void next(int index, @Nullable ByteBuf refused) {
      if (index == servers.size()) {
        query.release();
        answer.accept(refused);
        return;
      }
      int id = ThreadLocalRandom.current().nextInt(1 << 16);
      ByteBuf copy = query.copy();
      copy.setShort(ID, id);
      boolean[] over = {false};
      Channel[] channel = {null};
      Consumer<@Nullable ByteBuf> done =
          reply -> {
            if (over[0]) {
              if (reply != null) {
                reply.release();
              }
              return;
            }
            over[0] = true;
            if (channel[0] != null) {
              channel[0].close();
            }
            finish(index, reply, refused);
          };
      InetSocketAddress server = new InetSocketAddress(servers.get(index), PORT);
      var opened = (tcp ? stream(server, id, done) : datagrams(server, id, done)).connect(server);
      channel[0] = opened.channel();
      opened.addListener(
          connected -> {
            if (connected.isSuccess()) {
              opened.channel().writeAndFlush(copy);
            } else {
              copy.release();
              done.accept(null);
            }
          });
      loop.schedule(() -> done.accept(null), TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }

    /** SERVFAIL and REFUSED are said only if no other server knows better. */
    private void finish(int index, @Nullable ByteBuf reply, @Nullable ByteBuf refused) {
      if (reply == null) {
        next(index + 1, refused);
        return;
      }
      reply.setShort(reply.readerIndex() + ID, originalId);
      int code = reply.getUnsignedShort(reply.readerIndex() + FLAGS) & CODE;
      if (code == Query.SERVER_FAILURE || code == Query.REFUSED) {
        if (refused != null) {
          refused.release();
        }
        next(index + 1, reply);
        return;
      }
      if (refused != null) {
        refused.release();
      }
      query.release();
      answer.accept(reply);
    }

    private Bootstrap datagrams(InetSocketAddress server, int id, Consumer<@Nullable ByteBuf> done) {
      return new Bootstrap()
          .group(loop)
          .channel(EpollDatagramChannel.class)
          .handler(
              new SimpleChannelInboundHandler<DatagramPacket>() {
                @Override
                protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
                  if (matches(packet.content(), id)) {
                    done.accept(packet.content().retain());
                  }
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                  done.accept(null);
                }
              });
    }

    private Bootstrap stream(InetSocketAddress server, int id, Consumer<@Nullable ByteBuf> done) {
      return new Bootstrap()
          .group(loop)
          .channel(EpollSocketChannel.class)
          .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
          .handler(
              new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                  channel
                      .pipeline()
                      .addLast(new LengthFieldBasedFrameDecoder(0xffff, 0, 2, 0, 2), new LengthFieldPrepender(2), new Reply(id, done));
                }
              });
    }

    private static boolean matches(ByteBuf reply, int id) {
      return reply.readableBytes() >= 12 && reply.getUnsignedShort(reply.readerIndex()) == id && (reply.getByte(reply.readerIndex() + FLAGS) & 0x80) != 0;
    }

    private static final class Reply extends SimpleChannelInboundHandler<ByteBuf> {
      private final int id;
      private final Consumer<@Nullable ByteBuf> done;

      Reply(int id, Consumer<@Nullable ByteBuf> done) {
        this.id = id;
        this.done = done;
      }

      @Override
      protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
        done.accept(matches(message, id) ? Unpooled.copiedBuffer(message) : null);
      }

      @Override
      public void channelInactive(ChannelHandlerContext context) {
        done.accept(null);
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        done.accept(null);
      }
    }
  }
}
