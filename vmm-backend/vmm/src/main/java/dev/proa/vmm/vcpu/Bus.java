package dev.proa.vmm.vcpu;

import dev.proa.vmm.legacy.LegacyDevices;
import dev.proa.vmm.virtio.mmio.MmioTransport;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Where a vCPU's accesses to ports and device registers go. What belongs to nobody reads as all ones and takes writes to no effect. */
public final class Bus {
  private final LegacyDevices legacy;
  private final long mmioBase;
  private final long mmioSize;
  private final List<MmioTransport> transports;

  /** @param transports one beside the other from {@code mmioBase} on, {@code mmioSize} bytes each */
  public Bus(LegacyDevices legacy, long mmioBase, long mmioSize, List<MmioTransport> transports) {
    this.legacy = legacy;
    this.mmioBase = mmioBase;
    this.mmioSize = mmioSize;
    this.transports = List.copyOf(transports);
  }

  void pio(boolean out, int port, int size, int count, MemorySegment data) throws IOException {
    for (int item = 0; item < count; item++) {
      for (int i = 0; i < size; i++) {
        long at = (long) item * size + i;
        if (out) {
          legacy.write(port + i, data.get(ValueLayout.JAVA_BYTE, at) & 0xff);
        } else {
          data.set(ValueLayout.JAVA_BYTE, at, (byte) legacy.read(port + i));
        }
      }
    }
  }

  void mmio(boolean write, long address, MemorySegment data) {
    long offset = address - mmioBase;
    if (offset < 0 || offset >= mmioSize * transports.size()) {
      if (!write) {
        data.fill((byte) 0xff);
      }
      return;
    }
    MmioTransport transport = transports.get((int) (offset / mmioSize));
    if (write) {
      transport.write(offset % mmioSize, data);
    } else {
      transport.read(offset % mmioSize, data);
    }
  }
}
