package dev.proa.api.build;

import dev.proa.api.json.Json;
import dev.proa.api.router.Call;
import dev.proa.api.router.Query;
import dev.proa.api.streams.ProgressStream;
import dev.proa.buildkit.Buildkit;
import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** BuildKit's doors: {@code /grpc} and {@code /session}, after which a connection speaks HTTP/2, and builds as clients before buildx ask for them. */
public final class BuildkitHandlers {
  private static final String PROTOCOL = "h2c";
  private static final String SESSION_ID = "X-Docker-Expose-Session-Uuid";
  private static final String SHARED_KEY = "X-Docker-Expose-Session-Sharedkey";
  private static final String METHODS = "X-Docker-Expose-Session-Grpc-Method";
  private static final String UPLOAD = "upload-request";

  private final Buildkit buildkit;

  public BuildkitHandlers(Buildkit buildkit) {
    this.buildkit = buildkit;
  }

  private static void checkUpgrade(Call call) {
    String wanted = call.exchange().header("Upgrade");
    if (!call.exchange().wantsUpgrade() || wanted == null || !wanted.equalsIgnoreCase(PROTOCOL)) {
      throw ProaException.invalid("no upgrade to " + PROTOCOL + " is asked for: this address speaks BuildKit's protocol, which buildx does");
    }
  }

  void control(Call call) throws IOException {
    checkUpgrade(call);
    call.exchange().upgrade(PROTOCOL, buildkit.control());
  }

  void session(Call call) throws IOException {
    checkUpgrade(call);
    String id = call.exchange().header(SESSION_ID);
    String key = call.exchange().header(SHARED_KEY);
    call.exchange().upgrade(PROTOCOL, buildkit.session(id == null ? "" : id, key == null ? "" : key, call.exchange().headers(METHODS)));
  }

  void build(Call call) throws Exception {
    Query query = call.query();
    String build = query.get("buildid");
    if (build.startsWith(UPLOAD + ":")) {
      buildkit.upload(build.substring(UPLOAD.length() + 1), call.exchange().body());
      call.noContent();
      return;
    }
    ProgressStream.answer(call, progress -> build(call, query, progress));
  }

  private void build(Call call, Query query, ProgressSink progress) throws IOException {
    String remote = query.get("remote");
    Map<String, String> attributes = attributes(query);
    String output = "moby";
    Map<String, String> outputAttributes = new LinkedHashMap<>();
    if (!query.get("outputs").isEmpty() && !query.get("outputs").equals("null")) {
      JsonNode outputs = BuildHandlers.array(query.get("outputs"), "outputs");
      if (outputs.size() > 1) {
        throw ProaException.invalid("multiple outputs not supported");
      }
      for (JsonNode one : outputs) {
        output = one.path("Type").asString("");
        one.path("Attrs").properties().forEach(each -> outputAttributes.put(each.getKey(), each.getValue().asString("")));
      }
    }
    List<String> tags = query.all("t").stream().filter(tag -> !tag.isEmpty()).toList();
    if (!tags.isEmpty()) {
      outputAttributes.put("name", String.join(",", tags));
    }
    try (InputStream context = context(call, query, remote)) {
      List<String> caches = BuildHandlers.cacheFrom(query.get("cachefrom"));
      Buildkit.Request request = new Buildkit.Request(attributes, query.get("session"), caches, output, outputAttributes, context == NONE ? null : context);
      Map<String, String> result =
          buildkit.build(request, status -> progress.send(aux("moby.buildkit.trace", '"' + Base64.getEncoder().encodeToString(status) + '"')));
      String id = result.get("containerimage.digest");
      if (id != null) {
        progress.send(aux("moby.image.id", Json.mapper().writeValueAsString(Map.of("ID", id))));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ProaException.unavailable("the build was canceled", e);
    }
  }

  private static final InputStream NONE = InputStream.nullInputStream();

  private InputStream context(Call call, Query query, String remote) throws InterruptedException {
    return switch (remote) {
      case UPLOAD -> buildkit.awaitUpload(query.get("buildid"));
      case "" -> call.exchange().body();
      default -> NONE;
    };
  }

  private static ProgressMessage aux(String id, String json) {
    return new ProgressMessage(id, null, null, null, json, null);
  }

  private static Map<String, String> attributes(Query query) {
    Map<String, String> attributes = new LinkedHashMap<>();
    String remote = query.get("remote");
    if (!remote.isEmpty() && !remote.equals("client-session") && !remote.equals(UPLOAD)) {
      attributes.put("context", remote);
    }
    put(attributes, "filename", query.get("dockerfile"));
    put(attributes, "target", query.get("target"));
    put(attributes, "platform", query.get("platform"));
    put(attributes, "shm-size", query.get("shmsize").equals("0") ? "" : query.get("shmsize"));
    put(attributes, "cgroup-parent", query.get("cgroupparent"));
    put(attributes, "force-network-mode", query.get("networkmode"));
    if (query.flag("nocache")) {
      attributes.put("no-cache", "");
    }
    attributes.put("image-resolve-mode", query.flag("pull") ? "pull" : "default");
    BuildHandlers.strings(query.get("buildargs"), "buildargs")
        .forEach(
            (name, value) -> {
              if (value != null) {
                attributes.put("build-arg:" + name, value);
              }
            });
    BuildHandlers.labels(query.get("labels")).forEach((name, value) -> attributes.put("label:" + name, value));
    put(attributes, "add-hosts", String.join(",", query.all("extrahosts").stream().map(host -> host.replaceFirst(":", "=")).toList()));
    if (!query.get("ulimits").isEmpty() && !query.get("ulimits").equals("null")) {
      StringBuilder limits = new StringBuilder();
      for (JsonNode limit : BuildHandlers.array(query.get("ulimits"), "ulimits")) {
        limits.append(limits.isEmpty() ? "" : ",").append(limit.path("Name").asString("")).append('=').append(limit.path("Soft").asLong()).append(':');
        limits.append(limit.path("Hard").asLong());
      }
      put(attributes, "ulimit", limits.toString());
    }
    return attributes;
  }

  private static void put(Map<String, String> attributes, String name, String value) {
    if (!value.isEmpty()) {
      attributes.put(name, value);
    }
  }
}
