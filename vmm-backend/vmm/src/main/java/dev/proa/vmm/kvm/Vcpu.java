package dev.proa.vmm.kvm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A vCPU. All but {@link #requestExit} is for its own thread once it runs. */
public final class Vcpu implements AutoCloseable {
  private static final VcpuExit INTERRUPTED = new VcpuExit.Interrupted();
  private static final int MAX_INTERNAL_DATA = 16;

  private final int id;
  private final Fd fd;
  private final MemorySegment run;
  private final int xsaveSize;
  private final boolean xsave2;

  Vcpu(int id, Fd fd, MemorySegment run, int xsaveSize, boolean xsave2) {
    this.id = id;
    this.fd = fd;
    this.run = run;
    this.xsaveSize = xsaveSize;
    this.xsave2 = xsave2;
  }

  public int id() {
    return id;
  }

  /** KVM_RUN, once. */
  public VcpuExit run() throws ErrnoException {
    long result = Io.tryIoctl(fd, KvmAbi.KVM_RUN, 0);
    if (result == -Errno.EINTR.number() || result == -Errno.EAGAIN.number()) {
      return INTERRUPTED;
    }
    if (result < 0) {
      throw new ErrnoException("ioctl", (int) -result, "KVM_RUN of vCPU " + id);
    }
    int reason = run.get(JAVA_INT, KvmAbi.RUN_EXIT_REASON);
    return switch (reason) {
      case KvmAbi.KVM_EXIT_IO -> io();
      case KvmAbi.KVM_EXIT_MMIO ->
          new VcpuExit.Mmio(
              run.get(JAVA_BYTE, KvmAbi.RUN_UNION + 20) != 0,
              run.get(JAVA_LONG, KvmAbi.RUN_UNION),
              run.asSlice(KvmAbi.RUN_UNION + 8, Math.min(8, run.get(JAVA_INT, KvmAbi.RUN_UNION + 16))));
      case KvmAbi.KVM_EXIT_HLT -> new VcpuExit.Halted();
      case KvmAbi.KVM_EXIT_SHUTDOWN -> new VcpuExit.Shutdown();
      case KvmAbi.KVM_EXIT_FAIL_ENTRY -> new VcpuExit.FailEntry(run.get(JAVA_LONG, KvmAbi.RUN_UNION), run.get(JAVA_INT, KvmAbi.RUN_UNION + 8));
      case KvmAbi.KVM_EXIT_INTERNAL_ERROR -> internalError();
      case KvmAbi.KVM_EXIT_SYSTEM_EVENT -> new VcpuExit.SystemEvent(run.get(JAVA_INT, KvmAbi.RUN_UNION));
      case KvmAbi.KVM_EXIT_INTR -> INTERRUPTED;
      default -> new VcpuExit.Unknown(reason);
    };
  }

  private VcpuExit io() {
    int size = run.get(JAVA_BYTE, KvmAbi.RUN_UNION + 1) & 0xff;
    int count = run.get(JAVA_INT, KvmAbi.RUN_UNION + 4);
    return new VcpuExit.Io(
        run.get(JAVA_BYTE, KvmAbi.RUN_UNION) == KvmAbi.KVM_EXIT_IO_OUT,
        run.get(JAVA_SHORT, KvmAbi.RUN_UNION + 2) & 0xffff,
        size,
        count,
        run.asSlice(run.get(JAVA_LONG, KvmAbi.RUN_UNION + 8), (long) size * count));
  }

  private VcpuExit internalError() {
    int count = Math.clamp(run.get(JAVA_INT, KvmAbi.RUN_UNION + 4), 0, MAX_INTERNAL_DATA);
    return new VcpuExit.InternalError(run.get(JAVA_INT, KvmAbi.RUN_UNION), run.asSlice(KvmAbi.RUN_UNION + 8, 8L * count).toArray(JAVA_LONG));
  }

  /** immediate_exit: the next KVM_RUN, or the one that a signal ends, finishes pending I/O and returns. Stays on until it is taken off. */
  public void requestExit(boolean on) {
    run.set(JAVA_BYTE, KvmAbi.RUN_IMMEDIATE_EXIT, (byte) (on ? 1 : 0));
  }

  /** KVM_SET_CPUID2: struct kvm_cpuid2 with entries. */
  public void setCpuid(MemorySegment cpuid) throws ErrnoException {
    Io.ioctl(fd, KvmAbi.KVM_SET_CPUID2, cpuid);
  }

  /** struct kvm_regs. */
  public byte[] regs() throws ErrnoException {
    return StateIo.get(fd, KvmAbi.KVM_GET_REGS, new byte[KvmAbi.SIZEOF_KVM_REGS]);
  }

  public void setRegs(byte[] regs) throws ErrnoException {
    StateIo.set(fd, KvmAbi.KVM_SET_REGS, regs);
  }

  /** struct kvm_sregs. */
  public byte[] sregs() throws ErrnoException {
    return StateIo.get(fd, KvmAbi.KVM_GET_SREGS, new byte[KvmAbi.SIZEOF_KVM_SREGS]);
  }

  public void setSregs(byte[] sregs) throws ErrnoException {
    StateIo.set(fd, KvmAbi.KVM_SET_SREGS, sregs);
  }

  /** A model-specific register and its value. */
  public record Msr(int index, long value) {}

  /** KVM_SET_MSRS: how many the kernel took; it stops at the first that it refuses. */
  public int setMsrs(List<Msr> msrs) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      return (int) Io.ioctl(fd, KvmAbi.KVM_SET_MSRS, msrs(arena, msrs));
    }
  }

  /** KVM_GET_MSRS; those that the kernel refuses to read are left out. */
  public List<Msr> msrs(int[] indexes) throws ErrnoException {
    List<Msr> read = new java.util.ArrayList<>();
    for (int from = 0; from < indexes.length; ) {
      try (Arena arena = Arena.ofConfined()) {
        List<Msr> wanted = java.util.Arrays.stream(indexes, from, indexes.length).mapToObj(index -> new Msr(index, 0)).toList();
        MemorySegment struct = msrs(arena, wanted);
        int n = (int) Io.ioctl(fd, KvmAbi.KVM_GET_MSRS, struct);
        for (int i = 0; i < n; i++) {
          read.add(new Msr(wanted.get(i).index(), struct.get(JAVA_LONG_UNALIGNED, KvmAbi.SIZEOF_KVM_MSRS + (long) i * KvmAbi.SIZEOF_KVM_MSR_ENTRY + 8)));
        }
        from += n == wanted.size() ? n : n + 1;
      }
    }
    return read;
  }

  private static MemorySegment msrs(Arena arena, List<Msr> msrs) {
    MemorySegment struct = arena.allocate(KvmAbi.SIZEOF_KVM_MSRS + (long) msrs.size() * KvmAbi.SIZEOF_KVM_MSR_ENTRY, 8);
    struct.set(JAVA_INT, 0, msrs.size());
    for (int i = 0; i < msrs.size(); i++) {
      struct.set(JAVA_INT, KvmAbi.SIZEOF_KVM_MSRS + (long) i * KvmAbi.SIZEOF_KVM_MSR_ENTRY, msrs.get(i).index());
      struct.set(JAVA_LONG, KvmAbi.SIZEOF_KVM_MSRS + (long) i * KvmAbi.SIZEOF_KVM_MSR_ENTRY + 8, msrs.get(i).value());
    }
    return struct;
  }

  /** The registers that say where a guest is, for an error's message. Legal while it does not run. */
  public String describe() {
    try {
      byte[] regs = regs();
      byte[] sregs = sregs();
      StringBuilder text = new StringBuilder("vCPU " + id);
      MemorySegment r = MemorySegment.ofArray(regs);
      for (String name : List.of("rip", "rsp", "rflags", "rax", "rbx", "rcx", "rdx", "rsi", "rdi")) {
        text.append(' ').append(name).append(" 0x").append(Long.toHexString(r.get(JAVA_LONG_UNALIGNED, KvmAbi.register(name))));
      }
      MemorySegment s = MemorySegment.ofArray(sregs);
      text.append(" cr0 0x").append(Long.toHexString(s.get(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_CR0)));
      text.append(" cr2 0x").append(Long.toHexString(s.get(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_CR2)));
      text.append(" cr3 0x").append(Long.toHexString(s.get(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_CR3)));
      return text.append(" cr4 0x").append(Long.toHexString(s.get(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_CR4))).toString();
    } catch (ErrnoException e) {
      return "vCPU " + id + ", whose registers cannot be read: " + e.getMessage();
    }
  }

  /** All that a vCPU is, as the kernel's structures of the same names. */
  public record State(byte[] mpState, byte[] sregs, byte[] regs, byte[] xsave, byte[] xcrs, byte[] debugregs, byte[] lapic, byte[] events, List<Msr> msrs) {}

  /** Legal while it does not run and has no pending I/O. */
  public State save(int[] msrIndexes) throws ErrnoException {
    return new State(
        StateIo.get(fd, KvmAbi.KVM_GET_MP_STATE, new byte[KvmAbi.SIZEOF_KVM_MP_STATE]), // first: it makes pending INITs and SIPIs happen
        sregs(),
        regs(),
        StateIo.get(fd, xsave2 ? KvmAbi.KVM_GET_XSAVE2 : KvmAbi.KVM_GET_XSAVE, new byte[xsaveSize]),
        StateIo.get(fd, KvmAbi.KVM_GET_XCRS, new byte[KvmAbi.SIZEOF_KVM_XCRS]),
        StateIo.get(fd, KvmAbi.KVM_GET_DEBUGREGS, new byte[KvmAbi.SIZEOF_KVM_DEBUGREGS]),
        StateIo.get(fd, KvmAbi.KVM_GET_LAPIC, new byte[KvmAbi.SIZEOF_KVM_LAPIC_STATE]),
        StateIo.get(fd, KvmAbi.KVM_GET_VCPU_EVENTS, new byte[KvmAbi.SIZEOF_KVM_VCPU_EVENTS]),
        msrs(msrIndexes));
  }

  /** Legal before the first run, after {@link #setCpuid}. */
  public void restore(State state) throws ErrnoException {
    if (state.xsave().length > xsaveSize) {
      throw new ErrnoException("ioctl", Errno.EINVAL, "KVM_SET_XSAVE: the state has " + state.xsave().length + " bytes, this host's processors " + xsaveSize);
    }
    setSregs(state.sregs());
    setRegs(state.regs());
    StateIo.set(fd, KvmAbi.KVM_SET_XCRS, state.xcrs());
    StateIo.set(fd, KvmAbi.KVM_SET_XSAVE, java.util.Arrays.copyOf(state.xsave(), xsaveSize));
    StateIo.set(fd, KvmAbi.KVM_SET_DEBUGREGS, state.debugregs());
    // The APIC before the MSRs: the deadline timer's MSR is lost otherwise, every call succeeds, and the guest hangs.
    StateIo.set(fd, KvmAbi.KVM_SET_LAPIC, state.lapic());
    int taken = setMsrs(state.msrs());
    if (taken != state.msrs().size()) {
      throw new ErrnoException("ioctl", Errno.EINVAL, "KVM_SET_MSRS: MSR 0x" + Integer.toHexString(state.msrs().get(taken).index()) + " is refused");
    }
    StateIo.set(fd, KvmAbi.KVM_SET_VCPU_EVENTS, state.events());
    StateIo.set(fd, KvmAbi.KVM_SET_MP_STATE, state.mpState());
    // Tells the guest's watchdogs that it was stopped; EINVAL when it has no kvm-clock, as vCPUs that never ran.
    Io.tryIoctl(fd, KvmAbi.KVM_KVMCLOCK_CTRL, 0);
  }

  @Override
  public void close() {
    try {
      NativeMemory.munmap(run);
    } catch (ErrnoException e) {
      throw new IllegalStateException(e);
    } finally {
      fd.close();
    }
  }
}
