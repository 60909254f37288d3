package dev.proa.storage.erofs;

import dev.proa.linux.abi.Stat;

/**
 * The on-disk format of EROFS as far as it is used here: fs/erofs/erofs_fs.h and Documentation/filesystems/erofs.rst. Little endian throughout;
 * understood since Linux 5.15 (chunk-based files), before that as long as no file has holes.
 */
final class Erofs {
  static final int BLOCK_BITS = 12;
  static final int BLOCK = 1 << BLOCK_BITS;

  static final int SUPERBLOCK_OFFSET = 1024;
  static final int SUPERBLOCK_BYTES = 128;
  static final int MAGIC = 0xe0f5e1e2;
  static final int COMPAT_CHECKSUM = 1;
  static final int COMPAT_MTIME = 2;
  static final int INCOMPAT_CHUNKED_FILE = 4;

  /** An inode's number (nid) is where it lies in units of this, counted from the superblock's meta_blkaddr, which is 0 here. */
  static final int SLOT_BITS = 5;

  static final int INODE_BYTES = 64; // struct erofs_inode_extended
  static final int INODE_SIZE = 8;
  static final int INODE_UNION = 16;
  static final int INODE_NLINK = 44;
  private static final int EXTENDED = 1;
  static final int FLAT_PLAIN = 0 << 1 | EXTENDED;
  static final int FLAT_INLINE = 2 << 1 | EXTENDED;
  static final int CHUNK_BASED = 4 << 1 | EXTENDED;
  static final int NULL_ADDRESS = -1;

  /** struct erofs_dirent: nid, nameoff, file_type, reserved. */
  static final int DIRENT_BYTES = 12;

  /** A name in a directory, and a name in overlayfs above it. */
  static final int NAME_MAX = 255;

  /** The longest text of a symbolic link, as everywhere in Linux. */
  static final int LINK_MAX = 4095;

  private Erofs() {}

  /** EROFS_FT_*, which are the FT_* of linux/fs_types.h. */
  static int fileType(int mode) {
    return switch (mode & Stat.S_IFMT) {
      case Stat.S_IFREG -> 1;
      case Stat.S_IFDIR -> 2;
      case Stat.S_IFCHR -> 3;
      case Stat.S_IFBLK -> 4;
      case Stat.S_IFIFO -> 5;
      case Stat.S_IFLNK -> 7;
      default -> 0;
    };
  }

  /** new_encode_dev() of linux/kdev_t.h. */
  static int device(int major, int minor) {
    return minor & 0xff | major << 8 | (minor & ~0xff) << 12;
  }

  static void put16(byte[] to, int at, int value) {
    to[at] = (byte) value;
    to[at + 1] = (byte) (value >> 8);
  }

  static void put32(byte[] to, int at, int value) {
    put16(to, at, value);
    put16(to, at + 2, value >> 16);
  }

  static void put64(byte[] to, int at, long value) {
    put32(to, at, (int) value);
    put32(to, at + 4, (int) (value >> 32));
  }

  static int get16(byte[] from, int at) {
    return from[at] & 0xff | (from[at + 1] & 0xff) << 8;
  }

  static int get32(byte[] from, int at) {
    return get16(from, at) | get16(from, at + 2) << 16;
  }

  static long get64(byte[] from, int at) {
    return get32(from, at) & 0xffff_ffffL | (long) get32(from, at + 4) << 32;
  }
}
