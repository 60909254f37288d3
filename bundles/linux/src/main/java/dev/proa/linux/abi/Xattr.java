package dev.proa.linux.abi;

/** Constants of linux/xattr.h. */
public final class Xattr {

  private Xattr() {}

  public static final int XATTR_CREATE = 1;
  public static final int XATTR_REPLACE = 2;
  public static final int XATTR_NAME_MAX = 0xff;
  public static final int XATTR_SIZE_MAX = 0x10000;
  public static final int XATTR_LIST_MAX = 0x10000;
}
