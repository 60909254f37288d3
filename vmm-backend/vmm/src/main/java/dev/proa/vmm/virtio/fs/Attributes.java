package dev.proa.vmm.virtio.fs;

import static dev.proa.vmm.virtio.fs.FuseAbi.FATTR_ATIME;
import static dev.proa.vmm.virtio.fs.FuseAbi.FATTR_ATIME_NOW;
import static dev.proa.vmm.virtio.fs.FuseAbi.FATTR_FH;
import static dev.proa.vmm.virtio.fs.FuseAbi.FATTR_GID;
import static dev.proa.vmm.virtio.fs.FuseAbi.FATTR_MODE;
import static dev.proa.vmm.virtio.fs.FuseAbi.FATTR_MTIME;
import static dev.proa.vmm.virtio.fs.FuseAbi.FATTR_MTIME_NOW;
import static dev.proa.vmm.virtio.fs.FuseAbi.FATTR_SIZE;
import static dev.proa.vmm.virtio.fs.FuseAbi.FATTR_UID;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileName;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Xattr;
import dev.proa.vmm.memory.GuestFault;
import java.util.Arrays;
import java.util.List;

/** Attributes of files, extended ones too. */
final class Attributes {
  private static final long NANOS = 1_000_000_000;

  private final Inodes inodes;
  private final Handles handles;

  Attributes(Inodes inodes, Handles handles) {
    this.inodes = inodes;
    this.handles = handles;
  }

  FuseReply get(FuseRequest r) throws ErrnoException {
    return FuseReply.empty().attrOut(Fs.fstat(inodes.fd(r.nodeId)));
  }

  /** struct fuse_setattr_in. */
  FuseReply set(FuseRequest r) throws GuestFault, ErrnoException {
    int valid = r.u32();
    r.u32();
    long handle = r.u64();
    long size = r.u64();
    r.u64(); // lock_owner
    long atime = r.u64();
    long mtime = r.u64();
    r.u64(); // ctime: the host's kernel keeps it
    int atimeNanos = r.u32();
    int mtimeNanos = r.u32();
    r.u32();
    int mode = r.u32();
    r.u32();
    int uid = r.u32();
    int gid = r.u32();
    Fd fd = inodes.fd(r.nodeId);
    if ((valid & FATTR_MODE) != 0) {
      Fs.fchmodat(inodes.procSelfFd(), inodes.procName(r.nodeId), mode & 07777);
    }
    if ((valid & (FATTR_UID | FATTR_GID)) != 0) {
      Fs.fchownat(fd, "", (valid & FATTR_UID) != 0 ? uid : -1, (valid & FATTR_GID) != 0 ? gid : -1, Fcntl.AT_EMPTY_PATH | Fcntl.AT_SYMLINK_NOFOLLOW);
    }
    if ((valid & FATTR_SIZE) != 0) {
      truncate(r.nodeId, (valid & FATTR_FH) != 0, handle, size);
    }
    if ((valid & (FATTR_ATIME | FATTR_MTIME)) != 0) {
      Fs.utimensat(
          inodes.procSelfFd(),
          inodes.procName(r.nodeId),
          time(valid, FATTR_ATIME, FATTR_ATIME_NOW, atime, atimeNanos),
          time(valid, FATTR_MTIME, FATTR_MTIME_NOW, mtime, mtimeNanos),
          0);
    }
    return FuseReply.empty().attrOut(Fs.fstat(fd));
  }

  private static Timestamp time(int valid, int set, int now, long seconds, int nanos) throws ErrnoException {
    if ((valid & set) == 0) {
      return Timestamp.OMIT;
    }
    if ((valid & now) != 0) {
      return Timestamp.NOW;
    }
    if (nanos < 0 || nanos >= NANOS) {
      throw new ErrnoException("utimensat", Errno.EINVAL, nanos + " ns");
    }
    return new Timestamp(seconds, nanos);
  }

  private void truncate(long node, boolean byHandle, long handle, long size) throws ErrnoException {
    if (byHandle) {
      Io.ftruncate(handles.get(handle), size);
      return;
    }
    try (Fd fd = inodes.open(node, Fcntl.O_WRONLY | Fcntl.O_NONBLOCK)) {
      Io.ftruncate(fd, size);
    }
  }

  FuseReply setExtended(FuseRequest r) throws GuestFault, ErrnoException {
    int size = r.u32();
    int flags = r.u32();
    byte[] rest = r.rest();
    int end = end(rest);
    if (size < 0 || size > Xattr.XATTR_SIZE_MAX || rest.length - end - 1 < size) {
      throw new GuestFault("an extended attribute of " + Integer.toUnsignedString(size) + " bytes");
    }
    String name = allowed(FileName.decode(Arrays.copyOf(rest, end)));
    Fs.setxattrOf(inodes.fd(r.nodeId), name, Arrays.copyOfRange(rest, end + 1, end + 1 + size), flags);
    return FuseReply.empty();
  }

  FuseReply getExtended(FuseRequest r) throws GuestFault, ErrnoException {
    int size = r.u32();
    r.u32();
    String name = allowed(r.texts(1)[0]);
    byte[] value = Fs.getxattrOf(inodes.fd(r.nodeId), name);
    if (value == null) {
      throw new ErrnoException("getxattr", Errno.ENODATA, name);
    }
    return sized(size, value);
  }

  FuseReply listExtended(FuseRequest r) throws GuestFault, ErrnoException {
    int size = r.u32();
    List<String> names = Fs.listxattrOf(inodes.fd(r.nodeId));
    FuseReply list = FuseReply.empty();
    for (String name : names) {
      if (isAllowed(name)) {
        list.bytes(FileName.encode(name)).zeroes(1);
      }
    }
    return sized(size, list.written());
  }

  FuseReply removeExtended(FuseRequest r) throws GuestFault, ErrnoException {
    Fs.removexattrOf(inodes.fd(r.nodeId), allowed(r.texts(1)[0]));
    return FuseReply.empty();
  }

  /** With a size of 0 the question is how much there is. */
  private static FuseReply sized(int size, byte[] value) throws ErrnoException {
    if (size == 0) {
      return FuseReply.empty().u32(value.length).u32(0);
    }
    if (value.length > Integer.toUnsignedLong(size)) {
      throw new ErrnoException("getxattr", Errno.ERANGE, value.length + " bytes");
    }
    return FuseReply.empty().bytes(value);
  }

  /** Not what means something to the host: trusted.* (overlays), labels of its security modules. */
  private static boolean isAllowed(String name) {
    return name.startsWith("user.") || name.equals("security.capability");
  }

  private static String allowed(String name) throws ErrnoException {
    if (!isAllowed(name)) {
      throw new ErrnoException("xattr", Errno.EOPNOTSUPP, name);
    }
    return name;
  }

  private static int end(byte[] bytes) throws GuestFault {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        return i;
      }
    }
    throw new GuestFault("an extended attribute whose name does not end");
  }
}
