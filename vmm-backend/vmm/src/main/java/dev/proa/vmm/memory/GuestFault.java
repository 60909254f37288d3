package dev.proa.vmm.memory;

/**
 * The guest asked a device for something impossible: an address outside of its memory, a descriptor chain with a loop. Counted and logged, never more:
 * it is checked so that no device forgets to.
 */
public final class GuestFault extends Exception {
  private static final long serialVersionUID = 1;

  public GuestFault(String message) {
    super(message, null, false, false); // a guest can make as many as it likes: without a stack trace
  }
}
