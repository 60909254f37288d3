package dev.proa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against a socket that answers with given bytes, in pieces of one byte where that is harder. */
class HttpTest {
  @TempDir Path folder;
  private ServerSocketChannel server;
  private Engine engine;

  @BeforeEach
  void listen() throws IOException {
    Path socket = folder.resolve("s");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    engine = new Engine(socket);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  /** Reads until the request is whole, answers byte by byte, closes; gives the request. */
  private FutureTask<String> answering(String answer, String endOfRequest) {
    FutureTask<String> task =
        new FutureTask<>(
            () -> {
              try (SocketChannel client = server.accept()) {
                StringBuilder request = new StringBuilder();
                ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
                while (!request.toString().endsWith(endOfRequest)) {
                  if (client.read(buffer.clear()) < 0) {
                    break;
                  }
                  request.append(StandardCharsets.ISO_8859_1.decode(buffer.flip()));
                }
                for (byte b : answer.getBytes(StandardCharsets.ISO_8859_1)) {
                  client.write(ByteBuffer.wrap(new byte[] {b}));
                }
                return request.toString();
              }
            });
    Thread.ofVirtual().start(task);
    return task;
  }

  @Test
  void chunksExtensionsAndTrailersAreRead() throws Exception {
    FutureTask<String> request =
        answering("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n3;x=y\r\n{\"a\r\n4\r\n\":1}\r\n0\r\nTrailer: 1\r\n\r\n", "\r\n\r\n");
    assertThat(engine.get("/info")).isEqualTo(Map.of("a", 1L));
    assertThat(request.get(5, TimeUnit.SECONDS)).startsWith("GET /v1.51/info HTTP/1.1\r\n");
  }

  @Test
  void anInterimAnswerIsSkipped() throws Exception {
    answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "\r\n\r\n");
    assertThat(engine.get("/x")).isEqualTo(List.of());
  }

  @Test
  void theMessageOfAnErrorIsWhatTheDaemonSaid() {
    answering("HTTP/1.1 404 Not Found\r\nContent-Length: 35\r\n\r\n{\"message\":\"No such container: web\"}", "\r\n\r\n");
    assertThatThrownBy(() -> engine.get("/containers/web/json"))
        .isInstanceOfSatisfying(EngineException.class, e -> assertThat(e.status()).isEqualTo(404))
        .hasMessageStartingWith("{\"message\":\"No such container: web\"");
    answering("HTTP/1.1 404 Not Found\r\nContent-Length: 36\r\n\r\n{\"message\":\"No such container: web\"}", "\r\n\r\n");
    assertThatThrownBy(() -> engine.get("/containers/web/json")).hasMessage("No such container: web");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
      })
  void anAnswerThatBreaksOffIsAnError(String answer) {
    answering(answer, "\r\n\r\n");
    assertThatThrownBy(() -> engine.get("/x")).isInstanceOf(IOException.class);
  }

  @Test
  void anUploadIsSentInChunks() throws Exception {
    FutureTask<String> request = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "\r\n0\r\n\r\n");
    try (Engine.Answer answer = engine.upload("/images/load", new ByteArrayInputStream("tarball".getBytes(StandardCharsets.UTF_8)))) {
      assertThat(answer.head().status()).isEqualTo(200);
    }
    assertThat(request.get(5, TimeUnit.SECONDS)).contains("Transfer-Encoding: chunked\r\n").endsWith("\r\n\r\n7\r\ntarball\r\n0\r\n\r\n");
  }

  @Test
  void anUpgradedConnectionCarriesWhatCameWithItsHead() throws Exception {
    answering("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello", "\r\n\r\n");
    try (Engine.Answer answer = engine.upgrade("/containers/x/attach?stream=1", null)) {
      assertThat(new String(answer.body().readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("hello");
    }
  }

  @Test
  void withoutADaemonTheSentenceNamesTheSocket() {
    assertThatThrownBy(() -> new Engine(folder.resolve("none")).get("/x"))
        .hasMessageStartingWith("Cannot connect to the Proa daemon at unix://" + folder.resolve("none") + ". Is the daemon running?");
  }

  @Test
  void queriesAreEscaped() {
    assertThat(Engine.escape("a b&c=d/é:1")).isEqualTo("a%20b%26c%3Dd/%C3%A9:1");
    assertThat(Json.write("\u0001")).isEqualTo("\"\\u0001\"");
  }
}
