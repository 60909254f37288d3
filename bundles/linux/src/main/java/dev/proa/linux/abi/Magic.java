package dev.proa.linux.abi;

/** Constants of linux/magic.h: the f_type of statfs. */
public final class Magic {

  private Magic() {}

  public static final long PROC_SUPER_MAGIC = 0x9fa0L;
  public static final long SYSFS_MAGIC = 0x62656572L;
  public static final long TMPFS_MAGIC = 0x1021994L;
  public static final long DEVPTS_SUPER_MAGIC = 0x1cd1L;
  public static final long OVERLAYFS_SUPER_MAGIC = 0x794c7630L;
  public static final long CGROUP_SUPER_MAGIC = 0x27e0ebL;
  public static final long CGROUP2_SUPER_MAGIC = 0x63677270L;
  public static final long EXT4_SUPER_MAGIC = 0xef53L;
  public static final long XFS_SUPER_MAGIC = 0x58465342L;
  public static final long BTRFS_SUPER_MAGIC = 0x9123683eL;
  public static final long NSFS_MAGIC = 0x6e736673L;
  public static final long BPF_FS_MAGIC = 0xcafe4a11L;
  public static final long MQUEUE_MAGIC = 0x19800202L;
  public static final long RAMFS_MAGIC = 0x858458f6L;
  public static final long EROFS_SUPER_MAGIC_V1 = 0xe0f5e1e2L;
  public static final long NFS_SUPER_MAGIC = 0x6969L;
  public static final long FUSE_SUPER_MAGIC = 0x65735546L;
  public static final long SQUASHFS_MAGIC = 0x73717368L;
  /** Since Linux 6.9. */
  public static final long PID_FS_MAGIC = 0x50494446L;
}
