package dev.proa.microvm;

import dev.proa.linux.Fd;

/** The guest's network devices. */
final class GuestNetwork {
  private GuestNetwork() {}

  /** A tap in the monitor's network namespace for an interface of the container's. */
  record Nic(String name, Fd tap, byte[] mac) {}
}
