package dev.proa.linux.abi;

/** Constants of linux/stat.h: file types, modes, statx. */
public final class Stat {

  private Stat() {}

  public static final int S_IFMT = 0170000;
  public static final int S_IFSOCK = 0140000;
  public static final int S_IFLNK = 0120000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFBLK = 060000;
  public static final int S_IFDIR = 040000;
  public static final int S_IFCHR = 020000;
  public static final int S_IFIFO = 010000;
  public static final int S_ISUID = 04000;
  public static final int S_ISGID = 02000;
  public static final int S_ISVTX = 01000;
  public static final int STATX_TYPE = 1;
  public static final int STATX_MODE = 2;
  public static final int STATX_NLINK = 4;
  public static final int STATX_UID = 8;
  public static final int STATX_GID = 0x10;
  public static final int STATX_ATIME = 0x20;
  public static final int STATX_MTIME = 0x40;
  public static final int STATX_CTIME = 0x80;
  public static final int STATX_INO = 0x100;
  public static final int STATX_SIZE = 0x200;
  public static final int STATX_BLOCKS = 0x400;
  public static final int STATX_BASIC_STATS = 0x7ff;
  public static final int STATX_BTIME = 0x800;
  public static final int STATX_MNT_ID = 0x1000;
  /** Since Linux 6.8. */
  public static final int STATX_MNT_ID_UNIQUE = 0x4000;
  public static final long STATX_ATTR_IMMUTABLE = 0x10L;
  public static final long STATX_ATTR_APPEND = 0x20L;
  public static final long STATX_ATTR_MOUNT_ROOT = 0x2000L;
  public static final long UTIME_NOW = 0x3fffffffL;
  public static final long UTIME_OMIT = 0x3ffffffeL;
}
