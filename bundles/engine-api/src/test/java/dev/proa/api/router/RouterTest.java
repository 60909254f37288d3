package dev.proa.api.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.proa.api.http.HttpLimits;
import dev.proa.api.http.HttpServer;
import dev.proa.api.http.RawClient;
import dev.proa.api.http.RawClient.Answer;
import dev.proa.api.system.PingHandler;
import dev.proa.api.system.SystemRoutes;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Paths, versions, queries, bodies and failures, over a real socket. */
@Timeout(30)
class RouterTest {
  @TempDir Path folder;
  private Path socket;
  private HttpServer server;

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Inner(long memory, @Nullable List<Integer> sizes) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Document(@Nullable String image, boolean tty, @Nullable Map<String, String> labels, @JsonUnwrapped @Nullable Inner inner) {}

  @BeforeEach
  void listen() {
    socket = folder.resolve("api.sock");
    List<Route> routes = new ArrayList<>(SystemRoutes.ping(new PingHandler()));
    routes.add(Route.get("/things/{name}/json", call -> call.json(Map.of("Name", call.parameter(), "Version", call.version().toString()))));
    routes.add(Route.delete("/things/{name}", call -> call.json(Map.of("Deleted", call.parameter()))));
    routes.add(Route.get("/things/json", call -> call.json(call.query().filters())));
    routes.add(Route.post("/things/create", call -> call.json(201, call.body(Document.class, "CreateRequest"))));
    routes.add(Route.get("/flag", call -> call.json(call.query().flag("f"))));
    routes.add(Route.get("/time", call -> call.json(Map.of("t", call.query().time("t")))));
    routes.add(
        Route.get(
            "/fail/{class}",
            call -> {
              throw new ProaException(ErrorClass.valueOf(call.parameter()), "it failed: \"<" + call.parameter() + ">\"");
            }));
    routes.add(
        Route.get(
            "/bug",
            call -> {
              throw new IllegalStateException("a bug");
            }));
    routes.add(
        Route.get(
            "/half",
            call -> {
              OutputStream out = call.stream(Call.JSON);
              out.write('{');
              out.flush();
              throw ProaException.internal("the rest is missing", null);
            }));
    server = new HttpServer(new Router("9.8.7", false, routes), HttpLimits.DEFAULT);
    server.listen(socket);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Answer get(String target) throws IOException {
    try (RawClient client = new RawClient(socket)) {
      return client.get(target).answer();
    }
  }

  private Answer send(String request) throws IOException {
    try (RawClient client = new RawClient(socket)) {
      return client.send(request).answer();
    }
  }

  private Answer post(String target, String body) throws IOException {
    try (RawClient client = new RawClient(socket)) {
      return client.post(target, body).answer();
    }
  }

  @Test
  void everyAnswerNamesTheServerAndItsApi() throws Exception {
    for (String target : List.of("/_ping", "/nosuch", "/v1.10/_ping", "/fail/INTERNAL")) {
      assertThat(get(target).headers())
          .containsEntry("api-version", "1.51")
          .containsEntry("docker-experimental", "false")
          .containsEntry("ostype", "linux")
          .containsEntry("server", "Proa/9.8.7 (linux)")
          .containsKey("date");
    }
  }

  @Test
  void pingIsAnsweredToGetAndHead() throws Exception {
    Answer get = get("/_ping");
    assertThat(get.text()).isEqualTo("OK");
    assertThat(get.headers()).containsEntry("builder-version", "2").containsEntry("swarm", "inactive").containsEntry("pragma", "no-cache");
    try (RawClient client = new RawClient(socket)) {
      RawClient.Head head = client.send("HEAD /v1.41/_ping HTTP/1.1\r\nHost: d\r\n\r\n").head();
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.headers()).containsEntry("content-length", "0");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/things/a/json, a, 1.51",
    "/v1.24/things/a/json, a, 1.24",
    "/v1.51/things/a/json, a, 1.51",
    "http://d/v1.30/things/a/json, a, 1.30",
    "/v1.44/things/localhost:5000/team/image@sha256:0a/json, localhost:5000/team/image@sha256:0a, 1.44",
    "/things/a%2Fb%3A1/json?x=y, a/b:1, 1.51",
    "/things/a+b/json, a+b, 1.51",
  })
  void aPathIsServedWithAndWithoutVersion(String target, String name, String version) throws Exception {
    assertThat(get(target).text()).contains("\"Name\":\"" + name + "\"").contains("\"Version\":\"" + version + "\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v1.10/_ping | 400 | client version 1.10 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version",
        "/v9.99/_ping | 400 | client version 9.99 is too new. Maximum supported API version is 1.51",
        "/v1.52/nosuch | 400 | client version 1.52 is too new. Maximum supported API version is 1.51",
        "/v99999999999.1/_ping | 400 | invalid API version: 99999999999.1",
        "/nosuch | 404 | page not found",
        "/v1.44/things/ | 404 | page not found",
        "/v1.44 | 404 | page not found",
        "/ | 404 | page not found",
        "/%zz | 400 | invalid path: unterminated escape sequence at index 2 of: %zz",
        "/things/json?filters=%7Bbad | 400 | invalid filter",
        "/things/json?filters=%5B%5D | 400 | invalid filter",
        "/things/json?filters=%7B%22a%22%3A1%7D | 400 | invalid filter",
        "/time?t=x | 400 | invalid value \"x\" for t: neither seconds since 1970 nor a time such as 2026-01-02T15:04:05Z",
      })
  void whatIsWrongWithARequestIsSaid(String target, int status, String message) throws Exception {
    Answer answer = get(target);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.headers()).containsEntry("content-type", "application/json");
    if (!target.equals("/%zz")) {
      assertThat(answer.text()).isEqualTo("{\"message\":\"" + message.replace("\"", "\\\"") + "\"}\n");
    }
  }

  @Test
  void aWrongMethodIsAPageThatIsNotThere() throws Exception {
    Answer answer = send("PATCH /v1.44/things/json HTTP/1.1\r\nHost: d\r\n\r\n");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.text()).contains("page not found");
    assertThat(send("PUT /things/x HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @EnumSource(ErrorClass.class)
  void everyClassOfFailureHasItsStatus(ErrorClass errorClass) throws Exception {
    Answer answer = get("/fail/" + errorClass);
    if (errorClass == ErrorClass.NOT_MODIFIED) {
      assertThat(answer.status()).isEqualTo(304);
      return;
    }
    assertThat(answer.status()).isGreaterThanOrEqualTo(400);
    assertThat(answer.text()).isEqualTo("{\"message\":\"it failed: \\\"<" + errorClass + ">\\\"\"}\n");
  }

  @Test
  void aBugIs500AndTheConnectionStays() throws Exception {
    try (RawClient client = new RawClient(socket)) {
      assertThat(client.get("/bug").answer().status()).isEqualTo(500);
      assertThat(client.get("/_ping").answer().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({"'',false", "f,false", "f=,false", "f=0,false", "f=no,false", "f=False,false", "f=none,false", "f=1,true", "f=true,true", "f=x,true"})
  void flagsAreReadAsTheDockerEngineReadsThem(String query, boolean value) throws Exception {
    assertThat(get("/flag?" + query).text().strip()).isEqualTo(Boolean.toString(value));
  }

  @Test
  void filtersComeAsListsOrAsMaps() throws Exception {
    assertThat(get("/things/json?filters=%7B%22label%22%3A%5B%22a%3D1%22%5D%7D").text()).isEqualTo("{\"label\":[\"a=1\"]}\n");
    assertThat(get("/things/json?filters=%7B%22label%22%3A%7B%22a%3D1%22%3Atrue%7D%7D").text()).isEqualTo("{\"label\":[\"a=1\"]}\n");
    assertThat(get("/things/json").text()).isEqualTo("{}\n");
  }

  @Test
  void timesKeepTheirNanoseconds() throws Exception {
    assertThat(get("/time?t=1136073600.000000001").text()).isEqualTo("{\"t\":\"2006-01-01T00:00:00.000000001Z\"}\n");
    assertThat(get("/time?t=1136073600.5").text()).isEqualTo("{\"t\":\"2006-01-01T00:00:00.5Z\"}\n");
    assertThat(get("/time?t=1136073600").text()).isEqualTo("{\"t\":\"2006-01-01T00:00:00Z\"}\n");
    assertThat(get("/time?t=2006-01-01T01:00:00%2B01:00").text()).isEqualTo("{\"t\":\"2006-01-01T00:00:00Z\"}\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"Image\":\"a\",\"NoSuchField\":1}",
        "{\"image\":\"a\",\"TTY\":true,\"Memory\":5,\"Sizes\":[1,2]}",
        "{\"Image\":null,\"Tty\":null,\"Labels\":{\"a\":\"b\"},\"Memory\":null}",
        "{}",
        "null",
      })
  void bodiesAreReadWithoutRegardToCaseAndUnknownFields(String body) throws Exception {
    assertThat(post("/things/create", body).status()).isEqualTo(201);
  }

  @Test
  void unwrappedMembersAreReadAndWritten() throws Exception {
    assertThat(post("/things/create", "{\"image\":\"a\",\"TTY\":true,\"Memory\":5,\"Sizes\":[1,2]}").text())
        .isEqualTo("{\"Image\":\"a\",\"Tty\":true,\"Labels\":null,\"Memory\":5,\"Sizes\":[1,2]}\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"Image\":[\"a\"]} | cannot unmarshal array into Go struct field CreateRequest.Image of type string",
        "{\"Image\":5} | cannot unmarshal number into Go struct field CreateRequest.Image of type string",
        "{\"Tty\":\"yes\"} | cannot unmarshal string into Go struct field CreateRequest.Tty of type bool",
        "{\"Memory\":\"5\"} | cannot unmarshal string into Go struct field CreateRequest.Memory of type int64",
        "{\"Labels\":{\"a\":1}} | cannot unmarshal number into Go struct field CreateRequest.Labels.a of type string",
        "[] | cannot unmarshal array into Go value of type",
        "{ | invalid JSON: unexpected EOF",
        "{bad | invalid JSON: invalid character 'b' looking for beginning of object key string",
        "{\"a\" 1} | invalid JSON: invalid character '1' after object key",
        "{\"a\":1 2} | invalid JSON: invalid character '2' after object key:value pair",
        "{\"a\":[1 2]} | invalid JSON: invalid character '2' after array element",
        "{\"a\":trux} | invalid JSON: invalid character 'x' in literal true (expecting 'e')",
        "{\"a\":01} | invalid JSON: invalid character '1' after object key:value pair",
        "{\"a\":1.} | invalid JSON: invalid character '}' after decimal point in numeric literal",
        "{\"a\":'x'} | invalid JSON: invalid character '\\\\'' looking for beginning of value",
        "{\"Image\":\"a\"} x | ",
        "' ' | invalid JSON: got EOF while reading request body",
      })
  void badBodiesAre400InDockersWords(String body, @Nullable String message) throws Exception {
    Answer answer = post("/things/create", body);
    assertThat(answer.status()).isEqualTo(400);
    if (message != null) {
      assertThat(new String(answer.body(), UTF_8).replace("\\\"", "\"")).contains(message);
    }
  }

  @Test
  void deepNestingIsRefused() throws Exception {
    assertThat(post("/things/create", "{\"x\":".repeat(5000) + "1" + "}".repeat(5000)).status()).isEqualTo(400);
  }

  @Test
  void aBodyOfAnotherTypeIsRefused() throws Exception {
    Answer plain = send("POST /things/create HTTP/1.1\r\nHost: d\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}");
    assertThat(plain.status()).isEqualTo(400);
    assertThat(plain.text()).contains("unsupported Content-Type header (text/plain): must be 'application/json'");
    Answer none = send("POST /things/create HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{}");
    assertThat(none.text()).contains("malformed Content-Type header");
    Answer charset =
        send("POST /things/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}");
    assertThat(charset.status()).isEqualTo(201);
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() throws Exception {
    String body = "{\"Image\":\"" + "x".repeat(5 << 20) + "\"}";
    Answer answer = post("/things/create", body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("larger than 4194304 bytes");
  }
}
