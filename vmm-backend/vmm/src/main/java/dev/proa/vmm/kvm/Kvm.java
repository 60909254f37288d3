package dev.proa.vmm.kvm;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** /dev/kvm. */
public final class Kvm implements AutoCloseable {
  public static final String PATH = "/dev/kvm";

  private static final int MAX_CPUID_ENTRIES = 256;
  private static final int MAX_MSRS = 1024;

  private final Fd fd;

  private Kvm(Fd fd) {
    this.fd = fd;
  }

  /** Opens /dev/kvm; the error says what to do. */
  public static Kvm open() throws IOException {
    Fd fd;
    try {
      fd = Fs.open(PATH, Fcntl.O_RDWR);
    } catch (ErrnoException e) {
      throw new IOException(
          switch (e.errno()) {
            case ENOENT -> "/dev/kvm is not there: load the module kvm-intel or kvm-amd, and enable virtualization in the firmware or in the host of this virtual machine";
            case EACCES, EPERM -> "/dev/kvm: permission denied; add the user to the group kvm or run as root";
            case ENODEV, ENXIO -> "/dev/kvm is there without a driver behind it: load the module kvm-intel or kvm-amd";
            default -> "/dev/kvm: " + e.errno().text();
          },
          e);
    }
    return of(fd);
  }

  /** Takes ownership of a descriptor of /dev/kvm. */
  public static Kvm of(Fd fd) throws IOException {
    try {
      long version = Io.ioctl(fd, KvmAbi.KVM_GET_API_VERSION, 0);
      if (version != KvmAbi.API_VERSION) {
        throw new IOException("KVM has API version " + version + ", and " + KvmAbi.API_VERSION + " is the only one ever used");
      }
      return new Kvm(fd);
    } catch (IOException e) {
      fd.close();
      throw e;
    }
  }

  /** KVM_CHECK_EXTENSION: 0 when it is not there, else 1 or a size or count. */
  public int checkExtension(int capability) throws ErrnoException {
    return (int) Io.ioctl(fd, KvmAbi.KVM_CHECK_EXTENSION, capability);
  }

  /** KVM_CREATE_VM. */
  public Vm createVm() throws ErrnoException {
    Fd vm = Fd.owning((int) Io.ioctl(fd, KvmAbi.KVM_CREATE_VM, 0));
    try {
      int xsave2 = checkExtension(KvmAbi.KVM_CAP_XSAVE2);
      return new Vm(vm, (int) Io.ioctl(fd, KvmAbi.KVM_GET_VCPU_MMAP_SIZE, 0), Math.max(xsave2, KvmAbi.SIZEOF_KVM_XSAVE), xsave2 > 0);
    } catch (ErrnoException e) {
      vm.close();
      throw e;
    }
  }

  /** KVM_GET_SUPPORTED_CPUID: struct kvm_cpuid2 with its entries. */
  public MemorySegment supportedCpuid() throws ErrnoException {
    MemorySegment cpuid = Arena.ofAuto().allocate(KvmAbi.SIZEOF_KVM_CPUID2 + (long) MAX_CPUID_ENTRIES * KvmAbi.SIZEOF_KVM_CPUID_ENTRY2, 8);
    cpuid.set(JAVA_INT, 0, MAX_CPUID_ENTRIES);
    Io.ioctl(fd, KvmAbi.KVM_GET_SUPPORTED_CPUID, cpuid);
    return cpuid.asSlice(0, KvmAbi.SIZEOF_KVM_CPUID2 + (long) cpuid.get(JAVA_INT, 0) * KvmAbi.SIZEOF_KVM_CPUID_ENTRY2);
  }

  /** KVM_GET_MSR_INDEX_LIST: what a snapshot must hold. */
  public int[] msrIndexes() throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment list = arena.allocate(KvmAbi.SIZEOF_KVM_MSR_LIST + 4L * MAX_MSRS, 4);
      list.set(JAVA_INT, 0, MAX_MSRS);
      Io.ioctl(fd, KvmAbi.KVM_GET_MSR_INDEX_LIST, list);
      int count = list.get(JAVA_INT, 0);
      if (count < 0 || count > MAX_MSRS) {
        throw new ErrnoException("ioctl", Errno.E2BIG, "KVM_GET_MSR_INDEX_LIST: " + count);
      }
      return list.asSlice(4, 4L * count).toArray(JAVA_INT);
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
