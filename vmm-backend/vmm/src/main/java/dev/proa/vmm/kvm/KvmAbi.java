package dev.proa.vmm.kvm;

/** Numbers of linux/kvm.h and asm/kvm.h, with the kernel's names; structures by their size and their fields' offsets. A test compares them with the headers. */
public final class KvmAbi {
  private KvmAbi() {}

  public static final int API_VERSION = 12;

  // Sizes of structures
  static final int SIZEOF_KVM_USERSPACE_MEMORY_REGION = 32;
  static final int SIZEOF_KVM_IRQ_LEVEL = 8;
  static final int SIZEOF_KVM_IRQFD = 32;
  static final int SIZEOF_KVM_IOEVENTFD = 64;
  static final int SIZEOF_KVM_PIT_CONFIG = 64;
  public static final int SIZEOF_KVM_REGS = 144;
  public static final int SIZEOF_KVM_SREGS = 312;
  public static final int SIZEOF_KVM_SEGMENT = 24;
  public static final int SIZEOF_KVM_DTABLE = 16;
  public static final int SIZEOF_KVM_CPUID2 = 8;
  public static final int SIZEOF_KVM_CPUID_ENTRY2 = 40;
  public static final int SIZEOF_KVM_MSRS = 8;
  public static final int SIZEOF_KVM_MSR_ENTRY = 16;
  static final int SIZEOF_KVM_MSR_LIST = 4;
  public static final int SIZEOF_KVM_LAPIC_STATE = 1024;
  public static final int SIZEOF_KVM_MP_STATE = 4;
  public static final int SIZEOF_KVM_VCPU_EVENTS = 64;
  public static final int SIZEOF_KVM_DEBUGREGS = 128;
  public static final int SIZEOF_KVM_XSAVE = 4096;
  public static final int SIZEOF_KVM_XCRS = 392;
  public static final int SIZEOF_KVM_IRQCHIP = 520;
  public static final int SIZEOF_KVM_PIT_STATE2 = 112;
  public static final int SIZEOF_KVM_CLOCK_DATA = 48;

  // On /dev/kvm
  static final long KVM_GET_API_VERSION = io(0x00);
  static final long KVM_CREATE_VM = io(0x01);
  static final long KVM_GET_MSR_INDEX_LIST = iowr(0x02, SIZEOF_KVM_MSR_LIST);
  static final long KVM_CHECK_EXTENSION = io(0x03);
  static final long KVM_GET_VCPU_MMAP_SIZE = io(0x04);
  static final long KVM_GET_SUPPORTED_CPUID = iowr(0x05, SIZEOF_KVM_CPUID2);

  // On a virtual machine
  static final long KVM_CREATE_VCPU = io(0x41);
  static final long KVM_SET_USER_MEMORY_REGION = iow(0x46, SIZEOF_KVM_USERSPACE_MEMORY_REGION);
  static final long KVM_SET_TSS_ADDR = io(0x47);
  static final long KVM_SET_IDENTITY_MAP_ADDR = iow(0x48, 8);
  static final long KVM_CREATE_IRQCHIP = io(0x60);
  static final long KVM_IRQ_LINE = iow(0x61, SIZEOF_KVM_IRQ_LEVEL);
  static final long KVM_GET_IRQCHIP = iowr(0x62, SIZEOF_KVM_IRQCHIP);
  static final long KVM_SET_IRQCHIP = ior(0x63, SIZEOF_KVM_IRQCHIP);
  static final long KVM_IRQFD = iow(0x76, SIZEOF_KVM_IRQFD);
  static final long KVM_CREATE_PIT2 = iow(0x77, SIZEOF_KVM_PIT_CONFIG);
  static final long KVM_IOEVENTFD = iow(0x79, SIZEOF_KVM_IOEVENTFD);
  static final long KVM_SET_CLOCK = iow(0x7b, SIZEOF_KVM_CLOCK_DATA);
  static final long KVM_GET_CLOCK = ior(0x7c, SIZEOF_KVM_CLOCK_DATA);
  static final long KVM_GET_PIT2 = ior(0x9f, SIZEOF_KVM_PIT_STATE2);
  static final long KVM_SET_PIT2 = iow(0xa0, SIZEOF_KVM_PIT_STATE2);

  // On a vCPU
  static final long KVM_RUN = io(0x80);
  static final long KVM_GET_REGS = ior(0x81, SIZEOF_KVM_REGS);
  static final long KVM_SET_REGS = iow(0x82, SIZEOF_KVM_REGS);
  static final long KVM_GET_SREGS = ior(0x83, SIZEOF_KVM_SREGS);
  static final long KVM_SET_SREGS = iow(0x84, SIZEOF_KVM_SREGS);
  static final long KVM_GET_MSRS = iowr(0x88, SIZEOF_KVM_MSRS);
  static final long KVM_SET_MSRS = iow(0x89, SIZEOF_KVM_MSRS);
  static final long KVM_GET_LAPIC = ior(0x8e, SIZEOF_KVM_LAPIC_STATE);
  static final long KVM_SET_LAPIC = iow(0x8f, SIZEOF_KVM_LAPIC_STATE);
  static final long KVM_SET_CPUID2 = iow(0x90, SIZEOF_KVM_CPUID2);
  static final long KVM_GET_MP_STATE = ior(0x98, SIZEOF_KVM_MP_STATE);
  static final long KVM_SET_MP_STATE = iow(0x99, SIZEOF_KVM_MP_STATE);
  static final long KVM_GET_VCPU_EVENTS = ior(0x9f, SIZEOF_KVM_VCPU_EVENTS);
  static final long KVM_SET_VCPU_EVENTS = iow(0xa0, SIZEOF_KVM_VCPU_EVENTS);
  static final long KVM_GET_DEBUGREGS = ior(0xa1, SIZEOF_KVM_DEBUGREGS);
  static final long KVM_SET_DEBUGREGS = iow(0xa2, SIZEOF_KVM_DEBUGREGS);
  static final long KVM_GET_XSAVE = ior(0xa4, SIZEOF_KVM_XSAVE);
  static final long KVM_SET_XSAVE = iow(0xa5, SIZEOF_KVM_XSAVE);
  static final long KVM_GET_XCRS = ior(0xa6, SIZEOF_KVM_XCRS);
  static final long KVM_SET_XCRS = iow(0xa7, SIZEOF_KVM_XCRS);
  static final long KVM_KVMCLOCK_CTRL = io(0xad);
  /** Since Linux 5.17; KVM_CAP_XSAVE2 gives the size. */
  static final long KVM_GET_XSAVE2 = ior(0xcf, SIZEOF_KVM_XSAVE);

  // Capabilities
  public static final int KVM_CAP_IRQCHIP = 0;
  public static final int KVM_CAP_USER_MEMORY = 3;
  public static final int KVM_CAP_SET_TSS_ADDR = 4;
  public static final int KVM_CAP_EXT_CPUID = 7;
  public static final int KVM_CAP_NR_VCPUS = 9;
  public static final int KVM_CAP_NR_MEMSLOTS = 10;
  public static final int KVM_CAP_MP_STATE = 14;
  public static final int KVM_CAP_IRQFD = 32;
  public static final int KVM_CAP_PIT2 = 33;
  public static final int KVM_CAP_IOEVENTFD = 36;
  public static final int KVM_CAP_ADJUST_CLOCK = 39;
  public static final int KVM_CAP_VCPU_EVENTS = 41;
  public static final int KVM_CAP_DEBUGREGS = 50;
  public static final int KVM_CAP_XSAVE = 55;
  public static final int KVM_CAP_XCRS = 56;
  public static final int KVM_CAP_MAX_VCPUS = 66;
  public static final int KVM_CAP_IMMEDIATE_EXIT = 136;
  public static final int KVM_CAP_XSAVE2 = 208;

  // Flags
  static final int KVM_IOEVENTFD_FLAG_DATAMATCH = 1;
  static final int KVM_PIT_SPEAKER_DUMMY = 1;
  static final int KVM_CPUID_FLAG_SIGNIFCANT_INDEX = 1;
  static final int KVM_MP_STATE_RUNNABLE = 0;
  static final int KVM_MP_STATE_UNINITIALIZED = 1;
  static final int KVM_MP_STATE_HALTED = 3;

  // struct kvm_run
  static final int RUN_IMMEDIATE_EXIT = 1;
  static final int RUN_EXIT_REASON = 8;
  static final int RUN_UNION = 32;
  static final int RUN_MINIMUM_SIZE = 2352;

  // Exit reasons
  static final int KVM_EXIT_UNKNOWN = 0;
  static final int KVM_EXIT_EXCEPTION = 1;
  static final int KVM_EXIT_IO = 2;
  static final int KVM_EXIT_HYPERCALL = 3;
  static final int KVM_EXIT_DEBUG = 4;
  static final int KVM_EXIT_HLT = 5;
  static final int KVM_EXIT_MMIO = 6;
  static final int KVM_EXIT_IRQ_WINDOW_OPEN = 7;
  static final int KVM_EXIT_SHUTDOWN = 8;
  static final int KVM_EXIT_FAIL_ENTRY = 9;
  static final int KVM_EXIT_INTR = 10;
  static final int KVM_EXIT_INTERNAL_ERROR = 17;
  static final int KVM_EXIT_SYSTEM_EVENT = 24;

  static final int KVM_EXIT_IO_OUT = 1;

  // struct kvm_regs, in units of 8 bytes
  public static final String[] REGISTERS = {
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags"
  };

  /** Offset in struct kvm_regs. */
  public static int register(String name) {
    for (int i = 0; i < REGISTERS.length; i++) {
      if (REGISTERS[i].equals(name)) {
        return 8 * i;
      }
    }
    throw new IllegalArgumentException(name);
  }

  // struct kvm_sregs
  public static final int SREGS_CS = 0;
  public static final int SREGS_DS = 24;
  public static final int SREGS_ES = 48;
  public static final int SREGS_FS = 72;
  public static final int SREGS_GS = 96;
  public static final int SREGS_SS = 120;
  public static final int SREGS_TR = 144;
  public static final int SREGS_LDT = 168;
  public static final int SREGS_GDT = 192;
  public static final int SREGS_IDT = 208;
  public static final int SREGS_CR0 = 224;
  public static final int SREGS_CR2 = 232;
  public static final int SREGS_CR3 = 240;
  public static final int SREGS_CR4 = 248;
  public static final int SREGS_EFER = 264;

  private static final int KVMIO = 0xAE;

  private static long io(int number) {
    return (long) KVMIO << 8 | number;
  }

  private static long iow(int number, int size) {
    return 1L << 30 | (long) size << 16 | io(number);
  }

  private static long ior(int number, int size) {
    return 2L << 30 | (long) size << 16 | io(number);
  }

  private static long iowr(int number, int size) {
    return 3L << 30 | (long) size << 16 | io(number);
  }
}
