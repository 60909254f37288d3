package dev.proa.vmm.virtio.fs;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import java.util.HashMap;
import java.util.Map;

/**
 * The files that the guest knows, each by an O_PATH descriptor: a number of the guest's leads to the file it was given for, whatever became of its name.
 * How often the guest was told of one is counted, as the guest counts when it forgets.
 */
final class Inodes implements AutoCloseable {
  /** One file, found in one mount. */
  private record Key(int devMajor, int devMinor, long ino, long mountId) {
    static Key of(FileStatus s) {
      return new Key(s.devMajor(), s.devMinor(), s.ino(), s.mountId());
    }
  }

  private static final class Inode {
    private final long id;
    private final Fd fd;
    private final Key key;
    private long lookups;

    Inode(long id, Fd fd, Key key) {
      this.id = id;
      this.fd = fd;
      this.key = key;
    }
  }

  private final Fd root;
  private final Fd procSelfFd;
  private final int limit;
  private final Map<Long, Inode> byId = new HashMap<>();
  private final Map<Key, Inode> byKey = new HashMap<>();
  private long next = FuseAbi.ROOT_ID + 1;

  /** @param limit of files that the guest may know at a time, each of which costs a descriptor */
  Inodes(Fd root, Fd procSelfFd, int limit) throws ErrnoException {
    this.root = root;
    this.procSelfFd = procSelfFd;
    this.limit = limit;
    Inode first = new Inode(FuseAbi.ROOT_ID, Fd.borrowed(root.raw()), Key.of(Fs.fstat(root)));
    byId.put(first.id, first);
    byKey.put(first.key, first);
  }

  /** The O_PATH descriptor. */
  Fd fd(long id) throws ErrnoException {
    Inode inode = byId.get(id);
    if (inode == null) {
      throw new ErrnoException("fuse", Errno.ESTALE, "node " + Long.toUnsignedString(id));
    }
    return inode.fd;
  }

  /** A file by its number, and what is known of it. */
  record Found(long id, FileStatus status) {}

  /** Looks a name up, and counts it. */
  Found lookup(long parent, String name) throws ErrnoException {
    return lookup(fd(parent), name);
  }

  Found lookup(Fd parent, String name) throws ErrnoException {
    Fd fd = Fs.openat(parent, name, Fcntl.O_PATH | Fcntl.O_NOFOLLOW);
    try {
      FileStatus status = Fs.fstat(fd);
      Inode known = byKey.get(Key.of(status));
      if (known != null) {
        known.lookups++;
        fd.close();
        return new Found(known.id, status);
      }
      if (byId.size() >= limit) {
        throw new ErrnoException("fuse", Errno.ENFILE, byId.size() + " files known to the guest");
      }
      Inode inode = new Inode(next++, fd, Key.of(status));
      inode.lookups = 1;
      byId.put(inode.id, inode);
      byKey.put(inode.key, inode);
      return new Found(inode.id, status);
    } catch (ErrnoException e) {
      fd.close();
      throw e;
    }
  }

  /** Opens it anew; regular files and directories only: others are the guest's kernel's to open, and opening ours could block. */
  Fd open(long id, int flags) throws ErrnoException {
    Fd fd = fd(id);
    int type = Fs.fstat(fd).type();
    if (type != Stat.S_IFREG && type != Stat.S_IFDIR) {
      throw new ErrnoException("fuse", Errno.ENXIO, "a special file");
    }
    return Fs.openat(procSelfFd, Integer.toString(fd.raw()), flags & ~Fcntl.O_NOFOLLOW);
  }

  /** Its name below {@link #procSelfFd}, for calls that take no O_PATH descriptor. */
  String procName(long id) throws ErrnoException {
    return Integer.toString(fd(id).raw());
  }

  Fd procSelfFd() {
    return procSelfFd;
  }

  void forget(long id, long count) {
    Inode inode = byId.get(id);
    if (inode == null || id == FuseAbi.ROOT_ID) {
      return;
    }
    inode.lookups -= Math.min(Long.compareUnsigned(count, inode.lookups) > 0 ? inode.lookups : count, inode.lookups);
    if (inode.lookups == 0) {
      byId.remove(id);
      byKey.remove(inode.key);
      inode.fd.close();
    }
  }

  int size() {
    return byId.size();
  }

  /** All but the root. */
  void clear() {
    byId.values().removeIf(
        inode -> {
          if (inode.id == FuseAbi.ROOT_ID) {
            return false;
          }
          byKey.remove(inode.key);
          inode.fd.close();
          return true;
        });
  }

  @Override
  public void close() {
    clear();
    root.close();
  }
}
