package dev.proa.vmm.control;

/** Why a microVM is no more. */
public enum ExitReason {
  /** By command, or because the other end of the control socket is gone. */
  STOPPED("stopped by command"),
  /** ACPI S5: the guest powered itself off. */
  POWER_OFF("the guest powered off"),
  /** By the keyboard controller or the ACPI reset register. */
  RESET("the guest reset itself"),
  /** KVM_EXIT_SHUTDOWN: a triple fault, which is also how {@code reboot=t} restarts. */
  TRIPLE_FAULT("the guest ended in a triple fault"),
  /** KVM_EXIT_FAIL_ENTRY: the processor refused the guest's state. */
  FAIL_ENTRY("the processor refused to enter the guest"),
  /** KVM_EXIT_INTERNAL_ERROR: KVM gave up. */
  INTERNAL_ERROR("KVM could not go on with the guest"),
  /** An exit that this VMM does not know, or an error of its own. */
  VMM_ERROR("the VMM could not go on");

  private final String text;

  ExitReason(String text) {
    this.text = text;
  }

  public String text() {
    return text;
  }
}
