package dev.proa.vmm.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Socket;
import dev.proa.vmm.control.VmConfiguration.BlockDevice;
import dev.proa.vmm.control.VmConfiguration.Boot;
import dev.proa.vmm.control.VmConfiguration.FsDevice;
import dev.proa.vmm.control.VmConfiguration.NetDevice;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;
import dev.proa.vmm.control.VmConfiguration.Vsock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

final class ControlCodecTest {
  private static final Fd A = Fd.borrowed(100);
  private static final Fd B = Fd.borrowed(101);

  private static VmConfiguration configuration() {
    return new VmConfiguration(
        256,
        2,
        List.of(new BlockDevice("layer0", A, true), new BlockDevice("rw", B, false)),
        List.of(new NetDevice("eth0", A, new byte[] {2, 0, 0, 0, 0, 1})),
        new Vsock(3, A, B, "v"),
        List.of(new FsDevice("volume", B, false)),
        B);
  }

  private static final List<Command> COMMANDS =
      List.of(
          new Command.Start(configuration(), new Boot(A, B, "console=ttyS0")),
          new Command.Start(new VmConfiguration(64, 1, List.of(), List.of(), null, List.of(), null), new Boot(A, null, "")),
          new Command.Restore(configuration(), new SnapshotFiles(A, B), true),
          new Command.Pause(),
          new Command.Resume(),
          new Command.Snapshot(new SnapshotFiles(B, A)),
          new Command.GetStats(),
          new Command.Stop());

  @Test
  void everyCommandComesOutAsItWentIn() throws IOException {
    int sequence = 7;
    for (Command command : COMMANDS) {
      Packet packet = ControlCodec.encode(++sequence, command);
      ControlCodec.Numbered read = ControlCodec.command(new Packet(packet.written(), packet.descriptors()));
      assertThat(read.sequence()).isEqualTo(sequence);
      // arrays in records are compared by what they hold
      assertThat(read.command()).usingRecursiveComparison().isEqualTo(command);
    }
  }

  @Test
  void everyEventComesOutAsItWentIn() throws IOException {
    List<Event> events =
        List.of(
            new Event.Ready(1, 5),
            new Event.Done(3),
            new Event.Failed(4, "cannot open /dev/kvm: größer"),
            new Event.Stats(1, 2, 3, 4, 5, 6, 7, 8),
            new Event.Booted(255, 1L << 40, 17),
            new Event.Exited(ExitReason.TRIPLE_FAULT, "rip 0x10", new byte[] {1, 2}));
    for (Event event : events) {
      assertThat(ControlCodec.event(new Packet(ControlCodec.encode(event).written(), List.of()))).usingRecursiveComparison().isEqualTo(event);
    }
  }

  @Test
  void garbledPacketsAreRefusedInWords() {
    Random random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      Packet packet = ControlCodec.encode(round, COMMANDS.get(round % COMMANDS.size()));
      byte[] bytes = packet.written();
      int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
      bytes = java.util.Arrays.copyOf(bytes, length);
      for (int n = random.nextInt(4); n > 0 && length > 0; n--) {
        bytes[random.nextInt(length)] = (byte) random.nextInt();
      }
      try {
        ControlCodec.command(new Packet(bytes, packet.descriptors()));
      } catch (ProtocolException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  @Test
  void descriptorsAndAnswersTravelOverTheSocket() throws Exception {
    Sockets.SocketPair pair = Sockets.socketpair(Socket.SOCK_SEQPACKET);
    List<Event> heard = new CopyOnWriteArrayList<>();
    try (Fd vmm = pair.second();
        Fd file = Io.memfdCreate("kernel", 0);
        VmmClient client = new VmmClient(pair.first(), heard::add)) {
      Io.writeFully(file, new byte[] {42});
      VmmChannel channel = new VmmChannel(vmm);
      List<Command> received = new ArrayList<>();
      Thread other =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      channel.send(new Event.Ready(ControlCodec.VERSION, 1));
                      VmmChannel.Received start = channel.receive();
                      received.add(start.command());
                      channel.send(new Event.Done(start.sequence()));
                      channel.send(new Event.Failed(channel.receive().sequence(), "no such thing"));
                      channel.send(new Event.Exited(ExitReason.STOPPED, "", new byte[0]));
                      Sockets.shutdown(vmm, Socket.SHUT_RDWR);
                    } catch (IOException e) {
                      throw new IllegalStateException(e);
                    }
                  });
      VmConfiguration small = new VmConfiguration(64, 1, List.of(), List.of(), null, List.of(), null);
      assertThat(client.call(new Command.Start(small, new Boot(file, null, "quiet")), 10_000)).isInstanceOf(Event.Done.class);
      assertThatThrownBy(() -> client.call(new Command.Pause(), 10_000)).isInstanceOf(IOException.class).hasMessage("no such thing");
      client.ended().join();
      other.join();
      assertThatThrownBy(() -> client.call(new Command.Pause(), 10_000)).isInstanceOf(IOException.class);
      assertThat(heard).hasSize(2).last().isInstanceOf(Event.Exited.class);
      Boot boot = ((Command.Start) received.getFirst()).boot();
      try (Fd kernel = boot.kernel()) {
        assertThat(kernel.raw()).isNotEqualTo(file.raw());
        assertThat(Io.lseek(kernel, 0, 2)).isEqualTo(1);
      }
    }
  }
}
