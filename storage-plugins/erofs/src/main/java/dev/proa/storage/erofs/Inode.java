package dev.proa.storage.erofs;

import dev.proa.linux.Timestamp;

/**
 * What an inode says of itself.
 *
 * @param mode type and permissions
 * @param layout one of the formats of {@link Erofs}
 * @param union the block where the data starts, the device number, or the chunk format
 * @param xattrs its extended attributes, encoded, see {@link Xattrs}
 */
record Inode(int mode, int uid, int gid, Timestamp modified, int nlink, long size, int layout, int union, byte[] xattrs) {

  int bytes() {
    return Erofs.INODE_BYTES + xattrs.length;
  }

  /** Writes it, and its extended attributes behind it. */
  void put(byte[] to, int at) {
    Erofs.put16(to, at, layout);
    Erofs.put16(to, at + 2, Xattrs.count(xattrs));
    Erofs.put16(to, at + 4, mode);
    Erofs.put16(to, at + 6, 0);
    Erofs.put64(to, at + 8, size);
    Erofs.put32(to, at + 16, union);
    Erofs.put32(to, at + 20, 0); // i_ino serves 32-bit systems only
    Erofs.put32(to, at + 24, uid);
    Erofs.put32(to, at + 28, gid);
    Erofs.put64(to, at + 32, modified.seconds());
    Erofs.put32(to, at + 40, (int) modified.nanos());
    Erofs.put32(to, at + Erofs.INODE_NLINK, nlink);
    Erofs.put64(to, at + 48, 0);
    Erofs.put64(to, at + 56, 0);
    System.arraycopy(xattrs, 0, to, at + Erofs.INODE_BYTES, xattrs.length);
  }
}
