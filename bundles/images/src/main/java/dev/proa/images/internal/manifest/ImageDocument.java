package dev.proa.images.internal.manifest;

import dev.proa.images.ImageConfig;
import dev.proa.images.ImageConfig.Healthcheck;
import dev.proa.images.internal.content.Digest;
import dev.proa.spi.ProaException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The configuration of an image (image-spec config.md, with Docker's additions), read. */
public record ImageDocument(
    @Nullable Instant created,
    String author,
    String comment,
    String dockerVersion,
    Platform platform,
    ImageConfig config,
    List<Digest> diffIds,
    List<History> history) {
  /** More than any storage driver stacks; a bound for hostile documents. */
  public static final int MAX_LAYERS = 1024;

  private static final String WHAT = "invalid image JSON";

  public ImageDocument {
    diffIds = List.copyOf(diffIds);
    history = List.copyOf(history);
  }

  /** How a layer came about. */
  public record History(@Nullable Instant created, String createdBy, String author, String comment, boolean emptyLayer) {}

  /** @throws ProaException {@code INVALID_ARGUMENT} */
  public static ImageDocument parse(byte[] bytes) {
    JsonNode node = Json.parseObject(bytes, WHAT);
    JsonNode rootfs = node.path("rootfs");
    if (!rootfs.isObject()) {
      throw ProaException.invalid("invalid image JSON, no RootFS key");
    }
    String type = Json.string(rootfs, "type", WHAT);
    if (!type.equals("layers")) {
      throw ProaException.invalid("invalid image JSON: rootfs of type \"" + type + "\" instead of \"layers\"");
    }
    List<String> ids = Json.strings(rootfs, "diff_ids", WHAT);
    List<Digest> diffIds = ids == null ? List.of() : ids.stream().map(ImageDocument::diffId).toList();
    if (diffIds.size() > MAX_LAYERS) {
      throw ProaException.invalid("invalid image JSON: " + diffIds.size() + " layers; at most " + MAX_LAYERS + " are taken");
    }
    JsonNode config = node.path("config");
    // Names of processors are used as they are: what Docker shows is what the image says.
    return new ImageDocument(
        time(node, "created"),
        Json.string(node, "author", WHAT),
        Json.string(node, "comment", WHAT),
        Json.string(node, "docker_version", WHAT),
        new Platform(
            Json.string(node, "os", WHAT), Json.string(node, "architecture", WHAT), Json.string(node, "variant", WHAT), Json.string(node, "os.version", WHAT)),
        config.isObject() ? config(config) : ImageConfig.EMPTY,
        diffIds,
        history(node.path("history"), diffIds.size()));
  }

  private static Digest diffId(String text) {
    try {
      return new Digest(text);
    } catch (ProaException e) {
      throw ProaException.invalid("invalid image JSON: \"diff_ids\": " + e.getMessage());
    }
  }

  private static List<History> history(JsonNode list, int layers) {
    if (list.isMissingNode() || list.isNull()) {
      return List.of();
    }
    if (!list.isArray()) {
      throw ProaException.invalid("invalid image JSON: \"history\" is not a list");
    }
    List<History> history = new ArrayList<>();
    int nonEmpty = 0;
    for (JsonNode item : list) {
      History line =
          new History(
              time(item, "created"),
              Json.string(item, "created_by", WHAT),
              Json.string(item, "author", WHAT),
              Json.string(item, "comment", WHAT),
              Json.bool(item, "empty_layer", WHAT));
      nonEmpty += line.emptyLayer() ? 0 : 1;
      history.add(line);
    }
    if (nonEmpty > layers) {
      throw ProaException.invalid("invalid image JSON: too many non-empty layers in History section");
    }
    return history;
  }

  private static @Nullable Instant time(JsonNode node, String field) {
    String text = Json.string(node, field, WHAT);
    if (text.isEmpty()) {
      return null;
    }
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw ProaException.invalid("invalid image JSON: \"" + field + "\": \"" + text + "\" is not an RFC 3339 time");
    }
  }

  private static ImageConfig config(JsonNode node) {
    JsonNode stopTimeout = node.path("StopTimeout");
    return new ImageConfig(
        Json.string(node, "User", WHAT),
        keys(node, "ExposedPorts"),
        Json.strings(node, "Env", WHAT),
        command(node, "Entrypoint"),
        command(node, "Cmd"),
        keys(node, "Volumes"),
        Json.string(node, "WorkingDir", WHAT),
        Json.stringMap(node, "Labels", WHAT),
        Json.string(node, "StopSignal", WHAT),
        stopTimeout.isIntegralNumber() && stopTimeout.canConvertToInt() ? stopTimeout.intValue() : null,
        healthcheck(node.path("Healthcheck")),
        Json.strings(node, "OnBuild", WHAT),
        Json.strings(node, "Shell", WHAT),
        Json.bool(node, "ArgsEscaped", WHAT));
  }

  /** Very old images have a string where a list belongs. */
  private static @Nullable List<String> command(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isString() ? List.of(value.stringValue()) : Json.strings(node, field, WHAT);
  }

  private static @Nullable Set<String> keys(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isObject()) {
      throw ProaException.invalid("invalid image JSON: \"" + field + "\" is not an object");
    }
    Set<String> keys = new LinkedHashSet<>();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      keys.add(entry.getKey());
    }
    return keys;
  }

  private static @Nullable Healthcheck healthcheck(JsonNode node) {
    if (!node.isObject()) {
      return null;
    }
    List<String> test = Json.strings(node, "Test", WHAT);
    return new Healthcheck(
        test == null ? List.of() : test,
        Duration.ofNanos(Json.number(node, "Interval", WHAT)),
        Duration.ofNanos(Json.number(node, "Timeout", WHAT)),
        Duration.ofNanos(Json.number(node, "StartPeriod", WHAT)),
        Duration.ofNanos(Json.number(node, "StartInterval", WHAT)),
        Math.clamp(Json.number(node, "Retries", WHAT), 0, Integer.MAX_VALUE));
  }
}
