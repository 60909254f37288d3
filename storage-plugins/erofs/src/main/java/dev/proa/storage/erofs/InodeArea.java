package dev.proa.storage.erofs;

import dev.proa.linux.ErrnoException;
import java.util.Arrays;

/**
 * Where inodes go, together with what lies behind them: extended attributes, the end of the data, the map of chunks. Areas are reserved in the image
 * and written when they are full, so that an inode has its number at once. The end of a file's data must not cross a block: what fits is put into the
 * fullest block that takes it.
 */
final class InodeArea {
  private static final int FIRST_BLOCKS = 4;
  private static final int MOST_BLOCKS = 64;

  private final ImageOutput image;
  private byte[] bytes = {};
  private int[] used = {};
  private int blocks;
  private int from;
  private long place;
  private int next = FIRST_BLOCKS;

  InodeArea(ImageOutput image) {
    this.image = image;
  }

  /**
   * Puts an inode with what follows it.
   *
   * @param tail bytes behind it
   * @return its number
   */
  long put(Inode inode, byte[] tail, int tailLength) throws ErrnoException {
    int head = inode.bytes();
    int needed = head + tailLength;
    if (needed > Erofs.BLOCK) {
      return putLarge(inode, tail, tailLength);
    }
    int slots = needed + (1 << Erofs.SLOT_BITS) - 1 & -(1 << Erofs.SLOT_BITS);
    int block = best(slots);
    if (block < 0) {
      begin();
      block = 0;
    }
    int at = block * Erofs.BLOCK + used[block];
    used[block] += slots;
    inode.put(bytes, at);
    System.arraycopy(tail, 0, bytes, at + head, tailLength);
    return place + at >> Erofs.SLOT_BITS;
  }

  /** One that takes more than a block, and has no data that must not cross one: in blocks of its own. */
  private long putLarge(Inode inode, byte[] tail, int tailLength) throws ErrnoException {
    byte[] whole = new byte[inode.bytes() + tailLength];
    inode.put(whole, 0);
    System.arraycopy(tail, 0, whole, inode.bytes(), tailLength);
    image.align();
    long at = image.position();
    image.append(whole, 0, whole.length);
    image.align();
    return at >> Erofs.SLOT_BITS;
  }

  private int best(int slots) {
    int best = -1;
    for (int i = from; i < blocks; i++) {
      int free = Erofs.BLOCK - used[i];
      if (free >= slots && (best < 0 || free < Erofs.BLOCK - used[best])) {
        best = i;
      }
      if (free < Erofs.INODE_BYTES && i == from) {
        from++;
      }
    }
    return best;
  }

  private void begin() throws ErrnoException {
    flush();
    blocks = next;
    next = Math.min(next * 2, MOST_BLOCKS);
    bytes = new byte[blocks * Erofs.BLOCK];
    used = new int[blocks];
    from = 0;
    place = image.reserve(bytes.length);
  }

  /** Bytes of the image, from this area or from what is written. */
  byte[] read(long at, int length) throws ErrnoException {
    if (blocks > 0 && at >= place && at + length <= place + bytes.length) {
      return Arrays.copyOfRange(bytes, (int) (at - place), (int) (at - place) + length);
    }
    return image.read(at, length);
  }

  /** Writes what is not written yet. */
  void flush() throws ErrnoException {
    if (blocks > 0) {
      image.fill(place, bytes, 0, bytes.length);
      Arrays.fill(used, Erofs.BLOCK);
      blocks = 0;
    }
  }
}
