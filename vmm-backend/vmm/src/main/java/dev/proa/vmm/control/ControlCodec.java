package dev.proa.vmm.control;

import dev.proa.linux.Fd;
import dev.proa.vmm.control.VmConfiguration.BlockDevice;
import dev.proa.vmm.control.VmConfiguration.Boot;
import dev.proa.vmm.control.VmConfiguration.FsDevice;
import dev.proa.vmm.control.VmConfiguration.NetDevice;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;
import dev.proa.vmm.control.VmConfiguration.Vsock;
import java.util.ArrayList;
import java.util.List;

/**
 * Commands and events as packets: a command is {@code u8 kind, u32 sequence, fields}, an event is {@code u8 kind, fields}, the fields in the records'
 * order. Both ends are of one build, so there are no versions of single messages; {@link Event.Ready} carries the version of all of it.
 */
final class ControlCodec {
  static final int VERSION = 1;

  private ControlCodec() {}

  /** A command with its number. */
  record Numbered(int sequence, Command command) {}

  static Packet encode(int sequence, Command command) {
    Packet p = new Packet();
    switch (command) {
      case Command.Start(VmConfiguration configuration, Boot boot) -> {
        put(p.u8('S').u32(sequence), configuration);
        p.fd(boot.kernel()).fd(boot.initramfs()).text(boot.commandLine());
      }
      case Command.Restore(VmConfiguration configuration, SnapshotFiles files, boolean run) -> {
        put(p.u8('R').u32(sequence), configuration);
        p.fd(files.memory()).fd(files.state()).flag(run);
      }
      case Command.Pause() -> p.u8('p').u32(sequence);
      case Command.Resume() -> p.u8('r').u32(sequence);
      case Command.Snapshot(SnapshotFiles files) -> p.u8('s').u32(sequence).fd(files.memory()).fd(files.state());
      case Command.GetStats() -> p.u8('g').u32(sequence);
      case Command.Stop() -> p.u8('x').u32(sequence);
    }
    return p;
  }

  static Numbered command(Packet p) throws ProtocolException {
    int kind = p.u8();
    int sequence = p.u32();
    try {
      Command command =
          switch (kind) {
            case 'S' -> new Command.Start(configuration(p), new Boot(p.fd(), p.fdOrNull(), p.text()));
            case 'R' -> new Command.Restore(configuration(p), new SnapshotFiles(p.fd(), p.fd()), p.flag());
            case 'p' -> new Command.Pause();
            case 'r' -> new Command.Resume();
            case 's' -> new Command.Snapshot(new SnapshotFiles(p.fd(), p.fd()));
            case 'g' -> new Command.GetStats();
            case 'x' -> new Command.Stop();
            default -> throw new ProtocolException("unknown command " + kind);
          };
      p.end();
      return new Numbered(sequence, command);
    } catch (IllegalArgumentException e) {
      throw new ProtocolException(String.valueOf(e.getMessage()));
    }
  }

  static Packet encode(Event event) {
    Packet p = new Packet();
    return switch (event) {
      case Event.Ready e -> p.u8('R').u32(e.protocolVersion()).u64(e.sinceProcessStartNanos());
      case Event.Done e -> p.u8('D').u32(e.sequence());
      case Event.Failed e -> p.u8('F').u32(e.sequence()).text(e.message());
      case Event.Stats e ->
          p.u8('S')
              .u32(e.sequence())
              .u64(e.exits())
              .u64(e.pioExits())
              .u64(e.mmioExits())
              .u64(e.interruptedExits())
              .u64(e.deviceErrors())
              .u64(e.serialBytes())
              .u64(e.serialDropped());
      case Event.Booted e -> p.u8('B').u8(e.marker()).u64(e.sinceStartNanos()).u64(e.vcpuNanos());
      case Event.Exited e -> p.u8('X').u8(e.reason().ordinal()).text(e.detail()).array(e.serialTail());
    };
  }

  static Event event(Packet p) throws ProtocolException {
    int kind = p.u8();
    Event event =
        switch (kind) {
          case 'R' -> new Event.Ready(p.u32(), p.u64());
          case 'D' -> new Event.Done(p.u32());
          case 'F' -> new Event.Failed(p.u32(), p.text());
          case 'S' -> new Event.Stats(p.u32(), p.u64(), p.u64(), p.u64(), p.u64(), p.u64(), p.u64(), p.u64());
          case 'B' -> new Event.Booted(p.u8(), p.u64(), p.u64());
          case 'X' -> new Event.Exited(reason(p.u8()), p.text(), p.array());
          default -> throw new ProtocolException("unknown event " + kind);
        };
    p.end();
    return event;
  }

  private static ExitReason reason(int ordinal) throws ProtocolException {
    ExitReason[] reasons = ExitReason.values();
    if (ordinal >= reasons.length) {
      throw new ProtocolException("unknown reason " + ordinal);
    }
    return reasons[ordinal];
  }

  private static void put(Packet p, VmConfiguration c) {
    p.u32(c.memoryMib()).u32(c.vcpus());
    p.u32(c.blockDevices().size());
    c.blockDevices().forEach(device -> p.text(device.id()).fd(device.file()).flag(device.readOnly()));
    p.u32(c.netDevices().size());
    c.netDevices().forEach(device -> p.text(device.id()).fd(device.port()).array(device.mac()));
    Vsock vsock = c.vsock();
    p.flag(vsock != null);
    if (vsock != null) {
      p.u32(vsock.guestCid()).fd(vsock.listener()).fd(vsock.directory()).text(vsock.name());
    }
    p.u32(c.fsDevices().size());
    c.fsDevices().forEach(device -> p.text(device.tag()).fd(device.directory()).flag(device.readOnly()));
    p.fd(c.serial());
  }

  private static VmConfiguration configuration(Packet p) throws ProtocolException {
    int memoryMib = p.u32();
    int vcpus = p.u32();
    List<BlockDevice> blocks = new ArrayList<>();
    for (int n = p.count(); n > 0; n--) {
      blocks.add(new BlockDevice(p.text(), p.fd(), p.flag()));
    }
    List<NetDevice> nets = new ArrayList<>();
    for (int n = p.count(); n > 0; n--) {
      nets.add(new NetDevice(p.text(), p.fd(), p.array()));
    }
    Vsock vsock = p.flag() ? new Vsock(p.u32(), p.fd(), p.fdOrNull(), p.text()) : null;
    List<FsDevice> fs = new ArrayList<>();
    for (int n = p.count(); n > 0; n--) {
      fs.add(new FsDevice(p.text(), p.fd(), p.flag()));
    }
    Fd serial = p.fdOrNull();
    return new VmConfiguration(memoryMib, vcpus, blocks, nets, vsock, fs, serial);
  }
}
