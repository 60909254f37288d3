package dev.proa.vmm.virtio.fs;

/** Numbers of linux/fuse.h, with the kernel's names. */
final class FuseAbi {
  private FuseAbi() {}

  static final int FUSE_KERNEL_VERSION = 7;
  /** What is spoken here; a newer kernel speaks it too. */
  static final int FUSE_KERNEL_MINOR_VERSION = 31;

  static final int IN_HEADER = 40;
  static final int OUT_HEADER = 16;
  static final int ATTR = 88;
  static final int ENTRY_OUT = 40 + ATTR;
  static final int ATTR_OUT = 16 + ATTR;
  static final int DIRENT = 24;
  static final long ROOT_ID = 1;

  static final int FUSE_LOOKUP = 1;
  static final int FUSE_FORGET = 2;
  static final int FUSE_GETATTR = 3;
  static final int FUSE_SETATTR = 4;
  static final int FUSE_READLINK = 5;
  static final int FUSE_SYMLINK = 6;
  static final int FUSE_MKNOD = 8;
  static final int FUSE_MKDIR = 9;
  static final int FUSE_UNLINK = 10;
  static final int FUSE_RMDIR = 11;
  static final int FUSE_RENAME = 12;
  static final int FUSE_LINK = 13;
  static final int FUSE_OPEN = 14;
  static final int FUSE_READ = 15;
  static final int FUSE_WRITE = 16;
  static final int FUSE_STATFS = 17;
  static final int FUSE_RELEASE = 18;
  static final int FUSE_FSYNC = 20;
  static final int FUSE_SETXATTR = 21;
  static final int FUSE_GETXATTR = 22;
  static final int FUSE_LISTXATTR = 23;
  static final int FUSE_REMOVEXATTR = 24;
  static final int FUSE_FLUSH = 25;
  static final int FUSE_INIT = 26;
  static final int FUSE_OPENDIR = 27;
  static final int FUSE_READDIR = 28;
  static final int FUSE_RELEASEDIR = 29;
  static final int FUSE_FSYNCDIR = 30;
  static final int FUSE_ACCESS = 34;
  static final int FUSE_CREATE = 35;
  static final int FUSE_INTERRUPT = 36;
  static final int FUSE_DESTROY = 38;
  static final int FUSE_BATCH_FORGET = 42;
  static final int FUSE_FALLOCATE = 43;
  static final int FUSE_READDIRPLUS = 44;
  static final int FUSE_RENAME2 = 45;
  static final int FUSE_LSEEK = 46;
  static final int FUSE_COPY_FILE_RANGE = 47;
  static final int FUSE_SYNCFS = 50;

  static final int FUSE_ASYNC_READ = 1;
  static final int FUSE_ATOMIC_O_TRUNC = 1 << 3;
  static final int FUSE_BIG_WRITES = 1 << 5;
  static final int FUSE_DO_READDIRPLUS = 1 << 13;
  static final int FUSE_READDIRPLUS_AUTO = 1 << 14;
  static final int FUSE_PARALLEL_DIROPS = 1 << 18;
  static final int FUSE_MAX_PAGES = 1 << 22;

  static final int FATTR_MODE = 1;
  static final int FATTR_UID = 1 << 1;
  static final int FATTR_GID = 1 << 2;
  static final int FATTR_SIZE = 1 << 3;
  static final int FATTR_ATIME = 1 << 4;
  static final int FATTR_MTIME = 1 << 5;
  static final int FATTR_FH = 1 << 6;
  static final int FATTR_ATIME_NOW = 1 << 7;
  static final int FATTR_MTIME_NOW = 1 << 8;

  static final int FUSE_FSYNC_FDATASYNC = 1;
}
