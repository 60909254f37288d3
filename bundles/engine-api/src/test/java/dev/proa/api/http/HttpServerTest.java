package dev.proa.api.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP server with small routes of its own, talked to byte by byte. */
@Timeout(60)
class HttpServerTest {
  private static final HttpLimits LIMITS =
      new HttpLimits(1200, 4 << 10, 8 << 10, 64 << 10, Duration.ofSeconds(2), 64 << 10, Duration.ofSeconds(5));

  @TempDir Path folder;
  private Path socket;
  private HttpServer server;
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CompletableFuture<String> outcome = new CompletableFuture<>();

  @BeforeEach
  void listen() {
    socket = folder.resolve("api.sock");
    server = new HttpServer(this::answer, LIMITS);
    server.listen(socket);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void answer(Exchange exchange) throws Exception {
    String target = exchange.target();
    if (target.startsWith("/hello")) {
      exchange.send(200, "text/plain", ("hello " + target.substring(6)).getBytes(UTF_8));
    } else if (target.equals("/echo")) {
      exchange.send(200, "application/octet-stream", exchange.body().readAllBytes());
    } else if (target.equals("/length")) {
      long length = 0;
      byte[] buffer = new byte[8192];
      for (int n = exchange.body().read(buffer); n >= 0; n = exchange.body().read(buffer)) {
        length += n;
      }
      exchange.send(200, "text/plain", Long.toString(length).getBytes(UTF_8));
    } else if (target.equals("/ignore")) {
      exchange.send(400, "text/plain", "no".getBytes(UTF_8));
    } else if (target.equals("/stream")) {
      try (OutputStream out = exchange.stream(200, "text/plain")) {
        for (int i = 0; i < 3; i++) {
          out.write(("line " + i + "\n").getBytes(UTF_8));
          out.flush();
        }
      }
    } else if (target.equals("/broken")) {
      OutputStream out = exchange.stream(200, "text/plain");
      out.write('x');
      out.flush();
      throw new IOException("the source of the answer broke");
    } else if (target.equals("/wait")) {
      exchange.interruptOnDisconnect();
      entered.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        outcome.complete("interrupted, gone: " + exchange.clientIsGone());
      }
    } else if (target.equals("/slow-answer")) {
      entered.countDown();
      exchange.send(200, "text/plain", outcome.get(20, TimeUnit.SECONDS).getBytes(UTF_8));
    } else if (target.equals("/flood")) {
      long written = 0;
      try (OutputStream out = exchange.stream(200, "application/octet-stream")) {
        entered.countDown();
        byte[] block = new byte[64 << 10];
        for (int i = 0; i < 4096; i++) {
          out.write(block);
          written += block.length;
        }
      } catch (IOException e) {
        outcome.complete(e.getClass().getSimpleName() + " after " + (written < (64 << 20) ? "little" : "much"));
        throw e;
      }
    } else if (target.equals("/half-then-much")) {
      RawStreams raw = exchange.hijack("application/vnd.docker.raw-stream");
      raw.input().readAllBytes();
      for (int i = 0; i < 400; i++) {
        raw.output().write(new byte[32 << 10]);
      }
    } else if (target.equals("/hijack")) {
      RawStreams raw = exchange.hijack("application/vnd.docker.raw-stream");
      raw.output().write("ready\n".getBytes(UTF_8));
      raw.input().transferTo(raw.output());
      raw.output().write("\nend of input\n".getBytes(UTF_8));
    } else if (target.equals("/ws")) {
      RawStreams raw = exchange.hijackByWebSocket();
      raw.output().write("ready".getBytes(UTF_8));
      raw.input().transferTo(raw.output());
    } else if (target.equals("/bye")) {
      RawStreams raw = exchange.hijack("application/vnd.docker.raw-stream");
      raw.output().write(new byte[3 << 20]);
    } else {
      exchange.send(404, "text/plain", new byte[0]);
    }
  }

  private RawClient client() throws IOException {
    return new RawClient(socket);
  }

  @Test
  void oneConnectionServesManyRequests() throws Exception {
    try (RawClient client = client()) {
      for (int i = 0; i < 100; i++) {
        assertThat(client.get("/hello/" + i).answer().text()).isEqualTo("hello /" + i);
      }
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    try (RawClient client = client()) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 500; i++) {
        all.append("GET /hello/").append(i).append(" HTTP/1.1\r\nHost: d\r\n\r\n");
        all.append("POST /echo HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\n\r\n").append(String.format("%05d", i));
      }
      client.send(all.toString());
      for (int i = 0; i < 500; i++) {
        assertThat(client.answer().text()).isEqualTo("hello /" + i);
        assertThat(client.answer().text()).isEqualTo(String.format("%05d", i));
      }
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredAfterTheClientEndedItsInput() throws Exception {
    try (RawClient client = client()) {
      client.get("/hello/1").get("/stream").get("/hello/2").shutdownOutput();
      assertThat(client.answer().text()).isEqualTo("hello /1");
      assertThat(client.answer().text()).isEqualTo("line 0\nline 1\nline 2\n");
      assertThat(client.answer().text()).isEqualTo("hello /2");
      assertThat(client.in().read()).isEqualTo(-1);
    }
  }

  @Test
  void headIsAnsweredWithTheLengthAndWithoutTheBody() throws Exception {
    try (RawClient client = client()) {
      client.send("HEAD /hello/x HTTP/1.1\r\nHost: d\r\n\r\n");
      RawClient.Head head = client.head();
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.headers()).containsEntry("content-length", "8");
      assertThat(client.get("/hello/y").answer().text()).isEqualTo("hello /y");
    }
  }

  @Test
  void chunkedBodiesAreRead() throws Exception {
    try (RawClient client = client()) {
      client.send("POST /echo HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
      assertThat(client.answer().text()).isEqualTo("abcde");
    }
  }

  @Test
  void aRequestMayComeByteByByte() throws Exception {
    try (RawClient client = client()) {
      for (byte b : "POST /echo HTTP/1.1\r\nHost: d\r\nContent-Length: 4\r\n\r\nslow".getBytes(UTF_8)) {
        client.send(new byte[] {b});
      }
      assertThat(client.answer().text()).isEqualTo("slow");
    }
  }

  @Test
  void aLargeBodyPassesInBoundedMemory() throws Exception {
    try (RawClient client = client()) {
      int size = 64 << 20;
      client.send("POST /length HTTP/1.1\r\nHost: d\r\nContent-Length: " + size + "\r\n\r\n");
      byte[] block = new byte[1 << 20];
      for (int i = 0; i < size / block.length; i++) {
        client.send(block);
      }
      assertThat(client.answer().text()).isEqualTo(Integer.toString(size));
    }
  }

  @Test
  void theBodyIsInvitedOnlyWhenItIsWanted() throws Exception {
    try (RawClient client = client()) {
      client.send("POST /echo HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
      assertThat(client.head().status()).isEqualTo(100);
      assertThat(client.send("ok").answer().text()).isEqualTo("ok");
    }
    try (RawClient client = client()) {
      client.send("POST /ignore HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
      RawClient.Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.headers()).containsEntry("connection", "close");
    }
    try (RawClient client = client()) {
      client.send("POST /echo HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\nExpect: the-worst\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(417);
    }
  }

  @Test
  void aSmallBodyNobodyReadIsSkippedAndTheConnectionKept() throws Exception {
    try (RawClient client = client()) {
      assertThat(client.post("/ignore", "x".repeat(10_000)).answer().status()).isEqualTo(400);
      assertThat(client.get("/hello").answer().status()).isEqualTo(200);
    }
  }

  @Test
  void aLargeBodyNobodyReadsStillGetsItsAnswer() throws Exception {
    try (RawClient client = client()) {
      client.send("POST /ignore HTTP/1.1\r\nHost: d\r\nContent-Length: 8000000\r\n\r\n");
      client.send(new byte[4_000_000]);
      RawClient.Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.headers()).containsEntry("connection", "close");
      assertThat(client.in().read()).isEqualTo(-1);
    }
  }

  @Test
  void aStreamedAnswerComesMessageByMessage() throws Exception {
    try (RawClient client = client()) {
      client.get("/stream");
      assertThat(client.head().headers()).containsEntry("transfer-encoding", "chunked").doesNotContainKey("content-length");
      assertThat(new String(client.chunk(), UTF_8)).isEqualTo("line 0\n");
      assertThat(new String(client.chunk(), UTF_8)).isEqualTo("line 1\n");
      assertThat(new String(client.chunk(), UTF_8)).isEqualTo("line 2\n");
      assertThat(client.chunk()).isEmpty();
      assertThat(client.get("/hello").answer().status()).isEqualTo(200);
    }
  }

  @Test
  void anAnswerThatFailsMidwayIsNotTakenForWhole() throws Exception {
    try (RawClient client = client()) {
      client.get("/broken").head();
      assertThat(client.chunk()).hasSize(1);
      assertThatThrownBy(client::chunk).isInstanceOf(IOException.class);
    }
  }

  @Test
  void anHttp10ClientGetsAStreamThatEndsWithTheConnection() throws Exception {
    try (RawClient client = client()) {
      RawClient.Answer answer = client.send("GET /stream HTTP/1.0\r\n\r\n").answer();
      assertThat(answer.headers()).doesNotContainKey("transfer-encoding");
      assertThat(answer.text()).isEqualTo("line 0\nline 1\nline 2\n");
    }
  }

  @Test
  void aClientThatGoesAwayHasItsRequestCancelled() throws Exception {
    try (RawClient client = client()) {
      client.get("/wait");
      entered.await();
    }
    assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo("interrupted, gone: true");
  }

  @Test
  void aClientThatEndsItsInputIsCancelledOnlyWhenItGoesAway() throws Exception {
    try (RawClient client = client()) {
      client.get("/wait").shutdownOutput();
      entered.await();
      TimeUnit.MILLISECONDS.sleep(700);
      assertThat(outcome).isNotDone();
    }
    assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo("interrupted, gone: true");
  }

  @Test
  void aHalfClosedClientGetsALateAnswer() throws Exception {
    try (RawClient client = client()) {
      client.get("/slow-answer").shutdownOutput();
      entered.await();
      TimeUnit.MILLISECONDS.sleep(600);
      outcome.complete("late");
      assertThat(client.answer().text()).isEqualTo("late");
    }
  }

  @Test
  void aSlowReaderHoldsTheWriterBackAndAGoneOneEndsIt() throws Exception {
    try (RawClient client = client()) {
      client.get("/flood");
      entered.await();
      TimeUnit.MILLISECONDS.sleep(300);
    }
    assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo("PeerGoneException after little");
  }

  @Test
  void aHijackedConnectionPassesWhatCameRightBehindTheRequest() throws Exception {
    try (RawClient client = client()) {
      client.send("POST /hijack HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.1\r\n\r\n");
      client.shutdownOutput();
      RawClient.Head head = client.head();
      assertThat(head.status()).isEqualTo(101);
      assertThat(head.reason()).isEqualTo("UPGRADED");
      assertThat(head.headers()).containsEntry("upgrade", "tcp").containsEntry("connection", "Upgrade");
      assertThat(head.headers()).containsEntry("content-type", "application/vnd.docker.raw-stream");
      assertThat(new String(client.in().readAllBytes(), UTF_8)).isEqualTo("ready\nGET / HTTP/1.1\r\n\r\n\nend of input\n");
    }
  }

  @Test
  void nothingComesTogetherWithTheHeadOfAHijackedConnection() throws Exception {
    try (RawClient client = client()) {
      client.send("POST /hijack HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n");
      Thread.sleep(50); // a client that is late: the server would have sent more by now
      byte[] first = new byte[8192];
      int length = client.in().read(first);
      assertThat(new String(first, 0, length, UTF_8)).startsWith("HTTP/1.1 101 ").endsWith("\r\n\r\n");
      assertThat(new String(client.exactly(6), UTF_8)).isEqualTo("ready\n");
    }
  }

  @Test
  void aHijackedConnectionWithoutUpgradeIsA200() throws Exception {
    try (RawClient client = client()) {
      client.send("POST /hijack HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
      RawClient.Head head = client.head();
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.headers()).doesNotContainKey("transfer-encoding").doesNotContainKey("content-length");
      assertThat(new String(client.exactly(6), UTF_8)).isEqualTo("ready\n");
      client.send("ping");
      assertThat(new String(client.exactly(4), UTF_8)).isEqualTo("ping");
      client.shutdownOutput();
      assertThat(new String(client.in().readAllBytes(), UTF_8)).isEqualTo("\nend of input\n");
    }
  }

  @Test
  void aHijackedConnectionEchoesMegabytesWithBackPressure() throws Exception {
    try (RawClient client = client()) {
      client.send("POST /hijack HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
      client.head();
      client.exactly(6);
      byte[] data = new byte[20 << 20];
      new java.util.Random(1).nextBytes(data);
      Thread sender =
          Thread.startVirtualThread(
              () -> {
                try {
                  client.send(data);
                  client.shutdownOutput();
                } catch (IOException e) {
                  outcome.completeExceptionally(e);
                }
              });
      assertThat(client.exactly(data.length)).isEqualTo(data);
      sender.join();
    }
  }

  @Test
  void aWebSocketEchoesMessages() throws Exception {
    try (RawClient client = client()) {
      client.send(
          "GET /ws HTTP/1.1\r\nHost: d\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
      RawClient.Head head = client.head();
      assertThat(head.status()).isEqualTo(101);
      assertThat(head.headers()).containsEntry("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      assertThat(client.exactly(7)).isEqualTo(frame(0x82, "ready"));
      client.send(new byte[] {(byte) 0x81, (byte) 0x82, 1, 2, 3, 4, 'h' ^ 1, 'i' ^ 2});
      assertThat(client.exactly(4)).isEqualTo(frame(0x82, "hi"));
      client.send(new byte[] {(byte) 0x89, (byte) 0x80, 0, 0, 0, 0});
      assertThat(client.exactly(2)).isEqualTo(frame(0x8a, ""));
      client.send(new byte[] {(byte) 0x88, (byte) 0x80, 0, 0, 0, 0});
      assertThat(client.in().readAllBytes()).isEqualTo(new byte[] {(byte) 0x88, 5, 0x03, (byte) 0xe8, 'B', 'y', 'e'});
    }
  }

  private static byte[] frame(int opcode, String text) {
    byte[] bytes = new byte[2 + text.length()];
    bytes[0] = (byte) opcode;
    bytes[1] = (byte) text.length();
    System.arraycopy(text.getBytes(UTF_8), 0, bytes, 2, text.length());
    return bytes;
  }

  @Test
  void muchOutputFollowsTheEndOfInput() throws Exception {
    for (int i = 0; i < 5; i++) {
      try (RawClient client = client()) {
        client.send("POST /half-then-much HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
        client.send(new byte[500_000]).shutdownOutput();
        client.head();
        assertThat(client.in().readAllBytes()).hasSize(400 * (32 << 10));
      }
    }
  }

  @Test
  void theServersEndArrivesWholeEvenIfTheClientStillSends() throws Exception {
    try (RawClient client = client()) {
      client.send("POST /bye HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
      client.send(new byte[50_000]);
      client.head();
      assertThat(client.in().readAllBytes()).hasSize(3 << 20);
    }
  }

  @Test
  void oversizedHeadsAreRefused() throws Exception {
    try (RawClient client = client()) {
      assertThat(client.get("/" + "x".repeat(5000)).answer().status()).isEqualTo(414);
    }
    try (RawClient client = client()) {
      client.send("GET /hello HTTP/1.1\r\nHost: d\r\nX-Long: " + "x".repeat(9000) + "\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(431);
    }
  }

  @Test
  void malformedRequestsAreRefusedAndTheConnectionClosed() throws Exception {
    for (String bad :
        List.of(
            "\u0000\u0001\u0002\r\n\r\n",
            "GET\r\n\r\n",
            "GET /hello HTTP/9.9\r\n\r\n",
            "GET /hello HTTP/1.1\r\nBad Header: x\r\n\r\n",
            "GET /hello HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
            "POST /echo HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")) {
      try (RawClient client = client()) {
        client.send(bad).shutdownOutput();
        String all = new String(client.in().readAllBytes(), UTF_8);
        assertThat(all).as(bad).doesNotContain("200 OK");
      }
    }
    try (RawClient client = client()) {
      assertThat(client.get("/hello").answer().status()).isEqualTo(200);
    }
  }

  @Test
  void aHeadThatDoesNotEndIsGivenUp() throws Exception {
    try (RawClient client = client()) {
      client.send("GET /hello HTTP/1.1\r\nHost:");
      assertThat(client.answer().status()).isEqualTo(408);
    }
  }

  @Test
  void aBodyThatBreaksOffFailsItsReader() throws Exception {
    try (RawClient client = client()) {
      client.send("POST /echo HTTP/1.1\r\nHost: d\r\nContent-Length: 100\r\n\r\nabc").shutdownOutput();
      assertThat(client.in().readAllBytes()).isEmpty();
    }
  }

  @Test
  void aThousandConnectionsAreServed() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        clients.add(client());
      }
      for (RawClient client : clients) {
        client.get("/hello/many");
      }
      for (RawClient client : clients) {
        assertThat(client.answer().text()).isEqualTo("hello /many");
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void pastTheLimitTheLongestIdleConnectionMakesRoom() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < LIMITS.connections() + 50; i++) {
        RawClient client = client();
        clients.add(client);
        assertThat(client.get("/hello").answer().status()).isEqualTo(200);
      }
      assertThat(clients.getFirst().in().read()).isEqualTo(-1);
      assertThat(clients.getLast().get("/hello").answer().status()).isEqualTo(200);
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void theSocketIsForOwnerAndGroup() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket))).isEqualTo("rw-rw----");
  }

  @Test
  void aLiveSocketIsRefusedAndAStaleOneReplaced() throws Exception {
    HttpServer second = new HttpServer(this::answer, LIMITS);
    try {
      assertThatThrownBy(() -> second.listen(socket))
          .isInstanceOf(ProaException.class)
          .hasMessageContaining("another daemon answers there")
          .matches(e -> ((ProaException) e).is(ErrorClass.CONFLICT));
      Path stale = folder.resolve("stale.sock");
      try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        dead.bind(UnixDomainSocketAddress.of(stale));
      }
      assertThat(stale).exists();
      second.listen(stale);
      try (RawClient client = new RawClient(stale)) {
        assertThat(client.get("/hello").answer().status()).isEqualTo(200);
      }
      Path file = Files.writeString(folder.resolve("file"), "mine");
      assertThatThrownBy(() -> second.listen(file)).hasMessageContaining("no socket is in the way");
      assertThat(file).hasContent("mine");
      assertThatThrownBy(() -> second.listen(folder.resolve("x".repeat(100)))).hasMessageContaining("107 bytes");
    } finally {
      second.close();
    }
    assertThat(folder.resolve("stale.sock")).doesNotExist();
  }

  @Test
  void twoSocketsServeTheSame() throws Exception {
    Path other = folder.resolve("sub/other.sock");
    server.listen(other);
    try (RawClient client = new RawClient(other)) {
      assertThat(client.get("/hello").answer().status()).isEqualTo(200);
    }
  }

  @Test
  void stoppingEndsWhatOnlyItsClientWaitsFor() throws Exception {
    try (RawClient client = client()) {
      client.get("/wait");
      entered.await();
      server.close();
      assertThat(outcome.get(1, TimeUnit.SECONDS)).isEqualTo("interrupted, gone: false");
      assertThat(client.in().read()).isEqualTo(-1);
    }
  }

  @Test
  void stoppingWaitsForTheRequestThatIsBeingAnswered() throws Exception {
    try (RawClient client = client()) {
      client.get("/slow-answer");
      entered.await();
      Thread stopper = Thread.startVirtualThread(server::close);
      while (Files.exists(socket)) {
        Thread.onSpinWait();
      }
      outcome.complete("still answered");
      assertThat(client.answer().text()).isEqualTo("still answered");
      assertThat(client.in().read()).isEqualTo(-1);
      stopper.join();
    }
  }
}
