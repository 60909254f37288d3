package dev.proa.vmm.virtio.fs;

import static dev.proa.vmm.virtio.fs.FuseAbi.*;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileName;
import dev.proa.linux.FileSystemStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.virtio.IoVectors;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers FUSE requests about one directory tree. All by descriptors: a name is one component below a directory that is open, links are never followed
 * here, so that no request leads out of the root. What may be done is the guest's kernel's to decide (a virtiofs mount has default_permissions); what is
 * made belongs to the user who asked ({@link Creation}).
 */
final class FuseServer implements AutoCloseable {
  static final int MAX_WRITE = 1 << 20;
  private static final int PAGE = 4096;
  private static final int MAX_BACKGROUND = 64;
  private static final int INIT_FLAGS =
      FUSE_ASYNC_READ | FUSE_ATOMIC_O_TRUNC | FUSE_BIG_WRITES | FUSE_DO_READDIRPLUS | FUSE_READDIRPLUS_AUTO | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES;
  /** What a guest may ask for when it opens a file. */
  private static final int OPEN_FLAGS = 3 | Fcntl.O_APPEND | Fcntl.O_TRUNC | Fcntl.O_SYNC;

  private final Inodes inodes;
  private final Handles handles;
  private final boolean readOnly;
  private final Attributes attributes;
  private final IoVectors vectors = new IoVectors();
  private boolean mounted;

  /** Takes ownership of the root. {@code limit} of files known and of files open. */
  FuseServer(Fd root, Fd procSelfFd, boolean readOnly, int limit) throws ErrnoException {
    this.inodes = new Inodes(root, procSelfFd, limit);
    this.handles = new Handles(limit);
    this.readOnly = readOnly;
    this.attributes = new Attributes(inodes, handles);
  }

  boolean isMounted() {
    return mounted;
  }

  /** For tests and metrics. */
  int knownFiles() {
    return inodes.size();
  }

  /**
   * Carries the request out. {@code room}: for data of READ behind the header, which is read right into it.
   *
   * @return null when nothing is to be answered
   */
  @Nullable FuseReply serve(FuseRequest r, Room room) throws GuestFault, ErrnoException {
    if (readOnly && changes(r.opcode)) {
      throw new ErrnoException("fuse", Errno.EROFS, "opcode " + r.opcode);
    }
    return switch (r.opcode) {
      case FUSE_INIT -> init(r);
      case FUSE_DESTROY -> destroy();
      case FUSE_LOOKUP -> entry(inodes.lookup(r.nodeId, r.name()));
      case FUSE_FORGET -> {
        inodes.forget(r.nodeId, r.u64());
        yield null;
      }
      case FUSE_BATCH_FORGET -> batchForget(r);
      case FUSE_INTERRUPT -> null; // what it names is answered already
      case FUSE_GETATTR -> attributes.get(r);
      case FUSE_SETATTR -> attributes.set(r);
      case FUSE_SETXATTR -> attributes.setExtended(r);
      case FUSE_GETXATTR -> attributes.getExtended(r);
      case FUSE_LISTXATTR -> attributes.listExtended(r);
      case FUSE_REMOVEXATTR -> attributes.removeExtended(r);
      case FUSE_READLINK -> FuseReply.empty().bytes(FileName.encode(Fs.readlinkat(inodes.fd(r.nodeId), "")));
      case FUSE_SYMLINK -> symlink(r);
      case FUSE_MKNOD -> mknod(r);
      case FUSE_MKDIR -> mkdir(r);
      case FUSE_CREATE -> create(r);
      case FUSE_UNLINK -> {
        Fs.unlinkat(inodes.fd(r.nodeId), r.name(), 0);
        yield FuseReply.empty();
      }
      case FUSE_RMDIR -> {
        Fs.unlinkat(inodes.fd(r.nodeId), r.name(), Fcntl.AT_REMOVEDIR);
        yield FuseReply.empty();
      }
      case FUSE_RENAME -> rename(r, r.u64(), 0);
      case FUSE_RENAME2 -> {
        long directory = r.u64();
        int flags = r.u32();
        r.u32();
        yield rename(r, directory, flags);
      }
      case FUSE_LINK -> link(r);
      case FUSE_OPEN -> open(r);
      case FUSE_OPENDIR -> openOut(handles.add(inodes.open(r.nodeId, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)));
      case FUSE_READ -> read(r, room);
      case FUSE_WRITE -> write(r);
      case FUSE_READDIR -> readdir(r, false);
      case FUSE_READDIRPLUS -> readdir(r, true);
      case FUSE_RELEASE, FUSE_RELEASEDIR -> {
        handles.release(r.u64());
        yield FuseReply.empty();
      }
      case FUSE_FLUSH -> {
        handles.get(r.u64());
        yield FuseReply.empty();
      }
      case FUSE_FSYNC, FUSE_FSYNCDIR -> fsync(r);
      case FUSE_SYNCFS -> {
        try (Fd fd = inodes.open(ROOT_ID, Fcntl.O_RDONLY)) {
          Io.syncfs(fd);
        }
        yield FuseReply.empty();
      }
      case FUSE_STATFS -> statfs(r);
      case FUSE_ACCESS -> FuseReply.empty();
      case FUSE_FALLOCATE -> fallocate(r);
      case FUSE_LSEEK -> lseek(r);
      case FUSE_COPY_FILE_RANGE -> copyFileRange(r);
      default -> throw new ErrnoException("fuse", Errno.ENOSYS, "opcode " + r.opcode);
    };
  }

  private static boolean changes(int opcode) {
    return switch (opcode) {
      case FUSE_SETATTR, FUSE_SYMLINK, FUSE_MKNOD, FUSE_MKDIR, FUSE_UNLINK, FUSE_RMDIR, FUSE_RENAME, FUSE_RENAME2, FUSE_LINK, FUSE_WRITE, FUSE_SETXATTR,
          FUSE_REMOVEXATTR, FUSE_CREATE, FUSE_FALLOCATE, FUSE_COPY_FILE_RANGE -> true;
      default -> false;
    };
  }

  /** A mount, perhaps after one that ended without telling: nothing of that one is left. */
  private FuseReply init(FuseRequest r) throws GuestFault, ErrnoException {
    int major = r.u32();
    int minor = r.u32();
    int maxReadahead = r.u32();
    int offered = r.u32();
    if (major != FUSE_KERNEL_VERSION || minor < 27) {
      throw new ErrnoException("fuse", Errno.EPROTO, "version " + major + "." + minor);
    }
    handles.clear();
    inodes.clear();
    mounted = true;
    return FuseReply.empty()
        .u32(FUSE_KERNEL_VERSION)
        .u32(FUSE_KERNEL_MINOR_VERSION)
        .u32(maxReadahead)
        .u32(INIT_FLAGS & offered)
        .u16(MAX_BACKGROUND)
        .u16(MAX_BACKGROUND * 3 / 4)
        .u32(MAX_WRITE)
        .u32(1) // times in nanoseconds
        .u16(MAX_WRITE / PAGE)
        .zeroes(34);
  }

  private FuseReply destroy() {
    handles.clear();
    inodes.clear();
    mounted = false;
    return FuseReply.empty();
  }

  private @Nullable FuseReply batchForget(FuseRequest r) throws GuestFault {
    int count = r.u32();
    r.u32();
    for (int i = 0; i < count; i++) { // each is read, so that a count that is a lie ends with the request
      inodes.forget(r.u64(), r.u64());
    }
    return null;
  }

  private static FuseReply entry(Inodes.Found found) {
    return FuseReply.empty().entry(found.id(), found.status());
  }

  private static FuseReply openOut(long handle) {
    return FuseReply.empty().u64(handle).u32(0).u32(0);
  }

  private FuseReply symlink(FuseRequest r) throws GuestFault, ErrnoException {
    String[] texts = r.texts(2);
    if (texts[0].isEmpty() || texts[0].equals(".") || texts[0].equals("..") || texts[0].indexOf('/') >= 0) {
      throw new ErrnoException("symlinkat", Errno.EINVAL, texts[0]);
    }
    Fd parent = inodes.fd(r.nodeId);
    Creation.as(r, () -> Fs.symlinkat(texts[1], parent, texts[0]));
    return entry(inodes.lookup(parent, texts[0]));
  }

  private FuseReply mknod(FuseRequest r) throws GuestFault, ErrnoException {
    int mode = r.u32();
    int device = r.u32();
    r.u64(); // umask, padding: the kernel has applied it
    String name = r.name();
    Fd parent = inodes.fd(r.nodeId);
    Creation.as(r, () -> Fs.mknodat(parent, name, mode, device >>> 8 & 0xfff, device & 0xff | device >>> 12 & 0xfff00));
    return entry(inodes.lookup(parent, name));
  }

  private FuseReply mkdir(FuseRequest r) throws GuestFault, ErrnoException {
    int mode = r.u32();
    r.u32();
    String name = r.name();
    Fd parent = inodes.fd(r.nodeId);
    Creation.as(r, () -> Fs.mkdirat(parent, name, mode));
    return entry(inodes.lookup(parent, name));
  }

  private FuseReply create(FuseRequest r) throws GuestFault, ErrnoException {
    int flags = r.u32();
    int mode = r.u32();
    r.u64(); // umask, open_flags
    String name = r.name();
    Fd parent = inodes.fd(r.nodeId);
    Fd[] made = new Fd[1];
    Creation.as(
        r, () -> made[0] = Fs.openat(parent, name, flags & (OPEN_FLAGS | Fcntl.O_EXCL) | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK, mode));
    Inodes.Found found;
    try {
      found = inodes.lookup(parent, name);
    } catch (ErrnoException e) {
      made[0].close();
      throw e;
    }
    try {
      FuseReply reply = entry(found);
      return reply.u64(handles.add(made[0])).u32(0).u32(0);
    } catch (ErrnoException e) {
      inodes.forget(found.id(), 1);
      throw e;
    }
  }

  private FuseReply rename(FuseRequest r, long directory, int flags) throws GuestFault, ErrnoException {
    String[] names = r.names(2);
    if ((flags & ~(Fcntl.RENAME_NOREPLACE | Fcntl.RENAME_EXCHANGE | Fcntl.RENAME_WHITEOUT)) != 0) {
      throw new ErrnoException("renameat2", Errno.EINVAL, "flags " + flags);
    }
    Fs.renameat2(inodes.fd(r.nodeId), names[0], inodes.fd(directory), names[1], flags);
    return FuseReply.empty();
  }

  private FuseReply link(FuseRequest r) throws GuestFault, ErrnoException {
    long target = r.u64();
    String name = r.name();
    Fd parent = inodes.fd(r.nodeId);
    // through /proc, which needs no capability, unlike AT_EMPTY_PATH
    Fs.linkat(inodes.procSelfFd(), inodes.procName(target), parent, name, Fcntl.AT_SYMLINK_FOLLOW);
    return entry(inodes.lookup(parent, name));
  }

  private FuseReply open(FuseRequest r) throws GuestFault, ErrnoException {
    int flags = r.u32();
    if (readOnly && ((flags & 3) != Fcntl.O_RDONLY || (flags & Fcntl.O_TRUNC) != 0)) {
      throw new ErrnoException("openat", Errno.EROFS, "node " + r.nodeId);
    }
    return openOut(handles.add(inodes.open(r.nodeId, flags & OPEN_FLAGS | Fcntl.O_NONBLOCK)));
  }

  /** Room for data in the guest's own memory. */
  interface Room {
    /** The next {@code size} bytes, less when there is less. */
    List<MemorySegment> take(long size) throws GuestFault;

    long remaining();
  }

  private FuseReply read(FuseRequest r, Room room) throws GuestFault, ErrnoException {
    Fd fd = handles.get(r.u64());
    long offset = r.u64();
    long size = Math.min(Integer.toUnsignedLong(r.u32()), room.remaining());
    long n = vectors.transfer(false, fd, room.take(size), checked(offset));
    if (n < 0) {
      throw new ErrnoException("preadv", (int) -n, fd.toString());
    }
    return FuseReply.inPlace(n);
  }

  private FuseReply write(FuseRequest r) throws GuestFault, ErrnoException {
    Fd fd = handles.get(r.u64());
    long offset = r.u64();
    int size = r.u32();
    r.u32();
    r.u64();
    r.u64();
    long n = vectors.transfer(true, fd, r.data(size), checked(offset));
    if (n < 0) {
      throw new ErrnoException("pwritev", (int) -n, fd.toString());
    }
    return FuseReply.empty().u32((int) n).u32(0);
  }

  private static long checked(long offset) throws ErrnoException {
    if (offset < 0) {
      throw new ErrnoException("fuse", Errno.EINVAL, "offset " + offset);
    }
    return offset;
  }

  /** Entries from an offset of the directory's own on; each tells the offset of the next. */
  private FuseReply readdir(FuseRequest r, boolean plus) throws GuestFault, ErrnoException {
    long handle = r.u64();
    Fd fd = handles.get(handle);
    Listing listing = handles.listing(handle);
    listing.seek(checked(r.u64()));
    int size = Math.clamp(Integer.toUnsignedLong(r.u32()), 0, MAX_WRITE);
    FuseReply reply = FuseReply.empty();
    for (DirectoryEntry entry = listing.peek(); entry != null; entry = listing.peek()) {
      byte[] name = FileName.encode(entry.name());
      int length = DIRENT + name.length + 7 & ~7;
      if (reply.size() + length + (plus ? ENTRY_OUT : 0) > size) {
        return reply;
      }
      int before = reply.size();
      if (plus) {
        try {
          Inodes.Found found = inodes.lookup(fd, entry.name());
          reply.entry(found.id(), found.status());
        } catch (ErrnoException e) {
          // gone since, or too many: the entry alone, without a lookup (nodeid 0)
          reply.cutTo(before);
          reply.zeroes(ENTRY_OUT);
        }
      }
      reply.u64(entry.ino()).u64(entry.next()).u32(name.length).u32(entry.type()).bytes(name).zeroes(length - DIRENT - name.length);
      listing.taken();
    }
    return reply;
  }

  private FuseReply fsync(FuseRequest r) throws GuestFault, ErrnoException {
    Fd fd = handles.get(r.u64());
    if ((r.u32() & FUSE_FSYNC_FDATASYNC) != 0) {
      Io.fdatasync(fd);
    } else {
      Io.fsync(fd);
    }
    return FuseReply.empty();
  }

  private FuseReply statfs(FuseRequest r) throws ErrnoException {
    FileSystemStatus s = Fs.fstatfs(inodes.fd(r.nodeId));
    return FuseReply.empty()
        .u64(s.blocks())
        .u64(s.blocksFree())
        .u64(s.blocksAvailable())
        .u64(s.files())
        .u64(s.filesFree())
        .u32((int) s.blockSize())
        .u32((int) s.nameMax())
        .u32((int) s.blockSize())
        .zeroes(28);
  }

  private FuseReply fallocate(FuseRequest r) throws GuestFault, ErrnoException {
    Fd fd = handles.get(r.u64());
    long offset = r.u64();
    long length = r.u64();
    Io.fallocate(fd, r.u32(), offset, length);
    return FuseReply.empty();
  }

  private FuseReply lseek(FuseRequest r) throws GuestFault, ErrnoException {
    Fd fd = handles.get(r.u64());
    long offset = r.u64();
    return FuseReply.empty().u64(Io.lseek(fd, offset, r.u32()));
  }

  private FuseReply copyFileRange(FuseRequest r) throws GuestFault, ErrnoException {
    Fd from = handles.get(r.u64());
    long fromOffset = r.u64();
    r.u64();
    Fd to = handles.get(r.u64());
    long toOffset = r.u64();
    long length = r.u64();
    Io.lseek(from, checked(fromOffset), Fcntl.SEEK_SET);
    Io.lseek(to, checked(toOffset), Fcntl.SEEK_SET);
    long n = Io.copyFileRange(from, to, Math.clamp(length, 0, 1 << 30));
    return FuseReply.empty().u32((int) n).u32(0);
  }

  @Override
  public void close() {
    handles.clear();
    inodes.close();
  }
}
