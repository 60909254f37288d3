package dev.proa.vmm.virtio.vsock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Socket;
import dev.proa.vmm.memory.GuestMemory;
import dev.proa.vmm.virtio.TestDriver;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VsockDeviceTest {
  private static final int CID = 7;
  private static final int BUFFER = 4096;

  @TempDir Path directory;

  private TestDriver driver;
  private String path;

  @BeforeEach
  void start() throws Exception {
    path = directory.resolve("v").toString();
    driver = new TestDriver(GuestMemory.anonymous(TestDriver.MEMORY), device()).start(0);
    for (int i = 0; i < 64; i++) {
      room();
    }
    driver.notifyQueue(VsockDevice.RX);
  }

  private VsockDevice device() throws Exception {
    Fd listener = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_STREAM, 0);
    java.nio.file.Files.deleteIfExists(Path.of(path));
    Sockets.bind(listener, path);
    Sockets.listen(listener, 16);
    return new VsockDevice(CID, listener, Fs.open(directory.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY), "v");
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private void room() throws Exception {
    driver.add(VsockDevice.RX, List.of(), VsockPacket.SIZE, BUFFER);
  }

  private record Got(VsockPacket packet, byte[] data) {}

  private Got next() throws Exception {
    TestDriver.Used used = driver.await(VsockDevice.RX);
    room();
    driver.notifyQueue(VsockDevice.RX);
    VsockPacket packet = VsockPacket.read(Arrays.copyOf(used.bytes(), VsockPacket.SIZE));
    assertThat(packet.srcCid()).isEqualTo(2);
    assertThat(packet.dstCid()).isEqualTo(CID);
    assertThat(used.written()).isEqualTo(VsockPacket.SIZE + packet.length());
    return new Got(packet, Arrays.copyOfRange(used.bytes(), VsockPacket.SIZE, VsockPacket.SIZE + packet.length()));
  }

  private void send(VsockPacket packet, byte[] data) throws Exception {
    driver.send(VsockDevice.TX, data.length == 0 ? List.of(packet.bytes()) : List.of(packet.bytes(), data));
  }

  private void send(int op, int guestPort, int hostPort, int flags, byte[] data) throws Exception {
    send(new VsockPacket(CID, 2, guestPort, hostPort, data.length, 1, op, flags, 1 << 16, 0), data);
  }

  private Fd connect() throws Exception {
    Fd socket = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_STREAM, 0);
    Sockets.connect(socket, path);
    return socket;
  }

  private static String read(Fd socket, int size) throws ErrnoException {
    byte[] bytes = new byte[size];
    int done = 0;
    while (done < size) {
      int n = Io.read(socket, bytes, done, size - done);
      if (n == 0) {
        break;
      }
      done += n;
    }
    return new String(bytes, 0, done, StandardCharsets.US_ASCII);
  }

  /** Connects to the guest's port and takes the request; the host's port. */
  private int handshake(Fd socket, int guestPort, String more) throws Exception {
    Io.writeFully(socket, ("CONNECT " + guestPort + "\n" + more).getBytes(StandardCharsets.US_ASCII));
    VsockPacket request = next().packet();
    assertThat(request.op()).isEqualTo(VsockPacket.OP_REQUEST);
    assertThat(request.dstPort()).isEqualTo(guestPort);
    return request.srcPort();
  }

  @Test
  void theHostConnectsToAPortOfTheGuest() throws Exception {
    try (Fd socket = connect()) {
      int port = handshake(socket, 52, "early");
      send(VsockPacket.OP_RESPONSE, 52, port, 0, new byte[0]);
      String ok = "OK " + port + "\n";
      assertThat(read(socket, ok.length())).isEqualTo(ok);
      Got early = next();
      assertThat(early.packet().op()).isEqualTo(VsockPacket.OP_RW);
      assertThat(new String(early.data())).isEqualTo("early");
      send(VsockPacket.OP_RW, 52, port, 0, "to the host".getBytes());
      assertThat(read(socket, 11)).isEqualTo("to the host");
      // the host is done with sending, and still listens
      Sockets.shutdown(socket, Socket.SHUT_WR);
      VsockPacket shutdown = next().packet();
      assertThat(shutdown.op()).isEqualTo(VsockPacket.OP_SHUTDOWN);
      assertThat(shutdown.flags()).isEqualTo(VsockPacket.SHUTDOWN_SEND);
      send(VsockPacket.OP_RW, 52, port, 0, "last words".getBytes());
      send(VsockPacket.OP_SHUTDOWN, 52, port, 3, new byte[0]);
      assertThat(read(socket, 100)).isEqualTo("last words");
      assertThat(next().packet().op()).isEqualTo(VsockPacket.OP_RST);
    }
  }

  @Test
  void whereNobodyListensTheConnectionIsClosed() throws Exception {
    try (Fd socket = connect()) {
      int port = handshake(socket, 99, "");
      send(VsockPacket.OP_RST, 99, port, 0, new byte[0]);
      assertThat(read(socket, 1)).isEmpty();
    }
    for (String nonsense : List.of("HELLO 1\n", "CONNECT x\n", "CONNECT 99999999999\n", "C".repeat(100))) {
      try (Fd socket = connect()) {
        Io.writeFully(socket, nonsense.getBytes());
        Sockets.shutdown(socket, Socket.SHUT_WR);
        assertThat(closed(socket)).as(nonsense).isTrue();
      }
    }
  }

  /** A socket whose other end closed it with bytes unread gives ECONNRESET. */
  private static boolean closed(Fd socket) throws ErrnoException {
    try {
      return read(socket, 1).isEmpty();
    } catch (ErrnoException e) {
      return e.errno() == dev.proa.linux.Errno.ECONNRESET;
    }
  }

  @Test
  void theGuestConnectsToASocketOfTheHost() throws Exception {
    try (Fd listener = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_STREAM, 0)) {
      Sockets.bind(listener, path + "_1024");
      Sockets.listen(listener, 1);
      send(VsockPacket.OP_REQUEST, 5000, 1024, 0, new byte[0]);
      assertThat(next().packet().op()).isEqualTo(VsockPacket.OP_RESPONSE);
      try (Fd socket = Sockets.accept(listener)) {
        send(VsockPacket.OP_RW, 5000, 1024, 0, "hi".getBytes());
        assertThat(read(socket, 2)).isEqualTo("hi");
        Io.writeFully(socket, "ho".getBytes());
        assertThat(new String(next().data())).isEqualTo("ho");
      }
      // closed by the host altogether
      VsockPacket shutdown = next().packet();
      assertThat(shutdown.op()).isEqualTo(VsockPacket.OP_SHUTDOWN);
    }
    send(VsockPacket.OP_REQUEST, 5001, 1025, 0, new byte[0]);
    Got refused = next();
    while (refused.packet().dstPort() != 5001) {
      refused = next();
    }
    assertThat(refused.packet().op()).as("nobody listens at 1025").isEqualTo(VsockPacket.OP_RST);
  }

  @Test
  void aHostThatDoesNotReadGetsNoMoreThanTheBufferAndLosesNothing() throws Exception {
    try (Fd socket = connect()) {
      int port = handshake(socket, 52, "");
      send(VsockPacket.OP_RESPONSE, 52, port, 0, new byte[0]);
      String ok = "OK " + port + "\n";
      read(socket, ok.length());
      byte[] sent = new byte[1 << 20];
      new Random(1).nextBytes(sent);
      byte[] received = new byte[sent.length];
      Thread reader = Thread.ofPlatform().start(() -> readAll(socket, received));
      // keeps to the credit that the device gives
      int at = 0;
      int fwdCnt = 0;
      while (at < sent.length) {
        int size = Math.min(Math.min(16384, sent.length - at), Connection.BUFFER - (at - fwdCnt));
        if (size == 0) {
          VsockPacket credit = next().packet();
          assertThat(credit.op()).isEqualTo(VsockPacket.OP_CREDIT_UPDATE);
          fwdCnt = credit.fwdCnt();
          continue;
        }
        send(VsockPacket.OP_RW, 52, port, 0, Arrays.copyOfRange(sent, at, at + size));
        at += size;
      }
      reader.join();
      assertThat(received).isEqualTo(sent);
    }
  }

  private static void readAll(Fd socket, byte[] into) {
    try {
      for (int at = 0; at < into.length; ) {
        at += Io.read(socket, into, at, into.length - at);
      }
    } catch (ErrnoException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aGuestThatSendsMoreThanItMayLosesTheConnection() throws Exception {
    try (Fd socket = connect()) {
      int port = handshake(socket, 52, "");
      send(VsockPacket.OP_RESPONSE, 52, port, 0, new byte[0]);
      read(socket, ("OK " + port + "\n").length());
      byte[] some = new byte[32768];
      int op = 0;
      for (int i = 0; i < 64 && op != VsockPacket.OP_RST; i++) { // 2 MiB, and nobody reads
        send(VsockPacket.OP_RW, 52, port, 0, some);
        TestDriver.Used used = driver.poll(VsockDevice.RX, 20);
        op = used == null ? 0 : VsockPacket.read(Arrays.copyOf(used.bytes(), VsockPacket.SIZE)).op();
      }
      assertThat(op).isEqualTo(VsockPacket.OP_RST);
    }
  }

  @Test
  void aGuestWithoutCreditIsSentNothing() throws Exception {
    try (Fd socket = connect()) {
      int port = handshake(socket, 52, "");
      send(new VsockPacket(CID, 2, 52, port, 0, 1, VsockPacket.OP_RESPONSE, 0, 10, 0), new byte[0]);
      read(socket, ("OK " + port + "\n").length());
      Io.writeFully(socket, "0123456789abcdef".getBytes());
      assertThat(new String(next().data())).isEqualTo("0123456789");
      assertThat(next().packet().op()).isEqualTo(VsockPacket.OP_CREDIT_REQUEST);
      assertThat(driver.poll(VsockDevice.RX, 100)).isNull();
      send(new VsockPacket(CID, 2, 52, port, 0, 1, VsockPacket.OP_CREDIT_UPDATE, 0, 10, 10), new byte[0]);
      assertThat(new String(next().data())).isEqualTo("abcdef");
    }
  }

  @Test
  void packetsOfNoConnectionAreReset() throws Exception {
    send(VsockPacket.OP_RW, 1, 2, 0, new byte[10]);
    VsockPacket reset = next().packet();
    assertThat(reset.op()).isEqualTo(VsockPacket.OP_RST);
    assertThat(List.of(reset.srcPort(), reset.dstPort())).containsExactly(2, 1);
    send(new VsockPacket(CID, 2, 1, 2, 0, 77, VsockPacket.OP_REQUEST, 0, 0, 0), new byte[0]);
    assertThat(next().packet().op()).as("another type").isEqualTo(VsockPacket.OP_RST);
    send(new VsockPacket(CID + 1, 2, 1, 2, 0, 1, VsockPacket.OP_REQUEST, 0, 0, 0), new byte[0]);
    assertThat(driver.transport.metrics().errors()).as("a CID that is another's").isEqualTo(1);
  }

  @Test
  void aRestoredGuestIsToldThatItsConnectionsAreGone() throws Exception {
    driver.add(VsockDevice.EVENT, List.of(), 8);
    driver.notifyQueue(VsockDevice.EVENT);
    driver.transport.pause();
    var state = driver.transport.save();
    try (var restored = new dev.proa.vmm.virtio.mmio.MmioTransport(device(), driver.memory)) {
      restored.restore(state);
      restored.resume();
      TestDriver.Used used = driver.await(VsockDevice.EVENT);
      assertThat(used.written()).isEqualTo(4);
      assertThat(Arrays.copyOf(used.bytes(), 4)).isEqualTo(new byte[4]);
    }
  }

  /** Linux ignores a request that has the ports of a connection which it has still open, and whoever made it waits for ever. */
  @Test
  void requestsAfterARestoreHaveNoPortsOfConnectionsBeforeIt() throws Exception {
    try (Fd before = connect()) {
      int port = handshake(before, 52, "");
      driver.transport.pause();
      var state = driver.transport.save();
      try (var restored = new dev.proa.vmm.virtio.mmio.MmioTransport(device(), driver.memory);
          Fd after = connect()) {
        restored.restore(state);
        restored.resume();
        assertThat(handshake(after, 52, "")).isNotEqualTo(port);
      }
    }
  }

  /** Random packets, some on connections that are there: each is given back, and honest connections still work. */
  @Test
  void anyPacketsAreSurvived() throws Exception {
    Random random = new Random(9);
    List<Fd> sockets = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Fd socket = connect();
      sockets.add(socket);
      ports.add(handshake(socket, 100 + i, ""));
    }
    for (int round = 0; round < 3_000; round++) {
      int i = random.nextInt(8);
      byte[] data = new byte[random.nextInt(3) * random.nextInt(2000)];
      int length = random.nextInt(8) == 0 ? random.nextInt() : data.length;
      VsockPacket packet =
          new VsockPacket(
              random.nextInt(16) == 0 ? random.nextLong() : CID,
              random.nextInt(16) == 0 ? random.nextLong() : 2,
              random.nextInt(8) == 0 ? random.nextInt() : 100 + i,
              random.nextInt(8) == 0 ? random.nextInt() : ports.get(i),
              length,
              random.nextInt(16) == 0 ? random.nextInt(65536) : 1,
              random.nextInt(16) == 0 ? random.nextInt(65536) : 1 + random.nextInt(7),
              random.nextInt(8),
              random.nextInt(4) == 0 ? random.nextInt() : 1 << 16,
              random.nextInt(4) == 0 ? random.nextInt() : 0);
      byte[] header = packet.bytes();
      send(random.nextInt(16) == 0 ? Arrays.copyOf(header, random.nextInt(44) + 1) : header, data);
      while (driver.poll(VsockDevice.RX, 0) != null) {
        room();
        driver.notifyQueue(VsockDevice.RX);
      }
    }
    Fd.closeAll(sockets);
    driver.start(0); // the driver starts anew
    driver.memory.slice(TestDriver.rings(0), 0x30000).fill((byte) 0);
    assertThat(driver.read(0x70)).isEqualTo(15);
  }

  private void send(byte[] header, byte[] data) throws Exception {
    driver.send(VsockDevice.TX, data.length == 0 ? List.of(header) : List.of(header, data));
  }

  @Test
  void aConnectionThatIsClosedBeforeItsAnswerIsReset() throws Exception {
    int port;
    try (Fd socket = connect()) {
      port = handshake(socket, 52, "");
    }
    VsockPacket reset = next().packet();
    assertThat(reset.op()).isEqualTo(VsockPacket.OP_RST);
    assertThat(reset.srcPort()).isEqualTo(port);
  }
}
