package dev.proa.scan.advisory;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** Writes a database of entries that come in its order. The file takes its place when it is whole and on the disk. */
final class DatabaseWriter implements AutoCloseable {
  private final Path target;
  private final Path temporary;
  private final Path indexFile;
  private final DataOutputStream out;
  private final DataOutputStream index;
  private final List<Entry> block = new ArrayList<>();
  private long offset;
  private long count;

  DatabaseWriter(Path target) throws IOException {
    this.target = target;
    this.temporary = Files.createTempFile(target.getParent(), "new-", ".tmp");
    this.indexFile = Files.createTempFile(target.getParent(), "index-", ".tmp");
    this.out = stream(temporary);
    this.index = stream(indexFile);
    out.writeLong(AdvisoryDatabase.MAGIC);
    offset = Long.BYTES;
  }

  private static DataOutputStream stream(Path file) throws IOException {
    return new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 256 << 10));
  }

  void add(Entry entry) throws IOException {
    if (!block.isEmpty() && !block.getFirst().key().equals(entry.key())) {
      endBlock();
    }
    block.add(entry);
  }

  private void endBlock() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream body = new DataOutputStream(bytes)) {
      byte[] key = block.getFirst().key().getBytes(java.nio.charset.StandardCharsets.UTF_8);
      body.writeInt(key.length);
      body.write(key);
      body.writeInt(block.size());
      for (Entry entry : block) {
        entry.writeBody(body);
      }
    }
    CRC32 sum = new CRC32();
    sum.update(bytes.toByteArray());
    out.writeInt((int) sum.getValue());
    bytes.writeTo(out);
    index.writeLong(block.getFirst().hash());
    index.writeLong(offset);
    index.writeInt(bytes.size() + Integer.BYTES);
    offset += bytes.size() + Integer.BYTES;
    count++;
    block.clear();
  }

  void finish(Metadata metadata) throws IOException {
    if (!block.isEmpty()) {
      endBlock();
    }
    index.close();
    CRC32 sum = new CRC32();
    try (InputStream in = Files.newInputStream(indexFile)) {
      byte[] buffer = new byte[256 << 10];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        sum.update(buffer, 0, read);
        out.write(buffer, 0, read);
      }
    }
    byte[] description = metadata.json();
    out.write(description);
    sum.update(description);
    ByteArrayOutputStream footer = new ByteArrayOutputStream();
    try (DataOutputStream data = new DataOutputStream(footer)) {
      data.writeLong(offset);
      data.writeLong(count);
      data.writeLong(offset + count * AdvisoryDatabase.INDEX_BYTES);
      data.writeInt(description.length);
      sum.update(footer.toByteArray());
      data.writeInt((int) sum.getValue());
      data.writeLong(AdvisoryDatabase.MAGIC);
    }
    footer.writeTo(out);
    out.close();
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    try (OutputStream first = out;
        OutputStream second = index) {
      Files.deleteIfExists(temporary);
      Files.deleteIfExists(indexFile);
    }
  }
}
