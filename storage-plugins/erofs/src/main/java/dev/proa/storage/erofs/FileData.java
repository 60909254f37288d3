package dev.proa.storage.erofs;

import dev.proa.linux.ErrnoException;
import java.io.IOException;
import java.util.Arrays;

/** Puts the data of files into the image, block after block. */
final class FileData {
  private final ImageOutput image;
  private final byte[] tail = new byte[Erofs.BLOCK];
  private int tailLength;

  /** Bytes of the file being copied that go into blocks. */
  private long left;

  FileData(ImageOutput image) {
    this.image = image;
  }

  /** What was kept back of the file that was copied last. */
  byte[] tail() {
    return tail;
  }

  int tailLength() {
    return tailLength;
  }

  private int begin(long size, boolean keepTail) throws ErrnoException {
    image.align();
    tailLength = 0;
    left = keepTail ? size & -Erofs.BLOCK : size;
    return image.block();
  }

  private void add(byte[] bytes, int offset, int length) throws ErrnoException {
    int whole = (int) Math.min(length, left);
    image.append(bytes, offset, whole);
    left -= whole;
    System.arraycopy(bytes, offset + whole, tail, tailLength, length - whole);
    tailLength += length - whole;
  }

  /**
   * Copies a file's data.
   *
   * @param keepTail whether what is left after the last whole block is kept in {@link #tail}
   * @return the block where it starts
   */
  int copy(Pieces pieces, long size, boolean keepTail) throws IOException {
    int block = begin(size, keepTail);
    for (int n = pieces.next(); n > 0; n = pieces.next()) {
      add(pieces.bytes(), pieces.offset(), n);
    }
    image.align();
    return block;
  }

  int copy(byte[] bytes, boolean keepTail) throws ErrnoException {
    int block = begin(bytes.length, keepTail);
    add(bytes, 0, bytes.length);
    image.align();
    return block;
  }

  /**
   * Copies the data of a file with holes.
   *
   * @param extents offset and length in turn, ascending; they cover the data exactly
   * @return the map of chunks: the block of each, or {@link Erofs#NULL_ADDRESS}
   */
  byte[] copySparse(Pieces pieces, Chunks chunks, long[] extents) throws IOException {
    byte[] map = new byte[chunks.count() * 4];
    Arrays.fill(map, (byte) Erofs.NULL_ADDRESS);
    int chunk = -1;
    long at = 0; // in the chunk
    int available = 0;
    int from = 0;
    for (int i = 0; i < extents.length; i += 2) {
      long offset = extents[i];
      for (long rest = extents[i + 1]; rest > 0; ) {
        int wanted = (int) (offset >> chunks.bits());
        if (wanted != chunk) {
          endChunk(chunks, chunk, at);
          chunk = wanted;
          at = 0;
          image.align();
          Erofs.put32(map, chunk * 4, image.block());
        }
        long inChunk = offset - ((long) chunk << chunks.bits());
        image.skip(inChunk - at);
        if (available == 0) {
          available = pieces.next();
          from = pieces.offset();
        }
        int piece = (int) Math.min(Math.min(rest, available), chunks.length(chunk) - inChunk);
        image.append(pieces.bytes(), from, piece);
        at = inChunk + piece;
        offset += piece;
        rest -= piece;
        from += piece;
        available -= piece;
      }
    }
    endChunk(chunks, chunk, at);
    return map;
  }

  private void endChunk(Chunks chunks, int chunk, long at) throws ErrnoException {
    if (chunk >= 0) {
      image.skip(chunks.length(chunk) - at);
      image.align();
    }
  }
}
