package dev.proa.lifecycle.internal.dns;

import dev.proa.lifecycle.internal.ipam.Cidr;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.dns.DefaultDnsPtrRecord;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordEncoder;
import io.netty.handler.codec.dns.DnsRecordType;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A DNS query (RFC 1035, 4.1) with one question; others are refused.
 *
 * @param flags the header's second 16 bits
 * @param udpBytes how long an answer by UDP the client takes, as it says by EDNS (RFC 6891, 6.2.3); 0 if it does not speak that
 */
record Query(int id, int flags, DnsQuestion question, int udpBytes) {
  static final int NO_ERROR = 0;
  static final int SERVER_FAILURE = 2;
  static final int NO_SUCH_NAME = 3;
  static final int NOT_IMPLEMENTED = 4;
  static final int REFUSED = 5;

  private static final int HEADER = 12;
  private static final int RESPONSE = 0x8000;
  private static final int OPCODE = 0x7800;
  private static final int RECURSION_DESIRED = 0x0100;
  private static final int RECURSION_AVAILABLE = 0x0080;
  private static final int AUTHORITATIVE = 0x0400;

  private static final int OWN_UDP_BYTES = 1232;

  /** So short that a container that is gone is soon forgotten; Docker's. */
  private static final long TTL_SECONDS = 600;

  /** Null for what is no query, which gets no answer. */
  static @Nullable Query parse(ByteBuf message) {
    if (message.readableBytes() < HEADER) {
      return null;
    }
    ByteBuf in = message.duplicate();
    int id = in.readUnsignedShort();
    int flags = in.readUnsignedShort();
    int questions = in.readUnsignedShort();
    in.skipBytes(6);
    if ((flags & (RESPONSE | OPCODE)) != 0 || questions != 1) {
      return null;
    }
    try {
      DnsQuestion question = new QuestionDecoder().question(in);
      // The codec reads names that it cannot write, such as one with a NUL in it.
      DnsRecordEncoder.DEFAULT.encodeQuestion(question, Unpooled.buffer());
      return new Query(id, flags, question, udpBytes(message));
    } catch (Exception e) {
      return null; // malformed: the codec says so by many kinds of exception
    }
  }

  private static int udpBytes(ByteBuf message) {
    byte[] bytes = new byte[message.readableBytes()];
    message.getBytes(message.readerIndex(), bytes);
    int[] size = {0};
    Records.every(
        bytes,
        record -> {
          if (record.type() == Records.OPT) {
            size[0] = Math.max(1, record.classOrSize());
          }
        });
    return size[0];
  }

  private static final class QuestionDecoder extends DefaultDnsRecordDecoder {
    DnsQuestion question(ByteBuf in) throws Exception {
      return decodeQuestion(in);
    }
  }

  /** In lower case, without the dot at the end. */
  String name() {
    String name = question.name().toLowerCase(Locale.ROOT);
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  boolean asksFor(DnsRecordType type) {
    return question.type().equals(type) || question.type().equals(DnsRecordType.ANY);
  }

  /** The address that a name below in-addr.arpa or ip6.arpa means; null for other names. */
  @Nullable InetAddress reversed() {
    String name = name();
    if (name.endsWith(".in-addr.arpa")) {
      String[] parts = name.substring(0, name.length() - ".in-addr.arpa".length()).split("\\.");
      return parts.length == 4 ? Cidr.address(parts[3] + "." + parts[2] + "." + parts[1] + "." + parts[0]) : null;
    }
    if (name.endsWith(".ip6.arpa")) {
      String digits = new StringBuilder(name.substring(0, name.length() - ".ip6.arpa".length()).replace(".", "")).reverse().toString();
      if (digits.matches("[0-9a-f]{32}")) {
        try {
          return InetAddress.getByAddress(HexFormat.of().parseHex(digits));
        } catch (java.net.UnknownHostException e) {
          throw new AssertionError("16 bytes are an address", e);
        }
      }
    }
    return null;
  }

  ByteBuf answer(ByteBufAllocator allocator, int code, List<DnsRecord> records) {
    ByteBuf out = allocator.buffer();
    out.writeShort(id);
    out.writeShort(RESPONSE | flags & RECURSION_DESIRED | RECURSION_AVAILABLE | (code == NO_ERROR ? AUTHORITATIVE : 0) | code);
    boolean edns = udpBytes > 0;
    out.writeShort(1).writeShort(records.size()).writeShort(0).writeShort(edns ? 1 : 0);
    try {
      DnsRecordEncoder.DEFAULT.encodeQuestion(question, out);
      for (DnsRecord record : records) {
        DnsRecordEncoder.DEFAULT.encodeRecord(record, out);
      }
      if (edns) {
        // RFC 6891, 6.1.1: who asks with an OPT is answered with one: the root's name, its type, what is taken, no flags, no options
        out.writeByte(0).writeShort(Records.OPT).writeShort(OWN_UDP_BYTES).writeInt(0).writeShort(0);
      }
      return out;
    } catch (Exception e) {
      out.release();
      throw new IllegalStateException("cannot encode an answer for " + question, e);
    }
  }

  List<DnsRecord> records(List<InetAddress> addresses) {
    List<DnsRecord> records = new ArrayList<>();
    for (InetAddress address : addresses) {
      byte[] bytes = address.getAddress();
      DnsRecordType type = bytes.length == 4 ? DnsRecordType.A : DnsRecordType.AAAA;
      records.add(new DefaultDnsRawRecord(question.name(), type, TTL_SECONDS, Unpooled.wrappedBuffer(bytes)));
    }
    return records;
  }

  DnsRecord pointer(String name) {
    return new DefaultDnsPtrRecord(question.name(), DnsRecord.CLASS_IN, TTL_SECONDS, name + ".");
  }
}
