package dev.proa.vmm.snapshot;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;
import dev.proa.vmm.memory.GuestMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The state's file: magic, version, length, the state, and a CRC-32C of all that. The memory's file: guest memory without the hole, sparse where it is
 * zero; restoring maps it and reads nothing, so of it only the length is checked.
 */
public final class SnapshotFile {
  private static final long MAGIC = 0x504e534d4d56_5250L; // "PRVMMSNP"
  /** Changes with every change of {@link StateCodec}: snapshots are caches, made again by each version. */
  private static final int VERSION = 1;

  private static final int HEADER = 16;
  private static final int TRAILER = 4;
  private static final int MAX_STATE = 64 << 20;
  private static final int PAGE = 4096;

  private SnapshotFile() {}

  /** Into two empty files. */
  public static void write(SnapshotFiles files, GuestMemory memory, MachineState state) throws IOException {
    byte[] payload = StateCodec.write(state);
    ByteBuffer b = ByteBuffer.allocate(HEADER + payload.length + TRAILER).order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(MAGIC).putInt(VERSION).putInt(payload.length).put(payload);
    b.putInt(crc(b.array(), b.position()));
    writeAt(files.state(), 0, MemorySegment.ofArray(b.array()));
    writeMemory(files.memory(), memory.contents());
    Io.fdatasync(files.memory());
    Io.fdatasync(files.state());
  }

  private static void writeMemory(Fd file, MemorySegment contents) throws IOException {
    Io.ftruncate(file, contents.byteSize());
    MemorySegment zeroes = MemorySegment.ofArray(new byte[PAGE]);
    ResidentPages resident = ResidentPages.of(contents);
    long start = -1; // of a run of pages that hold something
    for (long at = 0; at < contents.byteSize(); at += PAGE) {
      boolean zero = !resident.holds(at / PAGE) || MemorySegment.mismatch(contents, at, at + PAGE, zeroes, 0, PAGE) < 0;
      if (!zero && start < 0) {
        start = at;
      } else if (zero && start >= 0) {
        writeAt(file, start, contents.asSlice(start, at - start));
        start = -1;
      }
    }
    if (start >= 0) {
      writeAt(file, start, contents.asSlice(start));
    }
  }

  private static void writeAt(Fd file, long offset, MemorySegment source) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = source.isNative() ? source : arena.allocate(source.byteSize()).copyFrom(source);
      for (long done = 0; done < bytes.byteSize(); ) {
        done += Io.pwrite(file, bytes.asSlice(done), offset + done);
      }
    }
  }

  /** Reads and checks the state's file. */
  public static MachineState read(Fd file) throws IOException {
    long size = Fs.fstat(file).size();
    if (size < HEADER + TRAILER || size > MAX_STATE) {
      throw new SnapshotException("the snapshot's state has " + size + " bytes: it is cut off, or is none");
    }
    byte[] bytes;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(size);
      for (long done = 0; done < size; ) {
        long n = Io.pread(file, segment.asSlice(done), done);
        if (n == 0) {
          throw new SnapshotException("the snapshot's state is cut off at " + done + " of " + size + " bytes");
        }
        done += n;
      }
      bytes = segment.toArray(ValueLayout.JAVA_BYTE);
    }
    return parse(bytes);
  }

  static MachineState parse(byte[] bytes) throws SnapshotException {
    if (bytes.length < HEADER + TRAILER) {
      throw new SnapshotException("the snapshot's state is cut off");
    }
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (b.getLong(0) != MAGIC) {
      throw new SnapshotException("the file is no snapshot of a microVM");
    }
    if (b.getInt(8) != VERSION) {
      throw new SnapshotException("the snapshot has version " + Integer.toUnsignedString(b.getInt(8)) + ", and this VMM reads " + VERSION + ": take it again");
    }
    int length = b.getInt(12);
    if (length != bytes.length - HEADER - TRAILER) {
      throw new SnapshotException("the snapshot's state is cut off: " + Integer.toUnsignedString(length) + " bytes where " + (bytes.length - HEADER - TRAILER) + " are");
    }
    if (b.getInt(bytes.length - TRAILER) != crc(bytes, bytes.length - TRAILER)) {
      throw new SnapshotException("the snapshot's state is damaged: its checksum is wrong");
    }
    byte[] payload = new byte[length];
    b.get(HEADER, payload);
    return StateCodec.read(payload);
  }

  /** A file that is too short would end the process with SIGBUS when the guest touches what is not there. */
  public static void checkMemory(Fd file, long size) throws IOException {
    long there = Fs.fstat(file).size();
    if (there != size) {
      throw new SnapshotException("the snapshot's memory has " + there + " bytes where " + size + " belong: it is cut off, or another microVM's");
    }
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
