package dev.proa.builder.internal.layer;

import dev.proa.builder.PathPatterns;
import dev.proa.images.Decompression;
import dev.proa.linux.tar.ChunkStream;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarReader;
import dev.proa.linux.tar.TarWriter;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A layer's tar stream, made of members while it is read. The same members always give the same bytes. No name may be a whiteout's: a layer cannot hold
 * such a file.
 */
final class LayerStream extends ChunkStream {
  private static final int BLOCK = 128 << 10;
  private static final String WHITEOUT = ".wh.";

  private final Iterator<Member> members;
  private final long latestSeconds;
  private final byte[] block = new byte[BLOCK];

  private @Nullable InputStream file;
  private long fileLeft;
  private int padding;

  private @Nullable InputStream archive;
  private @Nullable TarReader tar;
  private Member.@Nullable Archive unpacked;
  private boolean inEntry;

  /** @param latestSeconds no time is later than this */
  LayerStream(Iterator<Member> members, long latestSeconds) {
    this.members = members;
    this.latestSeconds = latestSeconds;
  }

  @Override
  protected void fill() throws IOException {
    if (file != null) {
      fileChunk(file);
    } else if (inEntry) {
      archiveChunk();
    } else if (tar != null) {
      nextOfArchive();
    } else if (members.hasNext()) {
      begin(members.next());
    } else {
      last();
      zeros(TarWriter.END_BYTES);
    }
  }

  private void begin(Member member) throws IOException {
    switch (member) {
      case Member.Plain(TarEntry entry) -> header(entry);
      case Member.Deleted(String path) -> {
        int name = path.lastIndexOf('/') + 1;
        String whiteout = path.substring(0, name) + WHITEOUT + path.substring(name);
        byte[] header = TarWriter.header(new TarEntry(whiteout, TarEntry.Type.FILE, "", 0, 0, 0, 0, 0, 0, 0, 0, Map.of(), null));
        give(header, 0, header.length);
      }
      case Member.Bytes(TarEntry entry, byte[] content) -> {
        byte[] header = TarWriter.header(checked(entry));
        byte[] all = Arrays.copyOf(header, header.length + content.length + TarWriter.padding(entry));
        System.arraycopy(content, 0, all, header.length, content.length);
        give(all, 0, all.length);
      }
      case Member.File(TarEntry entry, var tree, var source) -> {
        file = tree.read(source);
        fileLeft = entry.size();
        padding = TarWriter.padding(entry);
        header(entry);
      }
      case Member.Archive more -> {
        InputStream in = Decompression.of(more.tree().read(more.source()));
        archive = in;
        tar = new TarReader(in, BLOCK);
        unpacked = more;
      }
    }
  }

  private void header(TarEntry entry) {
    byte[] header = TarWriter.header(checked(entry));
    give(header, 0, header.length);
  }

  private TarEntry checked(TarEntry entry) {
    String name = entry.name().endsWith("/") ? entry.name().substring(0, entry.name().length() - 1) : entry.name();
    if (name.startsWith(WHITEOUT) || name.contains("/" + WHITEOUT)) {
      throw ProaException.invalid("cannot copy " + name + ": names that begin with " + WHITEOUT + " stand for deleted files in layers");
    }
    return entry.modifiedSeconds() <= latestSeconds
        ? entry
        : new TarEntry(
            entry.name(), entry.type(), entry.linkName(), entry.mode(), entry.uid(), entry.gid(), entry.size(), latestSeconds, 0, entry.deviceMajor(),
            entry.deviceMinor(), entry.xattrs(), entry.extents());
  }

  private void fileChunk(InputStream in) throws IOException {
    if (fileLeft == 0) {
      in.close();
      file = null;
      zeros(padding);
      return;
    }
    int n = in.read(block, 0, (int) Math.min(block.length, fileLeft));
    if (n < 0) {
      throw new IOException("a file became shorter while it was copied");
    }
    fileLeft -= n;
    give(block, 0, n);
  }

  private void archiveChunk() throws IOException {
    TarReader reader = Objects.requireNonNull(tar);
    int n = reader.chunk();
    if (n == 0) {
      inEntry = false;
      zeros(padding);
      return;
    }
    give(reader.buffer(), reader.chunkOffset(), n);
  }

  private void nextOfArchive() throws IOException {
    TarReader reader = Objects.requireNonNull(tar);
    Member.Archive how = Objects.requireNonNull(unpacked);
    TarEntry entry = reader.next();
    if (entry == null) {
      closeArchive();
      return;
    }
    String path = PathPatterns.clean(entry.name());
    if (path.isEmpty()) {
      return;
    }
    String target = how.into().isEmpty() ? path : how.into() + "/" + path;
    boolean folder = entry.type() == TarEntry.Type.DIRECTORY;
    String link = entry.linkName();
    if (entry.type() == TarEntry.Type.HARD_LINK) {
      link = how.into().isEmpty() ? PathPatterns.clean(link) : how.into() + "/" + PathPatterns.clean(link);
    }
    boolean modeCounts = how.mode() != null && entry.type() != TarEntry.Type.SYMBOLIC_LINK;
    TarEntry moved =
        new TarEntry(
            folder ? target + "/" : target,
            entry.type(),
            link,
            modeCounts ? how.mode().applyTo(entry.mode(), folder) : entry.mode(),
            how.owner() == null ? entry.uid() : how.owner().uid(),
            how.owner() == null ? entry.gid() : how.owner().gid(),
            entry.size(),
            entry.modifiedSeconds(),
            entry.modifiedNanos(),
            entry.deviceMajor(),
            entry.deviceMinor(),
            entry.xattrs(),
            entry.extents());
    header(moved);
    padding = TarWriter.padding(moved);
    inEntry = entry.type() == TarEntry.Type.FILE;
  }

  private void closeArchive() throws IOException {
    if (archive != null) {
      archive.close();
    }
    archive = null;
    tar = null;
    unpacked = null;
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
      file = null;
    }
    closeArchive();
  }
}
