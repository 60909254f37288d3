package dev.proa.lifecycle.internal.ports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.linux.Fd;
import dev.proa.linux.InetSockets;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Socket;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over the loopback link: "the container" is a server on another port. */
@Timeout(60)
class PortForwarderTest {
  private static final InetAddress LOCAL = InetAddress.ofLiteral("127.0.0.1");

  private final PortForwarder forwarder = new PortForwarder();

  @AfterEach
  void close() {
    forwarder.close();
  }

  private static Fd bound(int type) throws IOException {
    Fd socket = Sockets.socket(Socket.AF_INET, type | Socket.SOCK_NONBLOCK, 0);
    InetSockets.bind(socket, new InetSocketAddress(LOCAL, 0));
    if (type == Socket.SOCK_STREAM) {
      Sockets.listen(socket, 16);
    }
    return socket;
  }

  private static java.net.Socket connect(int port) throws IOException {
    java.net.Socket client = new java.net.Socket();
    client.connect(new InetSocketAddress(LOCAL, port));
    client.setSoTimeout(30_000);
    return client;
  }

  @Test
  void everyByteArrivesThoughTheClientHasSaidItsLastAndReadsSlowly() throws Exception {
    byte[] data = new byte[24 << 20];
    new Random(7).nextBytes(data);
    try (ServerSocket container = new ServerSocket(0, 5, LOCAL)) {
      CompletableFuture<byte[]> heard = new CompletableFuture<>();
      Thread.startVirtualThread(
          () -> {
            try (java.net.Socket one = container.accept()) {
              byte[] all = one.getInputStream().readAllBytes();
              heard.complete(all);
              one.getOutputStream().write(all);
            } catch (IOException e) {
              heard.completeExceptionally(e);
            }
          });
      Fd socket = bound(Socket.SOCK_STREAM);
      int port = InetSockets.localPort(socket);
      try (PortForwarder.Forwarding forwarding = forwarder.stream(socket, new InetSocketAddress(LOCAL, container.getLocalPort()));
          java.net.Socket client = connect(port)) {
        assertThat(forwarding).isNotNull();
        client.getOutputStream().write(data);
        client.shutdownOutput();
        assertThat(Arrays.equals(heard.get(30, TimeUnit.SECONDS), data)).as("what the container heard").isTrue();
        byte[] answer = new byte[data.length];
        InputStream in = client.getInputStream();
        int length = 0;
        for (int n; (n = in.read(answer, length, Math.min(100_000, answer.length - length))) > 0; length += n) {
          Thread.onSpinWait();
        }
        assertThat(length).isEqualTo(data.length);
        assertThat(Arrays.equals(answer, data)).as("what the client heard").isTrue();
        assertThat(in.read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void clientOfAContainerThatDoesNotListenIsReset() throws Exception {
    int nobody;
    try (ServerSocket once = new ServerSocket(0, 1, LOCAL)) {
      nobody = once.getLocalPort();
    }
    Fd socket = bound(Socket.SOCK_STREAM);
    int port = InetSockets.localPort(socket);
    try (PortForwarder.Forwarding forwarding = forwarder.stream(socket, new InetSocketAddress(LOCAL, nobody)); java.net.Socket client = connect(port)) {
      assertThat(forwarding).isNotNull();
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class).hasMessageContaining("reset");
    }
  }

  @Test
  void closedPortIsFreeAndConnectionsGoOn() throws Exception {
    try (ServerSocket container = new ServerSocket(0, 5, LOCAL)) {
      Fd socket = bound(Socket.SOCK_STREAM);
      int port = InetSockets.localPort(socket);
      PortForwarder.Forwarding forwarding = forwarder.stream(socket, new InetSocketAddress(LOCAL, container.getLocalPort()));
      try (java.net.Socket client = connect(port); java.net.Socket one = container.accept()) {
        forwarding.close();
        try (ServerSocket again = new ServerSocket()) {
          again.setReuseAddress(true);
          again.bind(new InetSocketAddress(LOCAL, port));
        }
        client.getOutputStream().write(7);
        assertThat(one.getInputStream().read()).isEqualTo(7);
        one.close();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void datagramsOfEachClientComeFromAnotherPortAndAnswersFindTheirWay() throws Exception {
    try (DatagramSocket container = new DatagramSocket(0, LOCAL); DatagramSocket first = new DatagramSocket(0, LOCAL); DatagramSocket second = new DatagramSocket(0, LOCAL)) {
      Fd socket = bound(Socket.SOCK_DGRAM);
      int port = InetSockets.localPort(socket);
      try (PortForwarder.Forwarding forwarding = forwarder.datagrams(socket, new InetSocketAddress(LOCAL, container.getLocalPort()))) {
        assertThat(forwarding).isNotNull();
        int last = 0;
        for (DatagramSocket client : new DatagramSocket[] {first, second, first}) {
          client.setSoTimeout(30_000);
          container.setSoTimeout(30_000);
          client.send(new DatagramPacket(new byte[] {1, 2, 3}, 3, LOCAL, port));
          DatagramPacket heard = new DatagramPacket(new byte[10], 10);
          container.receive(heard);
          assertThat(heard.getLength()).isEqualTo(3);
          assertThat(heard.getPort()).isNotEqualTo(last);
          last = heard.getPort();
          byte[] answer = ("to " + client.getLocalPort()).getBytes(StandardCharsets.US_ASCII);
          container.send(new DatagramPacket(answer, answer.length, heard.getSocketAddress()));
          DatagramPacket answered = new DatagramPacket(new byte[20], 20);
          client.receive(answered);
          assertThat(new String(answered.getData(), 0, answered.getLength(), StandardCharsets.US_ASCII)).isEqualTo("to " + client.getLocalPort());
          assertThat(answered.getPort()).isEqualTo(port);
        }
      }
    }
  }
}
