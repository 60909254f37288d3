package dev.proa.linux;

import dev.proa.linux.abi.Stat;

/**
 * What statx(2) says about a file; it has the same layout on every architecture, which stat(2) has not.
 *
 * @param mode type and permission bits, S_* of {@link Stat}
 * @param blocks in units of 512 bytes
 * @param attributes STATX_ATTR_*
 * @param mountId the id of the mount it was found in
 */
public record FileStatus(
    int mode,
    int nlink,
    int uid,
    int gid,
    long ino,
    long size,
    long blocks,
    long attributes,
    Timestamp atime,
    Timestamp mtime,
    Timestamp ctime,
    int rdevMajor,
    int rdevMinor,
    int devMajor,
    int devMinor,
    long mountId) {

  /** S_IFREG, S_IFDIR, … */
  public int type() {
    return mode & Stat.S_IFMT;
  }

  /** Permission bits with set-id and sticky. */
  public int permissions() {
    return mode & 07777;
  }

  public boolean isDirectory() {
    return type() == Stat.S_IFDIR;
  }

  public boolean isRegularFile() {
    return type() == Stat.S_IFREG;
  }

  public boolean isSymbolicLink() {
    return type() == Stat.S_IFLNK;
  }
}
