package dev.proa.lifecycle.internal.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What name servers have answered, for as long as their records say (RFC 1035, 7.4; for what does not exist RFC 2308), but not longer than
 * {@link #MAX_TTL_SECONDS}. Bounded: the answer that was not asked for the longest goes first. Thread-safe.
 */
final class AnswerCache {
  private static final int MAX_ENTRIES = 4096;
  private static final int MAX_BYTES = 4096;

  /** A host that moves is found again within minutes, whatever its records promised. */
  private static final long MAX_TTL_SECONDS = 300;

  private static final int NO_ERROR = 0;
  private static final int NO_SUCH_NAME = 3;
  private static final int TRUNCATED = 0x0200;
  private static final int CODE = 0xf;

  private final LongSupplier nanoTime;

  private final Map<Key, Kept> entries =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Kept> eldest) {
          return size() > MAX_ENTRIES;
        }
      };

  /**
   * @param flags the header's second 16 bits
   * @param question in lower case
   * @param edns what the query says of itself; 0 without EDNS
   */
  private record Key(List<InetAddress> servers, boolean tcp, int flags, String question, long edns) {}

  private record Kept(byte[] reply, long since, long until) {}

  AnswerCache() {
    this(System::nanoTime);
  }

  /** @param nanoTime the clock; a test has its own */
  AnswerCache(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Null for a query with options that change its answer, such as the client's subnet. */
  private static @Nullable Key key(ByteBuf query, boolean tcp, List<InetAddress> servers) {
    byte[] bytes = bytes(query);
    int end = Records.nameEnd(bytes, Records.HEADER) + 4;
    long[] edns = {0};
    boolean[] plain = {end <= bytes.length};
    boolean whole =
        Records.every(
            bytes,
            record -> {
              if (record.type() == Records.OPT) {
                edns[0] = 1L << 48 | (long) record.classOrSize() << 32 | record.optFlags() & 0xffffffffL;
                plain[0] &= !record.hasOptions();
              } else {
                plain[0] = false;
              }
            });
    if (!whole || !plain[0]) {
      return null;
    }
    String question = new String(bytes, Records.HEADER, end - Records.HEADER, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    return new Key(servers, tcp, query.getUnsignedShort(query.readerIndex() + 2), question, edns[0]);
  }

  private static byte[] bytes(ByteBuf message) {
    byte[] bytes = new byte[message.readableBytes()];
    message.getBytes(message.readerIndex(), bytes);
    return bytes;
  }

  /** The answer with the query's id and spelling, and with what is left of its records' time; null if there is none. */
  @Nullable ByteBuf find(ByteBuf query, boolean tcp, List<InetAddress> servers, ByteBufAllocator allocator) {
    Key key = key(query, tcp, servers);
    if (key == null) {
      return null;
    }
    long now = nanoTime.getAsLong();
    Kept entry;
    synchronized (entries) {
      entry = entries.get(key);
      if (entry != null && entry.until() - now <= 0) {
        entries.remove(key);
        entry = null;
      }
    }
    if (entry == null) {
      return null;
    }
    byte[] reply = entry.reply().clone();
    int seconds = (int) ((now - entry.since()) / 1_000_000_000L);
    Records.each(reply, record -> record.setTtl(Math.max(0, record.ttl() - seconds)));
    query.getBytes(query.readerIndex(), reply, 0, 2);
    int name = Records.nameEnd(reply, Records.HEADER) - Records.HEADER;
    query.getBytes(query.readerIndex() + Records.HEADER, reply, Records.HEADER, name);
    return allocator.buffer(reply.length).writeBytes(reply);
  }

  /** Keeps a reply if it says for how long it holds. */
  void keep(ByteBuf query, boolean tcp, List<InetAddress> servers, ByteBuf reply) {
    byte[] bytes = withoutOptions(bytes(reply));
    Key key = key(query, tcp, servers);
    long seconds = bytes.length > MAX_BYTES ? 0 : lifetime(bytes);
    if (key == null || seconds <= 0 || !answers(bytes, query)) {
      return;
    }
    long now = nanoTime.getAsLong();
    synchronized (entries) {
      entries.put(key, new Kept(bytes, now, now + Math.min(seconds, MAX_TTL_SECONDS) * 1_000_000_000L));
    }
  }

  /** A server's cookie is for one client. Empty if that cannot be taken out. */
  private static byte[] withoutOptions(byte[] reply) {
    int[] length = {reply.length};
    Records.every(
        reply,
        record -> {
          if (record.type() == Records.OPT) {
            length[0] = record.isLast() ? record.empty() : 0;
          }
        });
    return Arrays.copyOf(reply, length[0]);
  }

  /** Whether it repeats the question, whose name is then as long as the query's. */
  private static boolean answers(byte[] reply, ByteBuf query) {
    byte[] asked = bytes(query);
    int end = Records.nameEnd(asked, Records.HEADER) + 4;
    if (end > asked.length || end > reply.length) {
      return false;
    }
    String question = new String(asked, Records.HEADER, end - Records.HEADER, StandardCharsets.ISO_8859_1);
    return question.equalsIgnoreCase(new String(reply, Records.HEADER, end - Records.HEADER, StandardCharsets.ISO_8859_1));
  }

  /** Seconds; 0 for what is not to be kept. */
  private static long lifetime(byte[] reply) {
    if (reply.length < Records.HEADER) {
      return 0;
    }
    int flags = (reply[2] & 0xff) << 8 | reply[3] & 0xff;
    int code = flags & CODE;
    if ((flags & TRUNCATED) != 0 || code != NO_ERROR && code != NO_SUCH_NAME) {
      return 0;
    }
    long[] least = {Long.MAX_VALUE};
    boolean[] authority = {false};
    boolean whole =
        Records.each(
            reply,
            record -> {
              least[0] = Math.min(least[0], record.ttl());
              if (record.type() == Records.SOA) {
                authority[0] = true;
                least[0] = Math.min(least[0], record.lastNumber());
              }
            });
    boolean positive = code == NO_ERROR && Records.answers(reply) > 0;
    return whole && (positive || authority[0]) && least[0] != Long.MAX_VALUE ? least[0] : 0;
  }
}
