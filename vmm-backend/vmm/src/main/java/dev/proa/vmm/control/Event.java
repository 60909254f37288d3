package dev.proa.vmm.control;

/** What a VMM says. {@code sequence} is the number of the command that is answered. */
public sealed interface Event {
  /** The first message: the process is up and jailed as far as it will be before a microVM is in it. */
  record Ready(int protocolVersion, long sinceProcessStartNanos) implements Event {}

  record Done(int sequence) implements Event {}

  /** The command was not carried out. After a failed Start or Restore the process ends. */
  record Failed(int sequence, String message) implements Event {}

  /**
   * Counters since the start.
   *
   * @param exits of KVM_RUN to this process
   * @param pioExits those of them for ports
   * @param mmioExits those of them for device registers
   * @param interruptedExits those of them by our own signal (pause)
   * @param deviceErrors bad input by the guest that a device met (bad descriptor chains, unknown registers, malformed requests)
   * @param serialBytes written by the guest
   * @param serialDropped those of them that the reader had no room for
   */
  record Stats(
      int sequence, long exits, long pioExits, long mmioExits, long interruptedExits, long deviceErrors, long serialBytes, long serialDropped)
      implements Event {}

  /**
   * The guest wrote {@code marker} to the boot timer: one byte to the port {@link #BOOT_TIMER_PORT}.
   *
   * @param sinceStartNanos since the Start or Restore command was read
   * @param vcpuNanos since the first KVM_RUN
   */
  record Booted(int marker, long sinceStartNanos, long vcpuNanos) implements Event {}

  /** The last message; the process ends after it. The end of the socket without it: the VMM was killed. */
  record Exited(ExitReason reason, String detail, byte[] serialTail) implements Event {
    public Exited {
      serialTail = serialTail.clone();
    }

    @Override
    public byte[] serialTail() {
      return serialTail.clone();
    }
  }

  /** In the guest: {@code iopl(3); outb(marker, 0x610)}. */
  int BOOT_TIMER_PORT = 0x610;
}
