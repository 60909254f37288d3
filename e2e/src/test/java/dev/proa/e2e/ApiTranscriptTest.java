package dev.proa.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.e2e.Api.Reply;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The API against its published description, told as a transcript: every JSON answer is compared with the schema of its operation, so each
 * line here tests a shape as well as a status.
 */
@Timeout(120)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ApiTranscriptTest {
  /** There is no Swarm, and a session is BuildKit's: see whatIsNotThereSaysSo. */
  private static final Pattern NOT_SERVED = Pattern.compile("\\w+ /(swarm|nodes|services|tasks|secrets|configs|session|volumes/\\{name\\} 4)\\b.*|PUT /volumes/.*");

  /** What wants a registry, a context or a plugin of its own is asked by e2e/cli (30-build, 80-registry to 84-verify, 91-plugins). */
  private static final Pattern ASKED_ELSEWHERE =
      Pattern.compile("\\w+ /(auth|distribution/.*|plugins/(pull|create|privileges|\\{name}/(upgrade|push|set|enable|disable))|images/search) .*|.* /plugins/\\{name} 200|POST /images/\\{name}/push 200|POST /images/create 404|POST /build 200");

  /** Described, but given by neither the Docker Engine nor this one. */
  private static final Set<String> NEVER =
      Set.of(
          "DELETE /containers/{id} 400", // what is no boolean is true
          "GET /containers/{id}/attach/ws 200", // 101, as of any websocket
          "POST /images/{name}/push 404", // 200, and the error in the stream
          "POST /images/{name}/tag 409", // the name moves
          "PUT /containers/{id}/archive 403"); // 400

  private static final String WEBSOCKET =
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  private static final String IMAGE = "pcsuite/busybox:1";

  @TempDir static Path folder;
  private static EngineUnderTest engine;
  private static Api api;

  @BeforeAll
  static void start() throws Exception {
    engine = EngineUnderTest.start();
    api = new Api(engine.socket(), ApiDescription.load());
    api.upload("POST /images/load", "application/x-tar", EngineUnderTest.image(folder)).expect(200);
  }

  @AfterAll
  static void stop() throws Exception {
    if (engine != null) {
      engine.close();
    }
  }

  private static String create(String name, String members) throws Exception {
    Reply created = api.ask("POST /containers/create?name=" + name, "{\"Image\":\"" + IMAGE + "\"," + members + "}").expect(201);
    return created.json().path("Id").stringValue();
  }

  @Test
  void system() throws Exception {
    Reply version = api.ask("GET /version").expect(200);
    assertThat(version.json().path("ApiVersion").asString()).isEqualTo("1.51");
    assertThat(version.json().path("MinAPIVersion").asString()).isEqualTo("1.24");
    api.ask("GET /info").expect(200);
    api.ask("GET /system/df").expect(200);
    assertThat(api.ask("GET /system/df?type=volume").expect(200).json().path("Images").isNull()).isTrue();
    api.ask("GET /system/df?type=nosuch").expect(400);
    assertThat(api.ask("GET /_ping").expect(200).text()).isEqualTo("OK");
    assertThat(api.ask("GET /events?since=0&until=1").expect(200).text()).isEmpty();
  }

  @Test
  void images() throws Exception {
    assertThat(api.ask("GET /images/json").expect(200).json()).isNotEmpty();
    assertThat(api.ask("GET /images/json?shared-size=1").expect(200).json().get(0).path("SharedSize").asLong(-1)).isGreaterThanOrEqualTo(0);
    api.ask("GET /images/" + IMAGE + "/json").expect(200);
    api.ask("GET /images/" + IMAGE + "/history").expect(200);
    api.ask("POST /images/" + IMAGE + "/tag?repo=transcript&tag=x").expect(201);
    api.ask("POST /images/nosuch/tag?repo=transcript&tag=x").expect(404);
    assertThat(api.ask("DELETE /images/transcript:x").expect(200).json().get(0).path("Untagged").asString()).isEqualTo("transcript:x");
    assertThat(api.ask("DELETE /images/transcript:x").expect(404).message()).isEqualTo("No such image: transcript:x");
    api.ask("POST /images/prune").expect(200);
    assertThat(api.ask("GET /images/nosuch/json").expect(404).message()).isEqualTo("No such image: nosuch:latest");
    api.ask("POST /images/create").expect(400);
    api.ask("POST /images/create?fromSrc=http://192.0.2.1:9/x").expect(500);
    api.ask("POST /images/create?fromSrc=file:///etc/passwd").expect(400);
    api.ask("GET /images/search?term=a&limit=999").expect(400);
    assertThat(api.ask("GET /images/json?filters=%7B%22nosuch%22:%5B%221%22%5D%7D").expect(400).message()).isEqualTo("invalid filter 'nosuch'");
    api.ask("GET /images/get").expect(200);
    assertThat(api.ask("POST /images/" + IMAGE + "/push").expect(200).text()).contains("The push refers to repository [docker.io/pcsuite/busybox]");
  }

  @Test
  void volumes() throws Exception {
    api.ask("POST /volumes/create", "{\"Name\":\"vol-a\",\"Labels\":{\"a\":\"b\"}}").expect(201);
    api.ask("POST /volumes/create", "{}").expect(201);
    api.ask("GET /volumes").expect(200);
    api.ask("GET /volumes/vol-a").expect(200);
    assertThat(api.ask("GET /volumes/nosuch").expect(404).message()).isEqualTo("get nosuch: no such volume");
    api.ask("POST /volumes/prune").expect(200);
    api.ask("DELETE /volumes/vol-a").expect(204);
    api.ask("DELETE /volumes/vol-a").expect(404);
    api.ask("DELETE /volumes/vol-a?force=1").expect(204);
    api.ask("PUT /volumes/vol-a?version=1", "{}").expect(503);
  }

  @Test
  void networks() throws Exception {
    api.ask("GET /networks").expect(200);
    api.ask("GET /networks/none").expect(200);
    assertThat(api.ask("GET /networks/nosuch").expect(404).message()).isEqualTo("network nosuch not found");
    api.ask("POST /networks/prune").expect(200);
    api.ask("POST /networks/create", "{\"Name\":\"x0\",\"Driver\":\"nosuch\"}").expect(404);
    api.ask("POST /networks/create", "{\"Name\":\"x1\",\"Labels\":{\"a\":\"b\"},\"IPAM\":{\"Config\":[{\"Subnet\":\"10.213.7.0/24\"}]}}").expect(201);
    assertThat(api.ask("POST /networks/create", "{\"Name\":\"x1\"}").expect(409).message()).isEqualTo("network with name x1 already exists");
    String id = create("connected", "\"Cmd\":[\"sleep\",\"1000\"],\"HostConfig\":{\"NetworkMode\":\"x1\"}");
    api.ask("POST /containers/connected/start").expect(204);
    assertThat(api.ask("GET /networks/x1").expect(200).json().path("Containers").path(id).path("IPv4Address").asString()).isEqualTo("10.213.7.2/24");
    assertThat(api.ask("DELETE /networks/x1").expect(403).message()).contains("has active endpoints");
    api.ask("POST /networks/bridge/connect", "{\"Container\":\"connected\"}").expect(200);
    api.ask("POST /networks/bridge/connect", "{\"Container\":\"connected\"}").expect(403);
    api.ask("GET /containers/connected/json").expect(200);
    api.ask("POST /networks/bridge/disconnect", "{\"Container\":\"connected\"}").expect(200);
    api.ask("POST /networks/nosuch/connect", "{\"Container\":\"connected\"}").expect(404);
    api.ask("POST /networks/x1/connect", "{\"Container\":\"nosuch\"}").expect(404);
    api.ask("DELETE /containers/connected?force=1").expect(204);
    api.ask("DELETE /networks/x1").expect(204);
    api.ask("DELETE /networks/x1").expect(404);
    api.ask("DELETE /networks/bridge").expect(403);
  }

  @Test
  void whatIsNotThereSaysSo() throws Exception {
    api.ask("GET /plugins/nosuch/json").expect(404);
    assertThat(api.ask("POST /build?version=2").expect(400).message()).startsWith("no active session");
    assertThat(api.ask("POST /build").expect(400).message()).isEqualTo("Cannot locate specified Dockerfile: Dockerfile");
    api.ask("POST /build/prune").expect(200);
    api.ask("POST /commit?container=x").expect(404);
    assertThat(api.ask("POST /session").expect(400).message()).startsWith("no upgrade to h2c is asked for");
    api.ask("GET /swarm").expect(503);
    api.ask("GET /nodes").expect(503);
    api.ask("GET /services").expect(503);
    api.ask("POST /swarm/init", "{}").expect(501);
    api.ask("POST /swarm/leave").expect(503);
  }

  @Test
  void pluginsAreTheBundles() throws Exception {
    JsonNode all = api.ask("GET /plugins").expect(200).json();
    assertThat(all.findValuesAsString("Description")).contains("storage overlay", "network bridge", "isolation namespace");
    String id = all.get(0).path("Id").asString();
    assertThat(api.ask("GET /plugins/" + id.substring(0, 12) + "/json").expect(200).json()).isEqualTo(all.get(0));
    assertThat(api.ask("GET /plugins?filters={\"capability\":[\"graphdriver\"]}").expect(200).json()).isNotEmpty().hasSizeLessThan(all.size());
    assertThat(api.ask("GET /plugins?filters={\"enabled\":[\"false\"]}").expect(200).json()).isEmpty();
    assertThat(api.ask("GET /plugins?filters={\"colour\":[\"red\"]}").expect(400).message()).isEqualTo("invalid filter 'colour'");
    assertThat(api.ask("POST /plugins/" + id + "/enable").expect(409).message()).endsWith("is already enabled");
    assertThat(api.ask("DELETE /plugins/proa-network-none").expect(409).message()).contains("disable it first");
    assertThat(api.ask("DELETE /plugins/proa-network-none?force=1").expect(400).message()).contains("came with the installation");
    assertThat(api.ask("POST /plugins/proa-network-none/disable").expect(409).message()).contains("network none (network driver null)");
    api.ask("POST /plugins/pull").expect(400);
  }

  private static final List<String> VERBS =
      List.of("POST start", "POST stop", "POST restart", "POST kill", "POST pause", "POST unpause", "POST attach", "POST wait", "GET json", "GET top", "GET logs?stdout=1",
          "GET changes", "GET export", "GET stats", "POST resize?h=1&w=1", "POST rename?name=other", "HEAD archive?path=/", "GET archive?path=/", "GET attach/ws");

  @Test
  void whatDoesNotExistIsNotFound() throws Exception {
    for (String verb : VERBS) {
      String[] parts = verb.split(" ", 2);
      String upgrade = parts[1].endsWith("/ws") ? WEBSOCKET : "";
      api.upgrade(parts[0] + " /containers/nosuch/" + parts[1], upgrade).expect(404);
    }
    api.ask("POST /containers/nosuch/update", "{}").expect(404);
    api.ask("POST /containers/nosuch/exec", "{\"Cmd\":[\"true\"]}").expect(404);
    api.upload("PUT /containers/nosuch/archive?path=/", "application/x-tar", new byte[1024]).expect(404);
    api.ask("POST /exec/nosuch/start", "{}").expect(404);
    api.ask("POST /exec/nosuch/resize?h=1&w=1").expect(404);
    api.ask("GET /images/nosuch/history").expect(404);
    assertThat(api.ask("POST /images/nosuch/push?tag=x").expect(200).text()).contains("An image does not exist locally with the tag: nosuch");
    api.ask("POST /networks/nosuch/disconnect", "{\"Container\":\"nosuch\"}").expect(404);
  }

  @Test
  void streamsAndFiles() throws Exception {
    create("streams", "\"Cmd\":[\"sh\",\"-c\",\"echo said; sleep 600\"],\"Tty\":true");
    api.ask("POST /containers/streams/start").expect(204);
    assertThat(api.ask("GET /containers/streams/logs?stdout=1").expect(200).text()).contains("said");
    assertThat(api.ask("POST /containers/streams/attach?logs=1&stdout=1").expect(200).text()).contains("said");
    assertThat(api.upgrade("POST /containers/streams/attach?logs=1&stdout=1", "Upgrade: tcp\r\n").expect(101).text()).contains("said");
    assertThat(api.upgrade("GET /containers/streams/attach/ws?logs=1&stdout=1", WEBSOCKET).expect(101).text()).contains("said");
    api.ask("GET /containers/streams/attach/ws").expect(400);
    api.ask("POST /containers/streams/resize?h=20&w=40").expect(200);
    String exec = api.ask("POST /containers/streams/exec", "{\"Cmd\":[\"sleep\",\"600\"],\"Tty\":true}").expect(201).json().path("Id").asString();
    api.ask("POST /exec/" + exec + "/start", "{\"Detach\":true,\"Tty\":true}").expect(200);
    api.ask("POST /exec/" + exec + "/resize?h=20&w=40").expect(200);
    api.ask("POST /exec/" + exec + "/resize?h=x&w=40").expect(400);
    api.upload("PUT /containers/streams/archive?path=/tmp", "application/x-tar", EngineUnderTest.image(folder)).expect(200);
    api.upload("PUT /containers/streams/archive?path=/etc/passwd", "application/x-tar", new byte[1024]).expect(400);
    api.upload("PUT /containers/streams/archive", "application/x-tar", new byte[1024]).expect(400);
    api.ask("HEAD /containers/streams/archive?path=/etc").expect(200);
    api.ask("HEAD /containers/streams/archive").expect(400);
    api.ask("GET /containers/streams/archive?path=/etc").expect(200);
    api.ask("GET /containers/streams/archive").expect(400);
    api.ask("GET /containers/streams/export").expect(200);
    assertThat(api.ask("POST /containers/streams/unpause").expect(500).message()).endsWith("is not paused");
    api.ask("POST /containers/streams/restart?t=0").expect(204);
    create("taken", "\"Cmd\":[\"true\"],\"HostConfig\":{\"ReadonlyRootfs\":true,\"NetworkMode\":\"none\"},\"Volumes\":{\"/v\":{}}");
    api.ask("POST /containers/streams/rename?name=taken").expect(409);
    assertThat(api.upload("PUT /containers/taken/archive?path=/etc", "application/x-tar", new byte[1024]).expect(400).message())
        .isEqualTo("container rootfs is marked read-only");
    api.ask("POST /networks/bridge/disconnect", "{\"Container\":\"taken\"}").expect(403);
    String volume = api.ask("GET /containers/taken/json").expect(200).json().path("Mounts").get(0).path("Name").asString();
    api.ask("DELETE /volumes/" + volume).expect(409);
    api.ask("DELETE /images/" + IMAGE).expect(409);
    api.ask("POST /containers/streams/kill").expect(204);
    String made = api.ask("POST /commit?container=taken&repo=transcript&tag=made").expect(201).json().path("Id").asString();
    api.ask("GET /images/" + made + "/get").expect(200);
    api.ask("DELETE /images/transcript:made").expect(200);
    api.ask("DELETE /containers/streams?force=1").expect(204);
    api.ask("DELETE /containers/taken?v=1").expect(204);
    api.ask("DELETE /containers/?force=1").expect(404);
  }

  @Test
  void whatNoRequestCanBeIsRefused() throws Exception {
    api.ask("GET /containers/json?filters=%7Bbad").expect(400);
    api.ask("GET /events?since=x").expect(400);
    api.ask("POST /images/" + IMAGE + "/tag?repo=UPPER").expect(400);
    api.upload("POST /images/create?fromSrc=-&repo=imported&tag=x", "application/x-tar", new byte[1024]).expect(200);
    api.ask("DELETE /images/imported:x").expect(200);
    assertThat(api.ask("POST /images/create?fromImage=127.0.0.1:1/nosuch&tag=x").expect(500).message()).contains("connection refused");
    assertThat(api.ask("POST /images/" + IMAGE + "/tag?repo=sha256:aaaa").expect(400).message())
        .isEqualTo("refusing to create an ambiguous tag using digest algorithm as name");
    assertThat(api.ask("POST /networks/create", "{}").expect(400).message()).isEqualTo("invalid name: name is empty");
    api.ask("POST /networks/create", "{\"Name\":\"bridge\"}").expect(403);
    assertThat(api.ask("POST /networks/nosuch/disconnect", "{\"Container\":\"nosuch\"}").expect(404).message()).isEqualTo("No such container: nosuch");
    assertThat(api.ask("DELETE /containers/nosuch?link=1").expect(404).message()).isEqualTo("No such container: nosuch");
    assertThat(api.ask("POST /containers/nosuch/attach?detachKeys=ctrl-%C3%BC&stdin=1").expect(400).message()).startsWith("Invalid detach keys (ctrl-");
    api.ask("GET /containers/nosuch/attach/ws").expect(404);
    api.ask("DELETE /plugins/nosuch").expect(404);
    api.ask("POST /networks/bridge/connect", "{\"Container\":[]}").expect(400);
    api.ask("HEAD /_ping").expect(200);
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void everyDescribedAnswerWasAskedFor() {
    Set<String> missing = new TreeSet<>();
    ApiDescription description = ApiDescription.load();
    for (String operation : description.operations()) {
      description.statuses(operation).stream().filter(status -> status < 500).forEach(status -> missing.add(operation + " " + status));
    }
    missing.removeIf(NOT_SERVED.asMatchPredicate().or(ASKED_ELSEWHERE.asMatchPredicate()));
    missing.removeAll(NEVER);
    missing.removeAll(api.judged());
    assertThat(missing).isEmpty();
  }

  @Test
  void aContainersLife() throws Exception {
    assertThat(api.ask("POST /containers/create", "").expect(400).message()).contains("EOF");
    assertThat(api.ask("POST /containers/create", "{\"Image\":[\"a\"]}").expect(400).message()).contains("cannot unmarshal");
    assertThat(api.ask("POST /containers/create", "{\"Image\":\"nosuch\"}").expect(404).message()).isEqualTo("No such image: nosuch:latest");
    String id = create("life", "\"Cmd\":[\"sh\",\"-c\",\"trap 'exit 3' TERM; echo out; echo err >&2; while :; do sleep 0.1; done\"],\"NoSuchField\":1");
    assertThat(api.ask("POST /containers/create?name=life", "{\"Image\":\"" + IMAGE + "\"}").expect(409).message())
        .startsWith("Conflict. The container name \"/life\" is already in use by container");
    api.ask("GET /containers/life/json?size=1").expect(200);
    api.ask("GET /containers/json?all=1&size=1").expect(200);
    api.ask("POST /containers/life/resize?h=1&w=1").expect(409);
    api.ask("POST /containers/life/resize?h=x&w=1").expect(400);
    api.ask("POST /containers/life/start").expect(204);
    api.ask("POST /containers/life/start").expect(304);
    api.ask("GET /containers/life/top").expect(200);
    api.ask("GET /containers/life/stats?stream=false&one-shot=true").expect(200);
    JsonNode stats = api.ask("GET /containers/life/stats?stream=false").expect(200).json();
    assertThat(stats.path("precpu_stats").path("system_cpu_usage").isNumber()).isTrue();
    api.ask("GET /containers/life/stats?stream=true&one-shot=true").expect(400);
    api.ask("GET /containers/life/changes").expect(200);
    assertThat(api.ask("GET /containers/life/logs").expect(400).message()).isEqualTo("Bad parameters: you must choose at least one stream");
    api.ask("POST /containers/life/pause").expect(204);
    api.ask("POST /containers/life/pause").expect(409);
    api.ask("POST /containers/life/unpause").expect(204);
    api.ask("POST /containers/life/rename?name=life2").expect(204);
    api.ask("POST /containers/life2/update", "{\"PidsLimit\":50}").expect(200);
    api.ask("POST /containers/life2/kill?signal=NOSUCH").expect(400);
    api.ask("DELETE /containers/life2").expect(409);
    api.ask("GET /containers/" + id.substring(0, 12) + "/json").expect(200);
    api.ask("POST /containers/life2/stop?t=20").expect(204);
    api.ask("POST /containers/life2/stop").expect(304);
    assertThat(api.ask("POST /containers/life2/wait").expect(200).json().path("StatusCode").asInt()).isEqualTo(3);
    api.ask("POST /containers/life2/wait?condition=nosuch").expect(400);
    api.ask("GET /containers/life2/json").expect(200);
    api.ask("POST /containers/life2/kill").expect(409);
    api.ask("DELETE /containers/life2?v=1").expect(204);
    assertThat(api.ask("DELETE /containers/life2").expect(404).message()).isEqualTo("No such container: life2");
    api.ask("POST /containers/prune").expect(200);
  }

  @Test
  void anExecsLife() throws Exception {
    create("execs", "\"Cmd\":[\"sleep\",\"600\"]");
    assertThat(api.ask("POST /containers/execs/exec", "{\"Cmd\":[\"true\"]}").expect(409).message()).contains("is not running");
    api.ask("POST /containers/execs/start").expect(204);
    assertThat(api.ask("POST /containers/execs/exec", "{}").expect(400).message()).isEqualTo("No exec command specified");
    String exec = api.ask("POST /containers/execs/exec", "{\"Cmd\":[\"sh\",\"-c\",\"exit 4\"]}").expect(201).json().path("Id").asString();
    api.ask("GET /exec/" + exec + "/json").expect(200);
    api.ask("POST /exec/" + exec + "/start", "{\"Detach\":true}").expect(200);
    api.ask("POST /exec/" + exec + "/start", "{\"Detach\":true}").expect(409);
    assertThat(api.ask("GET /exec/0123456789ab/json").expect(404).message()).isEqualTo("No such exec instance: 0123456789ab");
    api.ask("DELETE /containers/execs?force=1").expect(204);
  }
}
