package dev.proa.api.system;

import dev.proa.spi.ErrorClass;
import dev.proa.api.router.Failures;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.proa.api.build.BuildHandlers;
import dev.proa.api.images.ImageSummary;
import dev.proa.api.images.RegistryAuth;
import dev.proa.api.json.Json;
import dev.proa.api.router.ApiVersion;
import dev.proa.api.router.Call;
import dev.proa.builder.Builds;
import dev.proa.images.BlobUsage;
import dev.proa.images.ImageUsage;
import dev.proa.images.ImageUsers;
import dev.proa.images.Images;
import dev.proa.lifecycle.containers.ContainerSummary;
import dev.proa.lifecycle.system.DiskUsage;
import dev.proa.lifecycle.system.DiskUsage.ObjectType;
import dev.proa.lifecycle.system.Info;
import dev.proa.lifecycle.system.SystemInfo;
import dev.proa.lifecycle.volumes.Volume;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.node.ObjectNode;

/** What the daemon says about itself, and whether a registry takes somebody's credentials. */
public final class SystemHandlers {
  private final SystemInfo system;
  private final Images images;
  private final ImageUsers users;
  private final Builds builds;

  public SystemHandlers(SystemInfo system, Images images, ImageUsers users, Builds builds) {
    this.system = system;
    this.images = images;
    this.users = users;
    this.builds = builds;
  }

  void version(Call call) throws IOException {
    call.json(system.version(ApiVersion.NEWEST.toString(), ApiVersion.OLDEST.toString()));
  }

  void info(Call call) throws IOException {
    Info info = system.info();
    call.json(call.version().before(1, 50) ? olderInfo(info, call.version()) : info);
  }

  /** As clients of older versions know it: members that came later are left out, those that went are there. */
  private static ObjectNode olderInfo(Info info, ApiVersion version) {
    ObjectNode answer = Json.mapper().valueToTree(info);
    answer.put("BridgeNfIptables", false).put("BridgeNfIp6tables", false);
    if (version.before(1, 49)) {
      answer.remove("FirewallBackend");
      for (String component : List.of("ContainerdCommit", "RuncCommit", "InitCommit")) {
        if (answer.path(component) instanceof ObjectNode commit) {
          commit.set("Expected", commit.path("ID"));
        }
      }
    }
    if (version.before(1, 47) && answer.path("RegistryConfig") instanceof ObjectNode registries) {
      registries.putNull("AllowNondistributableArtifactsCIDRs").putNull("AllowNondistributableArtifactsHostnames");
    }
    if (version.before(1, 44)) {
      answer.path("Runtimes").forEach(runtime -> ((ObjectNode) runtime).remove("status"));
    }
    return answer;
  }

  void diskUsage(Call call) throws IOException {
    Set<ObjectType> types = EnumSet.noneOf(ObjectType.class);
    for (String type : call.version().before(1, 42) ? List.<String>of() : call.query().all("type")) {
      types.add(
          switch (type) {
            case "container" -> ObjectType.CONTAINER;
            case "image" -> ObjectType.IMAGE;
            case "volume" -> ObjectType.VOLUME;
            case "build-cache" -> ObjectType.BUILD_CACHE;
            default -> throw ProaException.invalid("unknown object type: " + type);
          });
    }
    boolean all = types.isEmpty();
    Set<ObjectType> counted = all ? EnumSet.allOf(ObjectType.class) : types;
    DiskUsage usage = system.diskUsage(types);
    boolean withImages = counted.contains(ObjectType.IMAGE);
    ImageUsage imageUsage = withImages ? images.usage() : null;
    call.json(
        new DiskUsageResponse(
            imageUsage == null ? 0 : imageUsage.layersBytes(),
            imageUsage == null ? null : imageSummaries(call, imageUsage),
            counted.contains(ObjectType.CONTAINER) ? usage.containers() : null,
            counted.contains(ObjectType.VOLUME) ? usage.volumes() : null,
            counted.contains(ObjectType.BUILD_CACHE) ? BuildHandlers.cache(builds) : null,
            all && call.version().before(1, 42) ? Long.valueOf(0) : null,
            withImages && call.query().flag("content") ? images.content().stream().map(BlobDocument::of).toList() : null));
  }

  private List<ImageSummary> imageSummaries(Call call, ImageUsage usage) {
    return images.list(Map.of()).stream()
        .map(
            image ->
                ImageSummary.of(
                    image, call.version(), usage.sharedBytes().getOrDefault(image.id(), 0L), users.of(image.id()).size()))
        .toList();
  }

  void auth(Call call) throws IOException {
    call.exchange().interruptOnDisconnect();
    RegistryAuth auth = call.body(RegistryAuth.class, "AuthConfig");
    try {
      call.json(new AuthResponse("Login Succeeded", images.login(auth.credentials())));
    } catch (ProaException e) {
      // A refused login is 401 here: the docker command asks again.
      throw e.is(ErrorClass.UNAVAILABLE) ? Failures.ofRegistry(e) : e;
    }
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record DiskUsageResponse(
      long layersSize,
      @Nullable List<ImageSummary> images,
      @Nullable List<ContainerSummary> containers,
      @Nullable List<Volume> volumes,
      @Nullable List<Object> buildCache,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long builderSize,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<BlobDocument> content) {}

  /** Beyond Docker's API: whose the blobs are. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  record BlobDocument(String digest, long size, String kind, List<String> owners) {
    static BlobDocument of(BlobUsage blob) {
      return new BlobDocument(blob.digest(), blob.sizeBytes(), blob.kind(), blob.owners());
    }
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record AuthResponse(String status, String identityToken) {}
}
