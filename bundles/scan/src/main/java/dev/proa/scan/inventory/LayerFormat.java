package dev.proa.scan.inventory;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The bytes of what a layer holds. */
final class LayerFormat {
  private static final int MAGIC = 0x50534c31;
  private static final int MAX_COUNT = 8_000_000;
  private static final int MAX_TEXT = 1 << 16;

  private LayerFormat() {}

  static void write(LayerContents contents, DataOutputStream out) throws IOException {
    out.writeInt(MAGIC);
    out.writeInt(contents.files().size());
    for (PackageFile file : contents.files()) {
      text(out, file.path());
      out.writeInt(file.packages().size());
      for (PackageRecord each : file.packages()) {
        out.writeByte(each.type().ordinal());
        for (String value : List.of(each.name(), each.version(), each.arch(), each.source(), each.sourceVersion(), each.license())) {
          text(out, value);
        }
      }
    }
    out.writeInt(contents.releases().size());
    for (Map.Entry<String, Distribution> each : contents.releases().entrySet()) {
      for (String value : List.of(each.getKey(), each.getValue().id(), each.getValue().version(), each.getValue().prettyName())) {
        text(out, value);
      }
    }
    out.writeInt(contents.owned().size());
    for (Map.Entry<String, List<String>> each : contents.owned().entrySet()) {
      text(out, each.getKey());
      texts(out, each.getValue());
    }
    texts(out, contents.whiteouts());
    texts(out, contents.opaque());
    out.writeInt(contents.replacing().length);
    byte[] hashes = new byte[contents.replacing().length * Long.BYTES];
    java.nio.ByteBuffer.wrap(hashes).asLongBuffer().put(contents.replacing());
    out.write(hashes);
    out.writeInt(contents.notices().size());
    for (Notice each : contents.notices()) {
      text(out, each.where());
      text(out, each.text());
    }
  }

  static LayerContents read(DataInputStream in) throws IOException {
    if (in.readInt() != MAGIC) {
      throw new IOException("it is none of this version's");
    }
    List<PackageFile> files = new ArrayList<>();
    for (int left = count(in); left > 0; left--) {
      String path = text(in);
      List<PackageRecord> packages = new ArrayList<>();
      for (int more = count(in); more > 0; more--) {
        PackageType type = type(in.readUnsignedByte());
        packages.add(new PackageRecord(type, text(in), text(in), text(in), text(in), text(in), text(in)));
      }
      files.add(new PackageFile(path, packages));
    }
    Map<String, Distribution> releases = new LinkedHashMap<>();
    for (int left = count(in); left > 0; left--) {
      releases.put(text(in), new Distribution(text(in), text(in), text(in)));
    }
    Map<String, List<String>> owned = new LinkedHashMap<>();
    for (int left = count(in); left > 0; left--) {
      owned.put(text(in), texts(in));
    }
    List<String> whiteouts = texts(in);
    List<String> opaque = texts(in);
    int hashes = count(in);
    byte[] bytes = in.readNBytes(hashes * Long.BYTES);
    long[] replacing = new long[hashes];
    if (bytes.length != hashes * Long.BYTES) {
      throw new IOException("it is cut off");
    }
    java.nio.ByteBuffer.wrap(bytes).asLongBuffer().get(replacing);
    List<Notice> notices = new ArrayList<>();
    for (int left = count(in); left > 0; left--) {
      notices.add(new Notice(text(in), text(in)));
    }
    return new LayerContents(files, releases, owned, new HashSet<>(whiteouts), new HashSet<>(opaque), replacing, notices);
  }

  private static PackageType type(int ordinal) throws IOException {
    PackageType[] all = PackageType.values();
    if (ordinal >= all.length) {
      throw new IOException("an unknown type of package: " + ordinal);
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

  private static void texts(DataOutputStream out, Collection<String> values) throws IOException {
    out.writeInt(values.size());
    for (String value : values) {
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
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String text(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_TEXT) {
      throw new IOException("a text of " + length + " bytes");
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length != length) {
      throw new IOException("it is cut off");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
