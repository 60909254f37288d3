package dev.proa.scan.advisory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An advisory as bytes of the database. */
final class AdvisoryFormat {
  private static final int MAX_COUNT = 100_000;

  private AdvisoryFormat() {}

  static byte[] write(Advisory advisory) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      text(out, advisory.id());
      texts(out, advisory.aliases());
      out.writeLong(advisory.modifiedSeconds());
      text(out, advisory.summary());
      out.writeShort((int) Math.round(advisory.score() * 10));
      text(out, advisory.vector());
      out.writeByte(advisory.severity().ordinal());
      text(out, advisory.url());
      out.writeInt(advisory.ranges().size());
      for (Range range : advisory.ranges()) {
        out.writeInt(range.events().size());
        for (Range.Event event : range.events()) {
          out.writeByte(event.kind().ordinal());
          text(out, event.version());
        }
      }
      texts(out, advisory.versions());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Advisory read(byte[] bytes) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      String id = text(in);
      List<String> aliases = texts(in);
      long modified = in.readLong();
      String summary = text(in);
      double score = in.readShort() / 10.0;
      String vector = text(in);
      Severity severity = of(Severity.values(), in.readUnsignedByte());
      String url = text(in);
      List<Range> ranges = new ArrayList<>();
      for (int left = count(in); left > 0; left--) {
        List<Range.Event> events = new ArrayList<>();
        for (int more = count(in); more > 0; more--) {
          events.add(new Range.Event(of(Range.Kind.values(), in.readUnsignedByte()), text(in)));
        }
        ranges.add(new Range(events));
      }
      return new Advisory(id, aliases, modified, summary, score < 0 ? -1 : score, vector, severity, url, ranges, texts(in));
    }
  }

  private static <T> T of(T[] all, int ordinal) throws IOException {
    if (ordinal >= all.length) {
      throw new IOException("an unknown value " + ordinal);
    }
    return all[ordinal];
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MAX_COUNT) {
      throw new IOException("a list of " + count);
    }
    return count;
  }

  private static void texts(DataOutputStream out, List<String> values) throws IOException {
    List<String> kept = values.size() > MAX_COUNT ? values.subList(0, MAX_COUNT) : values;
    out.writeInt(kept.size());
    for (String value : kept) {
      text(out, value);
    }
  }

  private static List<String> texts(DataInputStream in) throws IOException {
    List<String> values = new ArrayList<>();
    for (int left = count(in); left > 0; left--) {
      values.add(text(in));
    }
    return values;
  }

  private static void text(DataOutputStream out, String value) throws IOException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    out.writeShort(bytes.length);
    out.write(bytes);
  }

  private static String text(DataInputStream in) throws IOException {
    int length = in.readUnsignedShort();
    byte[] bytes = in.readNBytes(length);
    if (bytes.length != length) {
      throw new IOException("cut off");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
