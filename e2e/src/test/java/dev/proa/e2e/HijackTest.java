package dev.proa.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.api.http.RawClient;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What every client library's transport relies on once a connection has left HTTP: the ends, the frames, the order of bytes. */
@Timeout(60)
class HijackTest {
  private static final String UPGRADE = "Connection: Upgrade\r\nUpgrade: tcp\r\n";

  @TempDir static Path folder;
  private static EngineUnderTest engine;
  private static Api api;

  @BeforeAll
  static void start() throws Exception {
    engine = EngineUnderTest.start();
    api = new Api(engine.socket(), ApiDescription.load());
    api.upload("POST /images/load", "application/x-tar", EngineUnderTest.image(folder)).expect(200);
    api.ask("POST /containers/create?name=host", "{\"Image\":\"pcsuite/busybox:1\",\"Cmd\":[\"sleep\",\"600\"]}").expect(201);
    api.ask("POST /containers/host/start").expect(204);
  }

  @AfterAll
  static void stop() throws Exception {
    if (engine != null) {
      engine.close();
    }
  }

  private static String exec(String members) throws Exception {
    return api.ask("POST /containers/host/exec", "{" + members + "}").expect(201).json().path("Id").asString();
  }

  private static RawClient startExec(String id, String version, String headers, String body) throws Exception {
    return new RawClient(engine.socket())
        .send(
            "POST " + version + "/exec/" + id + "/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n" + headers
                + "Content-Length: " + body.length() + "\r\n\r\n" + body);
  }

  private static String frame(RawClient client, int stream) throws Exception {
    ByteBuffer header = ByteBuffer.wrap(client.exactly(8));
    assertThat(header.getInt()).isEqualTo(stream << 24);
    return new String(client.exactly(header.getInt()), UTF_8);
  }

  @Test
  void anExecEchoesAndEndsTheConnection() throws Exception {
    String id = exec("\"Cmd\":[\"cat\"],\"AttachStdin\":true,\"AttachStdout\":true");
    try (RawClient client = startExec(id, "/v1.51", UPGRADE, "{\"Detach\":false}")) {
      RawClient.Head head = client.head();
      assertThat(head.status()).isEqualTo(101);
      assertThat(head.headers()).containsEntry("content-type", "application/vnd.docker.multiplexed-stream");
      client.send("ping\n");
      assertThat(frame(client, 1)).isEqualTo("ping\n");
      client.shutdownOutput();
      assertThat(client.in().read()).isEqualTo(-1);
    }
    assertThat(api.ask("GET /exec/" + id + "/json").expect(200).json().path("ExitCode").asInt(-1)).isZero();
  }

  @Test
  void bytesRightBehindTheRequestAndTheEndOfInputArrive() throws Exception {
    String id = exec("\"Cmd\":[\"wc\",\"-c\"],\"AttachStdin\":true,\"AttachStdout\":true");
    try (RawClient client = startExec(id, "", UPGRADE, "{}")) {
      client.send("12345").shutdownOutput();
      client.head();
      assertThat(frame(client, 1)).isEqualTo("5\n");
      assertThat(client.in().read()).isEqualTo(-1);
    }
  }

  @Test
  void withoutUpgradeTheAnswerIsA200AndOldClientsAreToldRaw() throws Exception {
    String id = exec("\"Cmd\":[\"sh\",\"-c\",\"echo out; echo err >&2\"],\"AttachStdout\":true,\"AttachStderr\":true");
    try (RawClient client = startExec(id, "/v1.30", "", "{}")) {
      RawClient.Head head = client.head();
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.headers()).containsEntry("content-type", "application/vnd.docker.raw-stream").doesNotContainKey("transfer-encoding");
      assertThat(client.in().readAllBytes()).hasSize(8 + 4 + 8 + 4);
    }
  }

  @Test
  void anExecWithoutStreamsEndsToo() throws Exception {
    String id = exec("\"Cmd\":[\"true\"]");
    try (RawClient client = startExec(id, "/v1.51", UPGRADE, "{}")) {
      client.head();
      assertThat(client.in().readAllBytes()).isEmpty();
    }
  }

  @Test
  void aTerminalIsOneRawStream() throws Exception {
    String id = exec("\"Cmd\":[\"sh\",\"-c\",\"test -t 1 && stty size\"],\"Tty\":true,\"AttachStdin\":true,\"AttachStdout\":true");
    try (RawClient client = startExec(id, "/v1.51", UPGRADE, "{\"Tty\":true,\"ConsoleSize\":[31,79]}")) {
      assertThat(client.head().headers()).containsEntry("content-type", "application/vnd.docker.raw-stream");
      assertThat(new String(client.in().readAllBytes(), UTF_8)).isEqualTo("31 79\r\n");
    }
  }

  @Test
  void aCommandThatCannotBeStartedSaysSoInTheStream() throws Exception {
    String id = exec("\"Cmd\":[\"/nosuch\"],\"AttachStdout\":true");
    try (RawClient client = startExec(id, "/v1.51", UPGRADE, "{}")) {
      client.head();
      assertThat(new String(client.in().readAllBytes(), UTF_8)).contains("/nosuch");
    }
    assertThat(api.ask("GET /exec/" + id + "/json").expect(200).json().path("ExitCode").asInt(-1)).isEqualTo(127);
  }

  @Test
  void aClientThatGoesAwayLeavesTheContainerRunning() throws Exception {
    api.ask("POST /containers/create?name=left", "{\"Image\":\"pcsuite/busybox:1\",\"Cmd\":[\"cat\"],\"OpenStdin\":true}").expect(201);
    api.ask("POST /containers/left/start").expect(204);
    try (RawClient client = new RawClient(engine.socket())) {
      client.send("POST /containers/left/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: d\r\n" + UPGRADE + "\r\n");
      client.head();
      client.send("a\n");
      assertThat(frame(client, 1)).isEqualTo("a\n");
    }
    assertThat(api.ask("GET /containers/left/json").expect(200).json().path("State").path("Running").asBoolean()).isTrue();
    api.ask("DELETE /containers/left?force=1").expect(204);
  }

  @Test
  void aWaitAnswersItsHeadBeforeTheEnd() throws Exception {
    api.ask("POST /containers/create?name=waited", "{\"Image\":\"pcsuite/busybox:1\",\"Cmd\":[\"sh\",\"-c\",\"exit 7\"]}").expect(201);
    try (RawClient client = new RawClient(engine.socket())) {
      client.send("POST /containers/waited/wait?condition=next-exit HTTP/1.1\r\nHost: d\r\n\r\n");
      assertThat(client.head().status()).isEqualTo(200);
      api.ask("POST /containers/waited/start").expect(204);
      assertThat(new String(client.chunk(), UTF_8)).isEqualTo("{\"StatusCode\":7}\n");
    }
    api.ask("DELETE /containers/waited").expect(204);
  }
}
