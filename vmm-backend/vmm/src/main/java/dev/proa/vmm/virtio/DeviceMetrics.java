package dev.proa.vmm.virtio;

import java.util.concurrent.atomic.AtomicLong;

/** What went wrong at one device by the guest's doing. A guest can make any number of errors, so only the first are logged. */
public final class DeviceMetrics {
  private static final int LOGGED = 10;

  private final String device;
  private final AtomicLong errors = new AtomicLong();

  public DeviceMetrics(String device) {
    this.device = device;
  }

  public void error(String what) {
    long n = errors.incrementAndGet();
    if (n <= LOGGED) {
      System.err.println("proa-vmm: " + device + ": " + what + (n == LOGGED ? " (further errors of this device are counted only)" : ""));
    }
  }

  public long errors() {
    return errors.get();
  }
}
