package dev.proa.storage.erofs;

/**
 * How a file with holes is divided: into chunks of one size, each of which is at some block or nowhere. There are never many of them: what is a hole
 * inside a chunk is one of the image file, too.
 *
 * @param bits of the size of a chunk
 * @param count of the chunks
 */
record Chunks(long size, int bits, int count) {
  private static final int MOST = 16 << 10;

  static Chunks of(long size) {
    int bits = Erofs.BLOCK_BITS;
    while (number(size, bits) > MOST) {
      bits++;
    }
    return new Chunks(size, bits, (int) number(size, bits));
  }

  private static long number(long size, int bits) {
    return (size >> bits) + ((size & (1L << bits) - 1) == 0 ? 0 : 1);
  }

  /** The inode's union: EROFS_CHUNK_FORMAT_BLKBITS_MASK, no EROFS_CHUNK_FORMAT_INDEXES. */
  int format() {
    return bits - Erofs.BLOCK_BITS;
  }

  /** Bytes of the file in a chunk. */
  long length(int chunk) {
    return Math.min(1L << bits, size - ((long) chunk << bits));
  }
}
