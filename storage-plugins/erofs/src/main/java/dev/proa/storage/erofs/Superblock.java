package dev.proa.storage.erofs;

import dev.proa.linux.ErrnoException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The first block of an image, written last: the superblock, and the root's inode right behind it, whose number has 16 bits only.
 *
 * @param block with the root in it
 * @param xattrBlock where the extended attributes are that do not fit behind the root's inode, 0 if they do
 */
record Superblock(byte[] block, int xattrBlock) {
  static final int ROOT_OFFSET = Erofs.SUPERBLOCK_OFFSET + Erofs.SUPERBLOCK_BYTES;
  static final int ROOT_ROOM = Erofs.BLOCK - ROOT_OFFSET;

  void write(ImageOutput image, UUID uuid, long inodes, boolean chunked) throws ErrnoException {
    int at = Erofs.SUPERBLOCK_OFFSET;
    Erofs.put32(block, at, Erofs.MAGIC);
    Erofs.put32(block, at + 8, Erofs.COMPAT_CHECKSUM | Erofs.COMPAT_MTIME);
    block[at + 12] = Erofs.BLOCK_BITS;
    Erofs.put16(block, at + 14, ROOT_OFFSET >> Erofs.SLOT_BITS);
    Erofs.put64(block, at + 16, inodes);
    Erofs.put32(block, at + 36, image.block());
    Erofs.put32(block, at + 44, xattrBlock);
    byte[] id = ByteBuffer.allocate(16).putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits()).array();
    System.arraycopy(id, 0, block, at + 48, id.length);
    Erofs.put32(block, at + 80, chunked ? Erofs.INCOMPAT_CHUNKED_FILE : 0);
    Erofs.put32(block, at + 4, checksum());
    image.fill(0, block, 0, block.length);
  }

  /** CRC-32C of the block from the superblock on, without the inversion at the end. */
  private int checksum() {
    CRC32C crc = new CRC32C();
    byte[] covered = Arrays.copyOfRange(block, Erofs.SUPERBLOCK_OFFSET, Erofs.BLOCK);
    crc.update(covered, 0, covered.length);
    return ~(int) crc.getValue();
  }
}
