package dev.proa.scan.advisory;

import dev.proa.spi.ProaException;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The advisories, mapped into memory: blocks of one package each, an index of them sorted by the hash of ecosystem and name, what is in it, and where these
 * begin. A file is never changed: an import writes a new one and puts it in its place. Belongs to one thread.
 *
 * <pre>
 * "PROAADV1"
 * block*       crc (4), of what follows: key, count (4), entries
 * index        hash (8), offset of the block (8), its length (4), each
 * description  JSON
 * footer       offset of the index (8), count (8), offset of the description (8), its length (4), crc of all that from the index on (4), "PROAADV1"
 * </pre>
 */
public final class AdvisoryDatabase implements AutoCloseable {
  static final long MAGIC = 0x50524f4141445631L;
  static final int INDEX_BYTES = 20;
  static final int FOOTER_BYTES = 40;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final Path file;
  private final Arena arena;
  private final MemorySegment bytes;
  private final long index;
  private final long count;
  private final Metadata metadata;

  private AdvisoryDatabase(Path file, Arena arena, MemorySegment bytes) throws IOException {
    this.file = file;
    this.arena = arena;
    this.bytes = bytes;
    long size = bytes.byteSize();
    if (size < 8 + FOOTER_BYTES || bytes.get(LONG, 0) != MAGIC || bytes.get(LONG, size - 8) != MAGIC) {
      throw new IOException("it is not whole, or of another version of Proa");
    }
    long footer = size - FOOTER_BYTES;
    index = bytes.get(LONG, footer);
    count = bytes.get(LONG, footer + 8);
    long description = bytes.get(LONG, footer + 16);
    int length = bytes.get(INT, footer + 24);
    if (index < 8 || count < 0 || count > size / INDEX_BYTES || description != index + count * INDEX_BYTES || length < 0 || description + length != footer) {
      throw new IOException("its parts do not fit together");
    }
    CRC32 sum = new CRC32();
    // of index, description and the numbers before it
    sum.update(bytes.asSlice(index, footer + 28 - index).asByteBuffer());
    if ((int) sum.getValue() != bytes.get(INT, footer + 28)) {
      throw new IOException("the checksum of its index does not match");
    }
    metadata = Metadata.parse(bytes.asSlice(description, length).toArray(ValueLayout.JAVA_BYTE));
  }

  /**
   * @return empty if nothing was ever imported
   * @throws ProaException {@code DATA_LOSS} for a damaged one
   */
  public static Optional<AdvisoryDatabase> open(Path file) {
    Arena arena = Arena.ofConfined();
    boolean complete = false;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      AdvisoryDatabase database = new AdvisoryDatabase(file, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
      complete = true;
      return Optional.of(database);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw damaged(file, e);
    } finally {
      if (!complete) {
        arena.close();
      }
    }
  }

  private static ProaException damaged(Path file, Exception e) {
    return ProaException.dataLoss("the advisory database " + file + " cannot be used: " + e.getMessage() + "; remove the file and import the advisories again");
  }

  public Metadata metadata() {
    return metadata;
  }

  /** Bytes of the file. */
  public long size() {
    return bytes.byteSize();
  }

  /** Everything that is said of a package. */
  public List<Advisory> of(String ecosystem, String name) {
    String key = Entry.keyOf(ecosystem, name);
    long hash = Entry.hashOf(key);
    List<Advisory> found = new ArrayList<>();
    try {
      for (long at = first(hash); at < count && hashAt(at) == hash; at++) {
        for (Entry entry : block(at)) {
          if (entry.key().equals(key)) {
            found.add(AdvisoryFormat.read(entry.payload()));
          }
        }
      }
    } catch (IOException e) {
      throw damaged(file, e);
    }
    return found;
  }

  /** The place of the first line of the index that is not less. */
  private long first(long hash) {
    long low = 0;
    long high = count;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (hashAt(middle) < hash) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private long hashAt(long at) {
    return bytes.get(LONG, index + at * INDEX_BYTES);
  }

  long blocks() {
    return count;
  }

  /** The entries of a block, in their order. */
  List<Entry> block(long at) throws IOException {
    long offset = bytes.get(LONG, index + at * INDEX_BYTES + 8);
    int length = bytes.get(INT, index + at * INDEX_BYTES + 16);
    if (offset < 8 || length < 8 || offset + length > index) {
      throw new IOException("a block lies outside of it");
    }
    byte[] block = bytes.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    CRC32 sum = new CRC32();
    sum.update(block, 4, length - 4);
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(block))) {
      if (in.readInt() != (int) sum.getValue()) {
        throw new IOException("the checksum of a block does not match");
      }
      String key = Entry.readKey(in);
      List<Entry> entries = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        entries.add(Entry.readBody(in, hashAt(at), key));
      }
      return entries;
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
