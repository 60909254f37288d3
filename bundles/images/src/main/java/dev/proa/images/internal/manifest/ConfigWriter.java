package dev.proa.images.internal.manifest;

import dev.proa.images.CommitRequest;
import dev.proa.images.ImageConfig;
import dev.proa.images.ImageConfig.Healthcheck;
import dev.proa.images.build.Assembly;
import dev.proa.images.internal.content.Digest;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes the configuration of an image that is made here. */
public final class ConfigWriter {
  private ConfigWriter() {}

  /** An image of layers that came from elsewhere, with one line of history. */
  public static byte[] write(Instant created, Platform platform, ImageConfig config, List<Digest> diffIds, String comment) {
    ObjectNode json = Json.object();
    platform(json, platform);
    json.put("created", created.toString());
    if (!comment.isEmpty()) {
      json.put("comment", comment);
    }
    json.set("config", config(config));
    ObjectNode history = json.putArray("history").addObject().put("created", created.toString());
    if (!comment.isEmpty()) {
      history.put("comment", comment);
    }
    rootfs(json, diffIds);
    return Json.bytes(json);
  }

  /**
   * An image made of a container: what its image says about the machine and its history, and one line more.
   *
   * @param parent the image's configuration
   * @param diffIds of all layers
   * @param emptyLayer whether the new line of history has no layer
   */
  public static byte[] child(JsonNode parent, Instant created, CommitRequest commit, ImageConfig config, List<Digest> diffIds, boolean emptyLayer) {
    ObjectNode json = Json.object();
    for (String field : List.of("architecture", "variant", "os", "os.version", "os.features")) {
      JsonNode value = parent.get(field);
      if (value != null) {
        json.set(field, value);
      }
    }
    text(json, "author", commit.author());
    text(json, "comment", commit.comment());
    json.put("created", created.toString());
    text(json, "container", commit.containerId());
    json.set("config", config(config));
    ArrayNode history = json.putArray("history");
    if (parent.path("history").isArray()) {
      parent.path("history").forEach(history::add);
    }
    ObjectNode line = history.addObject().put("created", created.toString());
    text(line, "created_by", commit.createdBy());
    text(line, "author", commit.author());
    text(line, "comment", commit.comment());
    if (emptyLayer) {
      line.put("empty_layer", true);
    }
    rootfs(json, diffIds);
    return Json.bytes(json);
  }

  /** A build's stack of layers: nothing but them and the machine, so that the same layers are the same stack. */
  public static byte[] stack(Platform platform, List<Digest> diffIds) {
    ObjectNode json = Json.object();
    platform(json, platform);
    json.putObject("config");
    rootfs(json, diffIds);
    return Json.bytes(json);
  }

  /**
   * An image that was built.
   *
   * @param base the configuration of the image that the build began with; null for none
   */
  public static byte[] built(@Nullable JsonNode base, Platform platform, Assembly assembly, List<Digest> diffIds) {
    ObjectNode json = Json.object();
    platform(json, platform);
    for (String field : List.of("os.version", "os.features")) {
      JsonNode value = base == null ? null : base.get(field);
      if (value != null) {
        json.set(field, value);
      }
    }
    String author = assembly.author().isEmpty() && base != null ? Json.string(base, "author", "the base image") : assembly.author();
    text(json, "author", author);
    json.put("created", assembly.created().toString());
    json.set("config", config(assembly.config()));
    ArrayNode history = json.putArray("history");
    if (base != null && base.path("history").isArray()) {
      base.path("history").forEach(history::add);
    }
    for (Assembly.Line made : assembly.history()) {
      ObjectNode line = history.addObject().put("created", made.created().toString());
      text(line, "created_by", made.createdBy());
      text(line, "comment", made.comment());
      if (!made.layer()) {
        line.put("empty_layer", true);
      }
    }
    rootfs(json, diffIds);
    return Json.bytes(json);
  }

  private static void platform(ObjectNode json, Platform platform) {
    json.put("architecture", platform.architecture());
    text(json, "variant", platform.variant());
    json.put("os", platform.os());
  }

  private static void rootfs(ObjectNode json, List<Digest> diffIds) {
    ArrayNode ids = json.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    diffIds.forEach(id -> ids.add(id.value()));
  }

  private static ObjectNode config(ImageConfig config) {
    ObjectNode json = Json.object();
    text(json, "User", config.user());
    keys(json, "ExposedPorts", config.exposedPorts());
    list(json, "Env", config.env());
    list(json, "Cmd", config.cmd());
    healthcheck(json, config.healthcheck());
    keys(json, "Volumes", config.volumes());
    text(json, "WorkingDir", config.workingDir());
    list(json, "Entrypoint", config.entrypoint());
    list(json, "OnBuild", config.onBuild());
    if (config.labels() != null) {
      ObjectNode labels = json.putObject("Labels");
      config.labels().forEach(labels::put);
    }
    text(json, "StopSignal", config.stopSignal());
    if (config.stopTimeoutSeconds() != null) {
      json.put("StopTimeout", config.stopTimeoutSeconds());
    }
    list(json, "Shell", config.shell());
    if (config.argsEscaped()) {
      json.put("ArgsEscaped", true);
    }
    return json;
  }

  private static void healthcheck(ObjectNode json, @Nullable Healthcheck healthcheck) {
    if (healthcheck == null) {
      return;
    }
    ObjectNode node = json.putObject("Healthcheck");
    list(node, "Test", healthcheck.test());
    nanos(node, "Interval", healthcheck.interval().toNanos());
    nanos(node, "Timeout", healthcheck.timeout().toNanos());
    nanos(node, "StartPeriod", healthcheck.startPeriod().toNanos());
    nanos(node, "StartInterval", healthcheck.startInterval().toNanos());
    nanos(node, "Retries", healthcheck.retries());
  }

  private static void nanos(ObjectNode json, String field, long value) {
    if (value != 0) {
      json.put(field, value);
    }
  }

  private static void text(ObjectNode json, String field, String value) {
    if (!value.isEmpty()) {
      json.put(field, value);
    }
  }

  private static void list(ObjectNode json, String field, @Nullable List<String> values) {
    if (values != null) {
      ArrayNode list = json.putArray(field);
      values.forEach(list::add);
    }
  }

  private static void keys(ObjectNode json, String field, @Nullable Collection<String> values) {
    if (values != null) {
      ObjectNode node = json.putObject(field);
      values.forEach(node::putObject);
    }
  }
}
