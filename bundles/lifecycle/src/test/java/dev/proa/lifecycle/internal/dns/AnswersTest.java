package dev.proa.lifecycle.internal.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private static final ByteBufAllocator HEAP = new UnpooledByteBufAllocator(false, true);
  private static final List<InetAddress> SERVERS = List.of(InetAddress.ofLiteral("203.0.113.53"));

  private final EventLoop loop = new DefaultEventLoop();
  private final AtomicLong clock = new AtomicLong(1);

  @AfterEach
  void endLoop() {
    loop.shutdownGracefully();
  }

  /** "many" has {@code count} addresses, everything else is nobody's and there is no way out. */
  private ByteBuf ask(int count, boolean tcp, ByteBuf query) {
    Names names =
        new Names() {
          @Override
          public @Nullable List<InetAddress> addresses(String name, boolean ipv6) {
            List<InetAddress> found = new ArrayList<>();
            for (int i = 0; i < count && !ipv6; i++) {
              found.add(InetAddress.ofLiteral("10.0.0." + (i + 1)));
            }
            return name.equals("many") ? found : null;
          }

          @Override
          public @Nullable String name(InetAddress address) {
            return address.equals(InetAddress.ofLiteral("10.0.0.7")) ? "web.net" : null;
          }

          @Override
          public List<InetAddress> forwarders() {
            return List.of();
          }
        };
    List<ByteBuf> answers = new ArrayList<>();
    new Answers(names, new Forwarder(), new AnswerCache(clock::get)).answer(query, tcp, HEAP, loop, answers::add);
    return answers.isEmpty() ? Unpooled.EMPTY_BUFFER : answers.getFirst();
  }

  /** @param edns bytes that are taken by UDP, 0 for none said */
  private static ByteBuf query(String name, int type, int edns) {
    ByteBuf query = Unpooled.buffer().writeShort(0x1234).writeShort(0x0100).writeShort(1).writeShort(0).writeShort(0).writeShort(edns > 0 ? 1 : 0);
    for (String label : name.split("\\.")) {
      query.writeByte(label.length()).writeCharSequence(label, StandardCharsets.US_ASCII);
    }
    query.writeByte(0).writeShort(type).writeShort(1);
    return edns == 0 ? query : query.writeByte(0).writeShort(41).writeShort(edns).writeInt(0).writeShort(0);
  }

  private static int answers(ByteBuf message) {
    return message.getUnsignedShort(6);
  }

  private static boolean truncated(ByteBuf message) {
    return (message.getUnsignedShort(2) & 0x0200) != 0;
  }

  @Test
  void namesAreFoundHoweverTheyAreSpeltAndAnsweredAsTheyWereAsked() {
    ByteBuf answer = ask(2, false, query("MaNy", 1, 0));
    assertThat(answers(answer)).isEqualTo(2);
    assertThat(answer.toString(13, 4, StandardCharsets.US_ASCII)).isEqualTo("MaNy");
  }

  @Test
  void longAnswerIsCutForUdpAndWholeByTcpOrForWhoTakesMore() {
    assertThat(truncated(ask(40, false, query("many", 1, 0)))).isTrue();
    assertThat(answers(ask(40, false, query("many", 1, 0)))).isZero();
    assertThat(ask(40, false, query("many", 1, 0)).readableBytes()).isEqualTo(22);
    assertThat(answers(ask(40, true, query("many", 1, 0)))).isEqualTo(40);
    ByteBuf large = ask(40, false, query("many", 1, 4096));
    assertThat(truncated(large)).isFalse();
    assertThat(answers(large)).isEqualTo(40);
    assertThat(large.getUnsignedShort(10)).as("an OPT of its own").isEqualTo(1);
    assertThat(truncated(ask(100, false, query("many", 1, 65535)))).as("longer than any path takes").isTrue();
  }

  @Test
  void addressesAreNamed() {
    assertThat(answers(ask(1, false, query("7.0.0.10.in-addr.arpa", 12, 0)))).isEqualTo(1);
    assertThat(ask(1, false, query("8.0.0.10.in-addr.arpa", 12, 0)).getUnsignedShort(2) & 0xf).as("NXDOMAIN").isEqualTo(3);
  }

  @Test
  void whatIsNoQueryGetsNoAnswerAndHarmsNobody() {
    Random random = new Random(7);
    byte[] good = ByteBufUtil.getBytes(query("many", 1, 1232));
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = good.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      ask(1, false, Unpooled.wrappedBuffer(bad, 0, random.nextInt(bad.length + 1))).release();
    }
  }

  /** A reply to {@code query} with one address. */
  private static ByteBuf reply(ByteBuf query, int ttl) {
    return query.copy().setShort(2, 0x8180).setShort(6, 1).writeShort(0xc00c).writeShort(1).writeShort(1).writeInt(ttl).writeShort(4).writeInt(0xcb007109);
  }

  private static int ttl(ByteBuf reply) {
    return reply.getInt(reply.readableBytes() - 10);
  }

  @Test
  void replyIsKeptForItsTimeWithTheNextClientsIdAndSpelling() {
    AnswerCache cache = new AnswerCache(clock::get);
    ByteBuf query = query("www.example", 1, 0);
    cache.keep(query, false, SERVERS, reply(query, 60));
    clock.addAndGet(20_000_000_000L);
    ByteBuf other = query("WWW.example", 1, 0).setShort(0, 0x9999);
    ByteBuf kept = cache.find(other, false, SERVERS, HEAP);
    assertThat(kept).isNotNull();
    assertThat(kept.getUnsignedShort(0)).isEqualTo(0x9999);
    assertThat(kept.toString(13, 3, StandardCharsets.US_ASCII)).isEqualTo("WWW");
    assertThat(ttl(kept)).isEqualTo(40);
    assertThat(cache.find(query("www.example", 28, 0), false, SERVERS, HEAP)).as("another type").isNull();
    assertThat(cache.find(other, false, List.of(InetAddress.ofLiteral("203.0.113.54")), HEAP)).as("another server").isNull();
    clock.addAndGet(41_000_000_000L);
    assertThat(cache.find(other, false, SERVERS, HEAP)).as("after its time").isNull();
  }

  @Test
  void cookiesAreNotSharedAndOtherOptionsAreNotKept() {
    AnswerCache cache = new AnswerCache(clock::get);
    ByteBuf first = withOption(query("www.example", 1, 1232), 10, 0x11);
    cache.keep(first, false, SERVERS, withOption(reply(query("www.example", 1, 0), 60).setShort(10, 1).writeByte(0).writeShort(41).writeShort(1232).writeInt(0).writeShort(0), 10, 0x11));
    ByteBuf kept = cache.find(withOption(query("www.example", 1, 1232), 10, 0x22), false, SERVERS, HEAP);
    assertThat(kept).isNotNull();
    assertThat(kept.getUnsignedShort(kept.readableBytes() - 2)).as("options in it").isZero();
    assertThat(cache.find(withOption(query("www.example", 1, 1232), 8, 0x22), false, SERVERS, HEAP)).as("with the client's subnet").isNull();
    assertThat(cache.find(query("www.example", 1, 0), false, SERVERS, HEAP)).as("without EDNS").isNull();
  }

  /** The message ends with an empty OPT, which gets that option. */
  private static ByteBuf withOption(ByteBuf message, int code, int value) {
    return message.setShort(message.writerIndex() - 2, 8).writeShort(code).writeShort(4).writeInt(value);
  }

  @Test
  void whatSaysNoTimeOrIsBrokenIsNotKept() {
    AnswerCache cache = new AnswerCache(clock::get);
    ByteBuf query = query("www.example", 1, 0);
    cache.keep(query, false, SERVERS, reply(query, 0));
    cache.keep(query, false, SERVERS, query.copy().setShort(2, 0x8183));
    cache.keep(query, false, SERVERS, reply(query, 60).setShort(2, 0x8182));
    cache.keep(query, false, SERVERS, reply(query, 60).setShort(2, 0x8380));
    cache.keep(query, false, SERVERS, reply(query("other.example", 1, 0), 60));
    ByteBuf whole = reply(query, 60);
    for (int length = 0; length < whole.readableBytes(); length++) {
      cache.keep(query, false, SERVERS, whole.copy(0, Math.max(12, length)));
    }
    assertThat(cache.find(query, false, SERVERS, HEAP)).isNull();
  }

  @Test
  void theCacheIsBounded() {
    AnswerCache cache = new AnswerCache(clock::get);
    ByteBuf first = query("n0.example", 1, 0);
    for (int i = 0; i < 10_000; i++) {
      ByteBuf query = query("n" + i + ".example", 1, 0);
      cache.keep(query, false, SERVERS, reply(query, 60));
    }
    assertThat(cache.find(first, false, SERVERS, HEAP)).isNull();
    assertThat(cache.find(query("n9999.example", 1, 0), false, SERVERS, HEAP)).isNotNull();
  }
}
