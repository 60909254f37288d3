package dev.proa.api.build;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proa.api.images.RegistryAuth;
import dev.proa.api.json.Json;
import dev.proa.api.router.Call;
import dev.proa.api.router.Query;
import dev.proa.api.streams.ProgressStream;
import dev.proa.builder.BuildOutput;
import dev.proa.builder.BuildRequest;
import dev.proa.builder.BuildSource;
import dev.proa.builder.Builds;
import dev.proa.builder.CacheRecord;
import dev.proa.builder.CommandFailure;
import dev.proa.builder.Description;
import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import dev.proa.images.Reference;
import dev.proa.images.RegistryCredentials;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Building images by a Dockerfile, and the cache of it. A build ends when its client goes away. */
public final class BuildHandlers {
  /** An addition of this engine: secrets of a build, base64 of JSON, id to base64 of the value. */
  public static final String SECRETS = "X-Proa-Build-Secrets";

  /** An addition of this engine: sockets of SSH agents on this host, base64 of JSON, id to path. */
  public static final String SSH = "X-Proa-Build-Ssh";

  private static final TypeReference<Map<String, @Nullable String>> STRINGS = new TypeReference<>() {};
  private static final TypeReference<Map<String, RegistryAuth>> AUTHS = new TypeReference<>() {};

  private final Builds builds;

  public BuildHandlers(Builds builds) {
    this.builds = builds;
  }

  void build(Call call) throws Exception {
    Query query = call.query();
    BuildRequest request = request(call);
    if (query.flag("check")) {
      check(call, request);
      return;
    }
    boolean quiet = query.flag("q");
    ProgressStream.answer(call, progress -> build(call, request, quiet, progress));
  }

  private void build(Call call, BuildRequest request, boolean quiet, ProgressSink progress) throws IOException {
    BuildOutput output = quiet ? message -> {} : progress::send;
    try {
      String id = builds.build(request, request.remote().isEmpty() ? call.exchange().body() : null, output);
      if (quiet) {
        progress.send(ProgressMessage.ofStream(id + "\n"));
      }
    } catch (CommandFailure e) {
      progress.send(ProgressMessage.ofError(e.getMessage(), e.exitCode()));
    }
  }

  /** An addition of this engine: the Dockerfile is read, and nothing built. */
  private void check(Call call, BuildRequest request) throws Exception {
    ProgressStream.answer(
        call,
        progress -> {
          Description file = builds.describe(request, new BuildSource.Archive(call.exchange().body()));
          List<String> said = file.findings().stream().map(found -> found.rule() + ": " + found.text() + " (" + file.file() + ":" + found.line() + ")").toList();
          said.forEach(line -> progress.send(ProgressMessage.ofStream(line + "\n")));
          progress.send(new ProgressMessage(null, null, null, null, "{\"Warnings\":" + said.size() + "}", null));
          progress.send(ProgressMessage.ofStream(said.isEmpty() ? "Check complete, no warnings found.\n" : "Check complete, " + said.size() + " warnings have been found!\n"));
        });
  }

  private static BuildRequest request(Call call) {
    Query query = call.query();
    return new BuildRequest(
        query.get("dockerfile"),
        query.get("remote"),
        query.all("t").stream().filter(tag -> !tag.isEmpty()).toList(),
        strings(query.get("buildargs"), "buildargs"),
        labels(query.get("labels")),
        query.get("target"),
        query.get("platform"),
        query.flag("nocache"),
        query.flag("pull"),
        cacheFrom(query.get("cachefrom")),
        hostConfig(query),
        credentials(call.exchange().header("X-Registry-Config")),
        secrets(call.exchange().header(SECRETS))::get,
        sockets(call.exchange().header(SSH))::get,
        query.flag("squash"));
  }

  static Map<String, @Nullable String> strings(String json, String name) {
    if (json.isEmpty()) {
      return Map.of();
    }
    try {
      Map<String, @Nullable String> map = Json.mapper().readValue(json, STRINGS);
      return map == null ? Map.of() : new LinkedHashMap<>(map);
    } catch (JacksonException e) {
      throw ProaException.invalid("invalid value for " + name + ": it is to be a JSON object of strings");
    }
  }

  static Map<String, String> labels(String json) {
    Map<String, String> labels = new LinkedHashMap<>();
    strings(json, "labels").forEach((name, value) -> labels.put(name, value == null ? "" : value));
    return labels;
  }

  static List<String> cacheFrom(String json) {
    if (json.isEmpty() || json.equals("null")) {
      return List.of();
    }
    List<String> images = new ArrayList<>();
    for (JsonNode image : array(json, "cachefrom")) {
      images.add(image.asString(""));
    }
    return images;
  }

  static JsonNode array(String json, String name) {
    try {
      JsonNode node = Json.mapper().readTree(json);
      if (node.isArray()) {
        return node;
      }
    } catch (JacksonException e) {
      // as for any other text that is no list
    }
    throw ProaException.invalid("invalid value for " + name + ": it is to be a JSON array");
  }

  private static Map<String, Object> hostConfig(Query query) {
    Map<String, Object> host = new LinkedHashMap<>();
    number(query, "memory", "Memory", host);
    number(query, "memswap", "MemorySwap", host);
    number(query, "cpushares", "CpuShares", host);
    number(query, "cpuperiod", "CpuPeriod", host);
    number(query, "cpuquota", "CpuQuota", host);
    number(query, "shmsize", "ShmSize", host);
    text(query, "cpusetcpus", "CpusetCpus", host);
    text(query, "cpusetmems", "CpusetMems", host);
    text(query, "cgroupparent", "CgroupParent", host);
    text(query, "networkmode", "NetworkMode", host);
    String isolation = query.get("isolation");
    if (!isolation.isEmpty() && !isolation.equals("default")) {
      host.put("Runtime", isolation);
    }
    List<String> hosts = query.all("extrahosts").stream().filter(each -> !each.isEmpty()).toList();
    if (!hosts.isEmpty()) {
      host.put("ExtraHosts", hosts);
    }
    for (String name : List.of("ulimits", "securityopt")) {
      String json = query.get(name);
      if (!json.isEmpty() && !json.equals("null")) {
        host.put(name.equals("ulimits") ? "Ulimits" : "SecurityOpt", Json.mapper().convertValue(array(json, name), List.class));
      }
    }
    return host;
  }

  private static void number(Query query, String name, String field, Map<String, Object> host) {
    String value = query.get(name);
    if (!value.isEmpty() && !value.equals("0")) {
      try {
        host.put(field, Long.parseLong(value));
      } catch (NumberFormatException e) {
        throw ProaException.invalid("invalid value \"" + value + "\" for " + name + ": not a number");
      }
    }
  }

  private static void text(Query query, String name, String field, Map<String, Object> host) {
    if (!query.get(name).isEmpty()) {
      host.put(field, query.get(name));
    }
  }

  private static byte[] base64(String header) {
    return Base64.getUrlDecoder().decode(header.strip().replace('+', '-').replace('/', '_').replace("=", ""));
  }

  private static Function<String, @Nullable RegistryCredentials> credentials(@Nullable String header) {
    Map<String, RegistryCredentials> credentials = new LinkedHashMap<>();
    if (header == null || header.isEmpty()) {
      return domain -> null;
    }
    try {
      Map<String, RegistryAuth> auths = Json.mapper().readValue(base64(header), AUTHS);
      auths.forEach(
          (host, auth) -> {
            if (!auth.isAnonymous()) {
              credentials.put(host, auth.credentials());
            }
          });
      return domain -> credentials(credentials, domain);
    } catch (IllegalArgumentException | JacksonException e) {
      throw ProaException.invalid("the header X-Registry-Config cannot be read");
    }
  }

  /** Clients name registries by address, and Docker Hub by several. */
  private static @Nullable RegistryCredentials credentials(Map<String, RegistryCredentials> all, String domain) {
    for (Map.Entry<String, RegistryCredentials> entry : all.entrySet()) {
      String host = entry.getKey().replaceFirst("^https?://", "").replaceFirst("/.*$", "");
      boolean hub = domain.equals(Reference.DEFAULT_DOMAIN) && (host.equals("index.docker.io") || host.equals("registry-1.docker.io"));
      if (hub || host.equals(domain)) {
        return entry.getValue();
      }
    }
    return null;
  }

  private static Map<String, byte[]> secrets(@Nullable String header) {
    Map<String, byte[]> secrets = new LinkedHashMap<>();
    encoded(header, SECRETS)
        .forEach(
            (id, value) -> {
              try {
                secrets.put(id, value == null ? new byte[0] : Base64.getDecoder().decode(value));
              } catch (IllegalArgumentException e) {
                throw ProaException.invalid("the secret " + id + " in the header " + SECRETS + " is no base64");
              }
            });
    return secrets;
  }

  private static Map<String, String> sockets(@Nullable String header) {
    Map<String, String> sockets = new LinkedHashMap<>();
    encoded(header, SSH)
        .forEach(
            (id, path) -> {
              if (path == null || !path.startsWith("/")) {
                throw ProaException.invalid("the socket of " + id + " in the header " + SSH + " is to be an absolute path");
              }
              sockets.put(id, path);
            });
    return sockets;
  }

  private static Map<String, @Nullable String> encoded(@Nullable String header, String name) {
    if (header == null || header.isEmpty()) {
      return Map.of();
    }
    try {
      return Json.mapper().readValue(base64(header), STRINGS);
    } catch (IllegalArgumentException | JacksonException e) {
      throw ProaException.invalid("the header " + name + " cannot be read");
    }
  }

  void prune(Call call) throws IOException {
    Query query = call.query();
    String keep = query.has("reserved-space") ? query.get("reserved-space") : query.get("keep-storage");
    long keepBytes;
    try {
      keepBytes = keep.isEmpty() ? 0 : Long.parseLong(keep);
    } catch (NumberFormatException e) {
      throw ProaException.invalid("invalid value \"" + keep + "\" for keep-storage: not a number");
    }
    Builds.Pruned pruned = builds.prune(query.flag("all"), keepBytes, query.filters());
    call.json(new PruneResponse(pruned.ids(), pruned.reclaimedBytes()));
  }

  void cancel(Call call) throws IOException {
    if (call.query().get("id").isEmpty()) {
      throw ProaException.invalid("build ID not provided");
    }
    // A build ends with its connection; there is no other that could be named.
    call.noContent();
  }

  /** The cache, for {@code docker system df}. */
  public static List<Object> cache(Builds builds) {
    return builds.cache().stream().<Object>map(BuildCacheDocument::of).toList();
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record PruneResponse(List<String> cachesDeleted, long spaceReclaimed) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record BuildCacheDocument(
      @JsonProperty("ID") String id,
      List<String> parents,
      String type,
      String description,
      boolean inUse,
      boolean shared,
      long size,
      Instant createdAt,
      @Nullable Instant lastUsedAt,
      int usageCount) {
    static BuildCacheDocument of(CacheRecord record) {
      return new BuildCacheDocument(
          record.id(), record.parents(), record.type(), record.description(), record.inUse(), record.shared(), record.sizeBytes(), record.created(),
          record.lastUsed(), record.usageCount());
    }
  }
}
