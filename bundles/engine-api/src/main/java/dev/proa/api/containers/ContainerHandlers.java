package dev.proa.api.containers;

import dev.proa.api.json.Json;
import dev.proa.api.json.JsonBody;
import dev.proa.api.json.Members;
import dev.proa.api.router.Call;
import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.containers.Containers.CommitOptions;
import dev.proa.lifecycle.containers.Containers.CreateRequest;
import dev.proa.lifecycle.containers.Containers.ListOptions;
import dev.proa.lifecycle.containers.Containers.StopOptions;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.containers.NetworkingConfig;
import dev.proa.lifecycle.containers.Resources;
import dev.proa.lifecycle.containers.UpdateRequest;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What has an answer of known length: the states and documents of containers. */
public final class ContainerHandlers {
  /** More body than {@code {}} and a line end is a host configuration, which nobody may send to start since API 1.24. */
  private static final int START_BODY_BYTES = 7;

  private final Containers containers;

  public ContainerHandlers(Containers containers) {
    this.containers = containers;
  }

  void list(Call call) throws IOException {
    var query = call.query();
    ListOptions options = new ListOptions(query.flag("all"), Math.max(0, query.integer("limit").orElse(0)), query.flag("size"), query.filters());
    call.json(AnswerVersions.list(containers.list(options), call.version()));
  }

  void create(Call call) throws IOException {
    JsonNode body = JsonBody.tree(call.exchange());
    if (body == null) {
      throw ProaException.invalid("invalid JSON: got EOF while reading request body");
    }
    if (!body.isObject() || body.isEmpty()) {
      if (body.isNull() || body.isObject()) {
        throw ProaException.invalid("config cannot be empty in order to create a container");
      }
      JsonBody.convert(body, ContainerConfig.class, "CreateRequest");
    }
    List<String> warnings = body instanceof ObjectNode object ? CreateVersions.translate(object, call.version()) : List.of();
    ContainerConfig config = JsonBody.convert(body, ContainerConfig.class, "CreateRequest");
    if (Members.of(body, "HostConfig") instanceof ObjectNode host) {
      nameAsDocumented(host);
    }
    HostConfig hostConfig = part(body, "HostConfig", HostConfig.class);
    NetworkingConfig networkingConfig = part(body, "NetworkingConfig", NetworkingConfig.class);
    Containers.Created created =
        containers.create(
            new CreateRequest(
                call.query().orNull("name"),
                config,
                hostConfig,
                networkingConfig,
                call.version().before(1, 41) ? null : call.query().orNull("platform"),
                CreateVersions.readOnlyTopOnly(call.version())));
    call.json(201, new CreateResponse(created.id(), Stream.concat(created.warnings().stream(), warnings.stream()).toList()));
  }

  /** The members of {@link Resources} stand among those of the host configuration, where their names are not found without regard to case. */
  private static void nameAsDocumented(ObjectNode host) {
    ObjectNode documented = Json.mapper().valueToTree(JsonBody.convert(host, Resources.class, "CreateRequest.HostConfig"));
    for (Map.Entry<String, JsonNode> member : documented.properties()) {
      Members.remove(host, member.getKey());
      host.set(member.getKey(), member.getValue());
    }
  }

  private static <T> @Nullable T part(JsonNode body, String name, Class<T> type) {
    for (var member : body.properties()) {
      if (member.getKey().equalsIgnoreCase(name)) {
        return member.getValue().isNull() ? null : JsonBody.convert(member.getValue(), type, "CreateRequest." + name);
      }
    }
    return null;
  }

  void prune(Call call) throws IOException {
    Containers.Pruned pruned = containers.prune(call.query().filters());
    call.json(new PruneResponse(pruned.deleted(), pruned.spaceReclaimedBytes()));
  }

  void inspect(Call call) throws IOException {
    call.json(AnswerVersions.inspection(containers.inspect(call.parameter(), call.query().flag("size")), call.version()));
  }

  void top(Call call) throws IOException {
    call.json(containers.top(call.parameter(), call.query().orNull("ps_args")));
  }

  void plan(Call call) throws IOException {
    call.json(containers.plan(call.parameter()));
  }

  void changes(Call call) throws IOException {
    call.json(containers.changes(call.parameter()));
  }

  void resize(Call call) throws IOException {
    containers.resize(call.parameter(), Dimension.of(call, "h"), Dimension.of(call, "w"));
    call.exchange().send(200);
  }

  void start(Call call) throws IOException {
    long length = call.exchange().contentLength();
    if (length > START_BODY_BYTES || length < 0) {
      throw ProaException.invalid("starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24");
    }
    if (call.query().has("checkpoint")) {
      throw ProaException.notImplemented("starting a container from a checkpoint is not part of this engine");
    }
    containers.start(call.parameter());
    call.noContent();
  }

  void stop(Call call) throws IOException {
    containers.stop(call.parameter(), stopOptions(call));
    call.noContent();
  }

  void restart(Call call) throws IOException {
    containers.restart(call.parameter(), stopOptions(call));
    call.noContent();
  }

  private static StopOptions stopOptions(Call call) {
    OptionalInt seconds = call.query().integer("t");
    String signal = call.version().before(1, 42) ? null : call.query().orNull("signal");
    return new StopOptions(seconds.isPresent() ? Integer.valueOf(seconds.getAsInt()) : null, signal);
  }

  void kill(Call call) throws IOException {
    containers.kill(call.parameter(), call.query().orNull("signal"));
    call.noContent();
  }

  void pause(Call call) throws IOException {
    containers.pause(call.parameter());
    call.noContent();
  }

  void unpause(Call call) throws IOException {
    containers.unpause(call.parameter());
    call.noContent();
  }

  void rename(Call call) throws IOException {
    containers.rename(call.parameter(), call.query().get("name"));
    call.noContent();
  }

  void update(Call call) throws IOException {
    JsonNode body = JsonBody.tree(call.exchange());
    if (body != null && call.version().before(1, 40)) {
      Members.remove(body, "PidsLimit");
    }
    JsonNode asked = body == null ? JsonNodeFactory.instance.objectNode() : body;
    List<String> warnings = containers.update(call.parameter(), JsonBody.convert(asked, UpdateRequest.class, "UpdateConfig"));
    call.json(new UpdateResponse(warnings));
  }

  void commit(Call call) throws IOException {
    JsonNode body = JsonBody.tree(call.exchange());
    ContainerConfig config =
        body == null || body.isNull() || body.isObject() && body.isEmpty() ? null : JsonBody.convert(body, ContainerConfig.class, "ContainerConfig");
    var query = call.query();
    CommitOptions options =
        new CommitOptions(
            query.orNull("repo"), query.orNull("tag"), config, query.all("changes"), query.get("author"), query.get("comment"), query.flag("pause", true));
    String container = query.get("container");
    if (container.isEmpty()) {
      container = query.get("containerID");
    }
    call.json(201, new CommitResponse(containers.commit(container, options)));
  }

  void remove(Call call) throws IOException {
    if (call.query().flag("link")) {
      containers.unlink(call.parameter());
      call.noContent();
      return;
    }
    containers.remove(call.parameter(), call.query().flag("v"), call.query().flag("force"));
    call.noContent();
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record CreateResponse(String id, List<String> warnings) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record CommitResponse(String id) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record UpdateResponse(List<String> warnings) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record PruneResponse(List<String> containersDeleted, long spaceReclaimed) {}
}
