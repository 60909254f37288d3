package dev.proa.scan.advisory;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;

/**
 * A line of the database: what one advisory says of one package, in the order of the file.
 *
 * @param key ecosystem, NUL, name
 * @param idHash of the advisory's id
 * @param sequence which of the advisory's {@code affected} it is
 */
record Entry(long hash, String key, long idHash, int sequence, long modifiedSeconds, byte[] payload) {
  static final Comparator<Entry> ORDER =
      Comparator.comparingLong(Entry::hash).thenComparing(Entry::key).thenComparingLong(Entry::idHash).thenComparingInt(Entry::sequence);
  private static final int MAX_KEY = 8 << 10;
  private static final int MAX_PAYLOAD = 64 << 20;

  static String keyOf(String ecosystem, String name) {
    return ecosystem + '\0' + name;
  }

  /** FNV-1a of 64 bits with a finisher. */
  static long hashOf(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return (hash ^ hash >>> 32) * 0x9e3779b97f4a7c15L;
  }

  String ecosystem() {
    return key.substring(0, key.indexOf('\0'));
  }

  int size() {
    return payload.length + 2 * key.length() + 96;
  }

  boolean same(Entry other) {
    return ORDER.compare(this, other) == 0;
  }

  void write(DataOutputStream out) throws IOException {
    byte[] name = key.getBytes(StandardCharsets.UTF_8);
    out.writeLong(hash);
    out.writeInt(name.length);
    out.write(name);
    writeBody(out);
  }

  void writeBody(DataOutputStream out) throws IOException {
    out.writeLong(idHash);
    out.writeInt(sequence);
    out.writeLong(modifiedSeconds);
    out.writeInt(payload.length);
    out.write(payload);
  }

  static Entry read(DataInputStream in, long hash) throws IOException {
    return readBody(in, hash, readKey(in));
  }

  static String readKey(DataInputStream in) throws IOException {
    String key = new String(exactly(in, in.readInt(), MAX_KEY), StandardCharsets.UTF_8);
    if (key.indexOf('\0') < 0) {
      throw new IOException("a key without an ecosystem");
    }
    return key;
  }

  static Entry readBody(DataInputStream in, long hash, String key) throws IOException {
    return new Entry(hash, key, in.readLong(), in.readInt(), in.readLong(), exactly(in, in.readInt(), MAX_PAYLOAD));
  }

  private static byte[] exactly(DataInputStream in, int length, int most) throws IOException {
    if (length < 0 || length > most) {
      throw new IOException("a length of " + length);
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length != length) {
      throw new IOException("cut off");
    }
    return bytes;
  }
}
