package dev.proa.lifecycle.internal.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Answers one container's queries: names of its networks at once, the others from the name servers beyond. Bounded in what is under way. */
final class Answers {
  /** Docker's bound. */
  private static final int MAX_UNDER_WAY = 1024;

  /** An answer by UDP that fits any path; longer ones are asked for again by TCP. RFC 1035, 4.2.1. */
  private static final int MAX_UDP = 512;

  /** The same for who says by EDNS that it takes more: what no path has to fragment. */
  private static final int MAX_UDP_EDNS = 1232;

  private final Names names;
  private final Forwarder forwarder;
  private final AnswerCache cache;
  private final AtomicInteger underWay = new AtomicInteger();

  Answers(Names names, Forwarder forwarder, AnswerCache cache) {
    this.names = names;
    this.forwarder = forwarder;
    this.cache = cache;
  }

  /**
   * @param message not kept nor released
   * @param answer takes what is to be sent, once, on the loop's thread; not called for what is no query
   */
  void answer(ByteBuf message, boolean tcp, ByteBufAllocator allocator, EventLoop loop, Consumer<ByteBuf> answer) {
    Query query = Query.parse(message);
    if (query == null) {
      return;
    }
    ByteBuf own = own(query, allocator);
    if (own != null) {
      answer.accept(tcp || own.readableBytes() <= Math.clamp(query.udpBytes(), MAX_UDP, MAX_UDP_EDNS) ? own : truncated(own));
      return;
    }
    List<InetAddress> servers = names.forwarders();
    if (servers.isEmpty()) {
      answer.accept(query.answer(allocator, Query.NO_SUCH_NAME, List.of()));
      return;
    }
    ByteBuf kept = cache.find(message, tcp, servers, allocator);
    if (kept != null) {
      answer.accept(kept);
      return;
    }
    if (underWay.incrementAndGet() > MAX_UNDER_WAY) {
      underWay.decrementAndGet();
      answer.accept(query.answer(allocator, Query.REFUSED, List.of()));
      return;
    }
    ByteBuf asked = message.copy();
    forwarder.forward(
        message.retainedSlice(),
        tcp,
        servers,
        loop,
        reply -> {
          underWay.decrementAndGet();
          if (reply != null) {
            cache.keep(asked, tcp, servers, reply);
          }
          asked.release();
          answer.accept(reply == null ? query.answer(allocator, Query.SERVER_FAILURE, List.of()) : reply);
        });
  }

  private @org.jspecify.annotations.Nullable ByteBuf own(Query query, ByteBufAllocator allocator) {
    if (query.question().dnsClass() != DnsRecord.CLASS_IN) {
      return query.answer(allocator, Query.NOT_IMPLEMENTED, List.of());
    }
    InetAddress reversed = query.question().type().equals(DnsRecordType.PTR) ? query.reversed() : null;
    if (reversed != null) {
      String name = names.name(reversed);
      return name == null ? null : query.answer(allocator, Query.NO_ERROR, List.of(query.pointer(name)));
    }
    List<InetAddress> ipv4 = names.addresses(query.name(), false);
    if (ipv4 == null) {
      return null;
    }
    // A name of ours is never asked for elsewhere, whatever is asked about it.
    List<InetAddress> found = new ArrayList<>();
    if (query.asksFor(DnsRecordType.A)) {
      found.addAll(ipv4);
    }
    if (query.asksFor(DnsRecordType.AAAA)) {
      List<InetAddress> ipv6 = names.addresses(query.name(), true);
      found.addAll(ipv6 == null ? List.of() : ipv6);
    }
    Collections.shuffle(found);
    return query.answer(allocator, Query.NO_ERROR, query.records(found));
  }

  /** The header with TC set and the counts of records at zero, and the question alone. */
  private static ByteBuf truncated(ByteBuf answer) {
    answer.setShort(2, answer.getUnsignedShort(2) | 0x0200);
    answer.setShort(6, 0).setShort(10, 0);
    int end = 12;
    while (answer.getUnsignedByte(end) != 0) {
      end += answer.getUnsignedByte(end) + 1;
    }
    return answer.writerIndex(end + 5);
  }
}
