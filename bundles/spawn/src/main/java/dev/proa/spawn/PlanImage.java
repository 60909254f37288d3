package dev.proa.spawn;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileName;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Arch;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Memory;
import dev.proa.spawn.internal.MachineCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A plan as a static ELF executable: the walker (see src/main/asm) in a read-execute segment, the steps and what they point to in a
 * read-write one, at fixed addresses. It needs no libc, no stack of ours, no relocation.
 */
public final class PlanImage {
  /** Larger ones are refused: argv and envp are limited by the kernel anyway. */
  public static final int MAX_SIZE = 16 << 20;

  private static final long TEXT_ADDRESS = 0x400000;
  // Another 64 KiB page than the text's, so that aarch64 with such pages can give the two their own protection; the walker knows it too.
  private static final long DATA_ADDRESS = 0x411000;
  private static final int DATA_OFFSET = 0x1000;
  private static final int ELF_HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int PROGRAM_HEADERS = 3;
  private static final int PT_LOAD = 1;
  private static final int PT_GNU_STACK = 0x6474e551;
  private static final int PF_X = 1;
  private static final int PF_W = 2;
  private static final int PF_R = 4;

  private final SpawnPlan plan;
  private final byte[] bytes;

  private PlanImage(SpawnPlan plan, byte[] bytes) {
    this.plan = plan;
    this.bytes = bytes;
  }

  /** Compiles for the architecture that this JVM runs on. */
  public static PlanImage of(SpawnPlan plan) {
    return of(plan, Arch.HOST);
  }

  public static PlanImage of(SpawnPlan plan, Arch arch) {
    return new PlanImage(plan, new Compiler(plan, arch).compile());
  }

  public SpawnPlan plan() {
    return plan;
  }

  /** The ELF file. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /**
   * Writes it to a sealed memfd, or, where vm.memfd_noexec forbids to execute one, to an O_TMPFILE file. The descriptor is the caller's.
   *
   * @param directory for the O_TMPFILE file; not mounted noexec
   */
  public Fd seal(Path directory) throws ErrnoException {
    Fd memfd;
    try {
      memfd = memfd();
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EACCES && e.errno() != Errno.EPERM) {
        throw e;
      }
      return tmpfile(directory);
    }
    try {
      write(memfd);
      Io.fcntl(memfd, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_SEAL | Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_WRITE);
      return memfd;
    } catch (ErrnoException | RuntimeException e) {
      memfd.close();
      throw e;
    }
  }

  private static Fd memfd() throws ErrnoException {
    int flags = Memory.MFD_CLOEXEC | Memory.MFD_ALLOW_SEALING;
    try {
      return Io.memfdCreate("proa-plan", flags | Memory.MFD_EXEC);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      return Io.memfdCreate("proa-plan", flags); // before Linux 6.3 every memfd may be executed
    }
  }

  /** For kernels that run no memfd. */
  Fd tmpfile(Path directory) throws ErrnoException {
    try (Fd file = Fs.openat(Fd.cwd(), directory.toString(), Fcntl.O_TMPFILE | Fcntl.O_RDWR, 0700)) {
      write(file);
      // execve refuses a file that someone has open for writing: a second, read-only descriptor it is.
      return Fs.open("/proc/self/fd/" + file.raw(), Fcntl.O_RDONLY);
    }
  }

  private void write(Fd file) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(bytes.length);
      MemorySegment.copy(bytes, 0, memory, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, bytes.length);
      Io.writeFully(file, memory);
    }
  }

  /** Lays out steps first, then everything they point to, each thing once. */
  private static final class Compiler {
    private final SpawnPlan plan;
    private final Arch arch;
    private final Map<String, Long> texts = new HashMap<>();
    private final Map<List<String>, Long> arrays = new HashMap<>();
    private final Map<Arg.Buffer, Long> buffers = new IdentityHashMap<>();
    private final List<Arg.Buffer> bufferOrder = new ArrayList<>();
    private ByteBuffer data;

    Compiler(SpawnPlan plan, Arch arch) {
      this.plan = plan;
      this.arch = arch;
      this.data = ByteBuffer.allocate(65536).order(ByteOrder.LITTLE_ENDIAN);
      data.position(plan.steps().size() * StepLayout.SIZE);
    }

    byte[] compile() {
      for (int i = 0; i < plan.steps().size(); i++) {
        encode(i, plan.steps().get(i));
      }
      for (int i = 0; i < bufferOrder.size(); i++) { // grows while words lead to further buffers
        Arg.Buffer buffer = bufferOrder.get(i);
        int at = (int) (address(buffer) - DATA_ADDRESS);
        for (Map.Entry<Integer, Arg> word : buffer.words().entrySet()) {
          long value = value(word.getValue());
          data.putLong(at + word.getKey(), value);
        }
      }
      return elf();
    }

    private void encode(int index, Step step) {
      int at = index * StepLayout.SIZE;
      int number = step.call().number(arch);
      if (number < 0) {
        throw new UnsupportedOperationException(arch + " has no " + step.call() + ", wanted by step " + plan.line(index));
      }
      long[] values = new long[6];
      int loaded = 0;
      for (int i = 0; i < step.args().size(); i++) {
        Arg arg = step.args().get(i);
        values[i] = value(arg);
        if (arg instanceof Arg.Result || arg instanceof Arg.Loaded) {
          loaded |= 1 << i;
        }
      }
      data.putInt(at + StepLayout.NUMBER, number);
      data.put(at + StepLayout.KIND, (byte) StepLayout.code(step.kind()));
      data.put(at + StepLayout.LOADED, (byte) loaded);
      data.putShort(at + StepLayout.INDEX, (short) index);
      for (int i = 0; i < values.length; i++) {
        data.putLong(at + StepLayout.ARGS + 8 * i, values[i]);
      }
      data.putLong(at + StepLayout.SUCCESS, stepAddress(step.onSuccess()));
      data.putLong(at + StepLayout.OTHERWISE, stepAddress(step.otherwise()));
      for (int i = 0; i < step.tolerated().size(); i++) {
        data.putShort(at + StepLayout.TOLERATED + 2 * i, (short) step.tolerated().get(i).number());
      }
    }

    private long value(Arg arg) {
      return switch (arg) {
        case Arg.Number(long value, String _) -> value;
        case Arg.Descriptor(String _, int slot) -> slot;
        case Arg.AfterSlots() -> plan.firstSlot() + plan.descriptors().size();
        case Arg.Text(String text) -> text(text);
        case Arg.Texts(List<String> list) -> array(list);
        case Arg.Buffer buffer -> address(buffer);
        case Arg.Address(Arg.Buffer buffer, int offset) -> address(buffer) + offset;
        case Arg.Loaded(Arg.Buffer buffer, int offset) -> address(buffer) + offset;
        case Arg.Result(int step) -> stepAddress(step) + StepLayout.RESULT;
      };
    }

    private long text(String text) {
      Long known = texts.get(text);
      if (known != null) {
        return known;
      }
      byte[] encoded = FileName.encode(text);
      long address = reserve(encoded.length + 1, 1);
      data.put((int) (address - DATA_ADDRESS), encoded);
      texts.put(text, address);
      return address;
    }

    private long array(List<String> list) {
      Long known = arrays.get(list);
      if (known != null) {
        return known;
      }
      long[] addresses = list.stream().mapToLong(this::text).toArray();
      long address = reserve(8 * (addresses.length + 1), 8);
      for (int i = 0; i < addresses.length; i++) {
        data.putLong((int) (address - DATA_ADDRESS) + 8 * i, addresses[i]);
      }
      arrays.put(list, address);
      return address;
    }

    private long address(Arg.Buffer buffer) {
      Long known = buffers.get(buffer);
      if (known != null) {
        return known;
      }
      long address = reserve(Math.max(8, buffer.size()), 8);
      data.put((int) (address - DATA_ADDRESS), buffer.initial());
      buffers.put(buffer, address);
      bufferOrder.add(buffer);
      return address;
    }

    /** Zeroed room at the end of the data. */
    private long reserve(int size, int alignment) {
      int at = data.position() + alignment - 1 & -alignment;
      long end = (long) at + size;
      if (end > MAX_SIZE) {
        throw new IllegalArgumentException("plan " + Printed.quoted(plan.title()) + " is larger than " + MAX_SIZE + " bytes");
      }
      if (end > data.capacity()) {
        ByteBuffer larger = ByteBuffer.allocate((int) Math.min(MAX_SIZE, Math.max(end, data.capacity() * 2L))).order(ByteOrder.LITTLE_ENDIAN);
        data = larger.put(data.array(), 0, data.position());
      }
      data.position((int) end);
      return DATA_ADDRESS + at;
    }

    private long stepAddress(int step) {
      // "After the last one" is where nothing leads: the last step is exec.
      return step < plan.steps().size() ? DATA_ADDRESS + (long) step * StepLayout.SIZE : 0;
    }

    /** gABI 4.1, elf(5): header, two PT_LOAD, PT_GNU_STACK without PF_X. */
    private byte[] elf() {
      byte[] walker = MachineCode.walker(arch, plan.firstSlot());
      int textStart = ELF_HEADER + PROGRAM_HEADERS * PROGRAM_HEADER;
      int textEnd = textStart + walker.length;
      if (textEnd > DATA_OFFSET) {
        throw new IllegalStateException("the walker has outgrown its page");
      }
      int size = data.position();
      ByteBuffer elf = ByteBuffer.allocate(DATA_OFFSET + size).order(ByteOrder.LITTLE_ENDIAN);
      elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
      elf.putShort((short) 2).putShort((short) arch.elfMachine()).putInt(1); // ET_EXEC, EV_CURRENT
      elf.putLong(TEXT_ADDRESS + textStart).putLong(ELF_HEADER).putLong(0).putInt(0);
      elf.putShort((short) ELF_HEADER).putShort((short) PROGRAM_HEADER).putShort((short) PROGRAM_HEADERS);
      elf.putShort((short) 0).putShort((short) 0).putShort((short) 0);
      programHeader(elf, PT_LOAD, PF_R | PF_X, 0, TEXT_ADDRESS, textEnd);
      programHeader(elf, PT_LOAD, PF_R | PF_W, DATA_OFFSET, DATA_ADDRESS, size);
      programHeader(elf, PT_GNU_STACK, PF_R | PF_W, 0, 0, 0);
      elf.put(walker);
      elf.position(DATA_OFFSET);
      elf.put(data.array(), 0, size);
      return elf.array();
    }

    private static void programHeader(ByteBuffer elf, int type, int flags, int offset, long address, long size) {
      elf.putInt(type).putInt(flags).putLong(offset).putLong(address).putLong(address).putLong(size).putLong(size).putLong(0x1000);
    }
  }
}
