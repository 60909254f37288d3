package dev.proa.storage.layers;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Stat;

/**
 * How overlayfs marks what a layer deletes (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories").
 *
 * @param prefix of its extended attributes: {@code trusted.overlay.}, or {@code user.overlay.} with the mount option userxattr
 */
public record OverlayFormat(String prefix) {
  public static final OverlayFormat TRUSTED = new OverlayFormat("trusted.overlay.");
  public static final OverlayFormat USER = new OverlayFormat("user.overlay.");

  private static final byte[] YES = {'y'};

  /** A whiteout is a character device 0/0. */
  public static boolean isWhiteout(FileStatus status) {
    return status.type() == Stat.S_IFCHR && status.rdevMajor() == 0 && status.rdevMinor() == 0;
  }

  static void makeWhiteout(Fd dir, String name) throws ErrnoException {
    Fs.mknodat(dir, name, Stat.S_IFCHR, 0, 0);
  }

  boolean isOpaque(Fd directory) throws ErrnoException {
    byte[] value = Fs.fgetxattr(directory, prefix + "opaque");
    return value != null && value.length == 1 && value[0] == 'y';
  }

  void makeOpaque(Fd directory) throws ErrnoException {
    Fs.fsetxattr(directory, prefix + "opaque", YES, 0);
  }

  /** Whether the attribute is overlayfs's bookkeeping and no content: it must neither come from an image nor go into one. */
  public boolean isOwn(String xattr) {
    return xattr.startsWith(prefix) || xattr.startsWith(TRUSTED.prefix);
  }
}
