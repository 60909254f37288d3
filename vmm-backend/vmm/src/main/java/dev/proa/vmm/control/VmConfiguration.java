package dev.proa.vmm.control;

import dev.proa.linux.Fd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A microVM. Whoever makes one owns its descriptors and may close them once the command that carries it was sent: the VMM gets duplicates.
 *
 * <p>The guest finds virtio-mmio devices in the order: block devices, network devices, vsock, file systems, rng; the block devices are
 * {@code /dev/vda}, {@code /dev/vdb}, … in the order given.
 *
 * @param memoryMib of guest memory, 32 to 1048576
 * @param vcpus 1 to 64
 * @param serial where the guest's serial port goes (a pipe, a file, a socket), null for nowhere. Output that does not fit at once is dropped and
 *     counted: no guest makes the VMM wait.
 */
public record VmConfiguration(
    int memoryMib,
    int vcpus,
    List<BlockDevice> blockDevices,
    List<NetDevice> netDevices,
    @Nullable Vsock vsock,
    List<FsDevice> fsDevices,
    @Nullable Fd serial) {
  /** What virtio-mmio has room for: the devices share the interrupt lines 5 to 23. */
  public static final int MAX_DEVICES = 64;

  public VmConfiguration {
    if (memoryMib < 32 || memoryMib > 1 << 20) {
      throw new IllegalArgumentException("guest memory of " + memoryMib + " MiB: 32 to 1048576 are possible");
    }
    if (vcpus < 1 || vcpus > 64) {
      throw new IllegalArgumentException(vcpus + " vCPUs: 1 to 64 are possible");
    }
    blockDevices = List.copyOf(blockDevices);
    netDevices = List.copyOf(netDevices);
    fsDevices = List.copyOf(fsDevices);
    int devices = blockDevices.size() + netDevices.size() + fsDevices.size() + (vsock == null ? 0 : 1) + 1;
    if (devices > MAX_DEVICES) {
      throw new IllegalArgumentException(devices + " devices: at most " + MAX_DEVICES + " are possible");
    }
  }

  /**
   * What a cold boot needs.
   *
   * @param kernel an uncompressed ELF kernel ({@code vmlinux}) with a PVH entry, or else with the 64-bit boot protocol's
   * @param initramfs null for none
   * @param commandLine in US-ASCII, at most 2047 bytes
   */
  public record Boot(Fd kernel, @Nullable Fd initramfs, String commandLine) {
    public Boot {
      if (commandLine.length() > 2047 || commandLine.chars().anyMatch(c -> c == 0 || c > 126)) {
        throw new IllegalArgumentException("a kernel's command line is at most 2047 ASCII characters");
      }
    }
  }

  /**
   * virtio-blk. The length is the file's (or the block device's) when the VMM starts.
   *
   * @param id what the guest reads as the disk's serial number, at most 20 bytes
   */
  public record BlockDevice(String id, Fd file, boolean readOnly) {
    public BlockDevice {
      if (id.length() > 20) {
        throw new IllegalArgumentException("the block device's id \"" + id + "\" is longer than 20 bytes");
      }
    }
  }

  /**
   * virtio-net on a tap or a packet socket.
   *
   * @param port a tap opened with {@code IFF_TAP | IFF_NO_PI | IFF_VNET_HDR}, of which the VMM sets the header's size, or a socket of AF_PACKET with
   *     PACKET_VNET_HDR that is bound to an interface
   * @param mac 6 bytes
   */
  public record NetDevice(String id, Fd port, byte[] mac) {
    public NetDevice {
      if (mac.length != 6) {
        throw new IllegalArgumentException("a MAC address has 6 bytes, not " + mac.length);
      }
      mac = mac.clone();
    }

    @Override
    public byte[] mac() {
      return mac.clone();
    }
  }

  /**
   * virtio-vsock with Firecracker's host side. To reach a port of the guest connect to {@code listener}, write {@code CONNECT <port>\n} and read
   * {@code OK <port>\n}; the connection is closed when nobody listens there. What the guest connects to as (CID 2, port) arrives at the Unix socket
   * {@code <name>_<port>} in {@code directory}.
   *
   * @param guestCid 3 or higher
   * @param listener a Unix stream socket that listens already
   * @param directory where the sockets for connections by the guest lie, null when it may make none
   */
  public record Vsock(int guestCid, Fd listener, @Nullable Fd directory, String name) {
    public Vsock {
      if (guestCid < 3) {
        throw new IllegalArgumentException("a guest's CID is 3 or higher, not " + guestCid);
      }
      if (name.contains("/") || name.length() > 90) {
        throw new IllegalArgumentException("\"" + name + "\" is no file name of at most 90 characters");
      }
    }
  }

  /**
   * virtio-fs: {@code mount -t virtiofs <tag> <dir>} in the guest.
   *
   * @param tag at most 36 bytes
   * @param directory the root that the guest sees; may be O_PATH
   */
  public record FsDevice(String tag, Fd directory, boolean readOnly) {
    public FsDevice {
      if (tag.isEmpty() || tag.length() > 36) {
        throw new IllegalArgumentException("the file system's tag \"" + tag + "\" has not 1 to 36 bytes");
      }
    }
  }

  /**
   * The two files of a snapshot.
   *
   * @param memory sparse, as long as guest memory; restored by mapping it privately, so one file serves any number of microVMs, and nobody may write
   *     to it afterwards
   * @param state registers and devices, small
   */
  public record SnapshotFiles(Fd memory, Fd state) {}
}
