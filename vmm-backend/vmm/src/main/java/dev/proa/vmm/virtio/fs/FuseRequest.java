package dev.proa.vmm.virtio.fs;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FileName;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.virtio.queue.DescriptorChain;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** struct fuse_in_header, and what follows it, read front to back. */
final class FuseRequest {
  private static final int NAME_MAX = 255;
  private static final int MAX_ARGUMENTS = 1 << 17; // a value of an extended attribute and its name

  private final DescriptorChain.Stream in;
  final int opcode;
  final long unique;
  final long nodeId;
  final int uid;
  final int gid;

  FuseRequest(DescriptorChain.Stream in) throws GuestFault {
    this.in = in;
    int length = in.u32();
    if (length < FuseAbi.IN_HEADER || length - 4 > in.remaining()) {
      throw new GuestFault("a FUSE request whose length of " + Integer.toUnsignedString(length) + " is not that of its buffers");
    }
    opcode = in.u32();
    unique = in.u64();
    nodeId = in.u64();
    uid = in.u32();
    gid = in.u32();
    in.u64(); // pid, total_extlen
  }

  int u32() throws GuestFault {
    return in.u32();
  }

  long u64() throws GuestFault {
    return in.u64();
  }

  /** Bytes that are written to a file, where they lie. */
  List<MemorySegment> data(int size) throws GuestFault {
    return in.take(Integer.toUnsignedLong(size));
  }

  /** All that is left. */
  byte[] rest() throws GuestFault {
    if (in.remaining() > MAX_ARGUMENTS) {
      throw new GuestFault("a FUSE request with arguments of " + in.remaining() + " bytes");
    }
    return in.bytes((int) in.remaining());
  }

  /** The names that are left, each ended by a NUL; whatever they say. */
  String[] texts(int count) throws GuestFault {
    byte[] bytes = rest();
    String[] texts = new String[count];
    int start = 0;
    for (int i = 0; i < count; i++) {
      int end = start;
      while (end < bytes.length && bytes[end] != 0) {
        end++;
      }
      if (end == bytes.length) {
        throw new GuestFault("a FUSE request with a name that does not end");
      }
      texts[i] = FileName.decode(Arrays.copyOfRange(bytes, start, end));
      start = end + 1;
    }
    return texts;
  }

  String name() throws GuestFault, ErrnoException {
    return names(1)[0];
  }

  /** Names of entries in a directory: one component each, and none that leads up. */
  String[] names(int count) throws GuestFault, ErrnoException {
    String[] names = texts(count);
    for (String name : names) {
      if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
        throw new ErrnoException("fuse", Errno.EINVAL, name);
      }
      if (name.length() > NAME_MAX) {
        throw new ErrnoException("fuse", Errno.ENAMETOOLONG, name);
      }
    }
    return names;
  }
}
