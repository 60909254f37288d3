package dev.proa.linux.abi;

/** Constants of linux/mount.h: both mount interfaces. */
public final class Mount {

  private Mount() {}

  public static final long MS_RDONLY = 0x1L;
  public static final long MS_NOSUID = 0x2L;
  public static final long MS_NODEV = 0x4L;
  public static final long MS_NOEXEC = 0x8L;
  public static final long MS_SYNCHRONOUS = 0x10L;
  public static final long MS_REMOUNT = 0x20L;
  public static final long MS_MANDLOCK = 0x40L;
  public static final long MS_DIRSYNC = 0x80L;
  public static final long MS_NOSYMFOLLOW = 0x100L;
  public static final long MS_NOATIME = 0x400L;
  public static final long MS_NODIRATIME = 0x800L;
  public static final long MS_BIND = 0x1000L;
  public static final long MS_MOVE = 0x2000L;
  public static final long MS_REC = 0x4000L;
  public static final long MS_SILENT = 0x8000L;
  public static final long MS_POSIXACL = 0x10000L;
  public static final long MS_UNBINDABLE = 0x20000L;
  public static final long MS_PRIVATE = 0x40000L;
  public static final long MS_SLAVE = 0x80000L;
  public static final long MS_SHARED = 0x100000L;
  public static final long MS_RELATIME = 0x200000L;
  public static final long MS_I_VERSION = 0x800000L;
  public static final long MS_STRICTATIME = 0x1000000L;
  public static final long MS_LAZYTIME = 0x2000000L;
  public static final int MNT_FORCE = 1;
  public static final int MNT_DETACH = 2;
  public static final int MNT_EXPIRE = 4;
  public static final int UMOUNT_NOFOLLOW = 8;
  public static final int OPEN_TREE_CLONE = 1;
  public static final int OPEN_TREE_CLOEXEC = 0x80000;
  public static final int MOVE_MOUNT_F_SYMLINKS = 1;
  public static final int MOVE_MOUNT_F_AUTOMOUNTS = 2;
  public static final int MOVE_MOUNT_F_EMPTY_PATH = 4;
  public static final int MOVE_MOUNT_T_SYMLINKS = 0x10;
  public static final int MOVE_MOUNT_T_AUTOMOUNTS = 0x20;
  public static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
  public static final int MOVE_MOUNT_SET_GROUP = 0x100;
  /** Since Linux 6.5. */
  public static final int MOVE_MOUNT_BENEATH = 0x200;
  public static final int FSOPEN_CLOEXEC = 1;
  public static final int FSPICK_CLOEXEC = 1;
  public static final int FSPICK_SYMLINK_NOFOLLOW = 2;
  public static final int FSPICK_NO_AUTOMOUNT = 4;
  public static final int FSPICK_EMPTY_PATH = 8;
  public static final int FSCONFIG_SET_FLAG = 0;
  public static final int FSCONFIG_SET_STRING = 1;
  public static final int FSCONFIG_SET_BINARY = 2;
  public static final int FSCONFIG_SET_PATH = 3;
  public static final int FSCONFIG_SET_PATH_EMPTY = 4;
  public static final int FSCONFIG_SET_FD = 5;
  public static final int FSCONFIG_CMD_CREATE = 6;
  public static final int FSCONFIG_CMD_RECONFIGURE = 7;
  /** Since Linux 6.6. */
  public static final int FSCONFIG_CMD_CREATE_EXCL = 8;
  public static final int FSMOUNT_CLOEXEC = 1;
  public static final long MOUNT_ATTR_RDONLY = 0x1L;
  public static final long MOUNT_ATTR_NOSUID = 0x2L;
  public static final long MOUNT_ATTR_NODEV = 0x4L;
  public static final long MOUNT_ATTR_NOEXEC = 0x8L;
  public static final long MOUNT_ATTR__ATIME = 0x70L;
  public static final long MOUNT_ATTR_RELATIME = 0x0L;
  public static final long MOUNT_ATTR_NOATIME = 0x10L;
  public static final long MOUNT_ATTR_STRICTATIME = 0x20L;
  public static final long MOUNT_ATTR_NODIRATIME = 0x80L;
  public static final long MOUNT_ATTR_IDMAP = 0x100000L;
  public static final long MOUNT_ATTR_NOSYMFOLLOW = 0x200000L;
}
