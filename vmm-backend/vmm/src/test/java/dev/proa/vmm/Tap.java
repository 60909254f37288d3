package dev.proa.vmm;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A tap of the host that goes with its descriptor. */
final class Tap implements AutoCloseable {
  private static final long TUNSETIFF = 0x400454caL;
  private static final int IFF_TAP = 2;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_VNET_HDR = 0x4000;

  private final Fd fd;

  Tap(String name) throws ErrnoException {
    fd = Fs.open("/dev/net/tun", Fcntl.O_RDWR);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ifreq = arena.allocate(40, 8);
      ifreq.setString(0, name);
      ifreq.set(ValueLayout.JAVA_SHORT, 16, (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR));
      Io.ioctl(fd, TUNSETIFF, ifreq);
    }
  }

  Fd fd() throws ErrnoException {
    return fd.duplicate();
  }

  @Override
  public void close() {
    fd.close();
  }
}
