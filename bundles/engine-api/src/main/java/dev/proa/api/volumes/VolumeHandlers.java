package dev.proa.api.volumes;

import dev.proa.api.router.Call;
import dev.proa.lifecycle.volumes.Volume;
import dev.proa.lifecycle.volumes.VolumeCreateRequest;
import dev.proa.lifecycle.volumes.Volumes;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Volumes. */
public final class VolumeHandlers {
  private final Volumes volumes;

  public VolumeHandlers(Volumes volumes) {
    this.volumes = volumes;
  }

  void list(Call call) throws IOException {
    call.json(new ListResponse(volumes.list(call.query().filters()), null));
  }

  void create(Call call) throws IOException {
    call.json(201, volumes.create(call.body(VolumeCreateRequest.class, "VolumeCreateRequest")));
  }

  void inspect(Call call) throws IOException {
    call.json(volumes.inspect(call.parameter()));
  }

  void remove(Call call) throws IOException {
    volumes.remove(call.parameter(), call.query().flag("force"));
    call.noContent();
  }

  /** Before API 1.42 a prune took named volumes too. */
  void prune(Call call) throws IOException {
    Map<String, List<String>> filters = new LinkedHashMap<>(call.query().filters());
    if (call.version().before(1, 42)) {
      filters.put("all", List.of("true"));
    }
    Volumes.Pruned pruned = volumes.prune(filters);
    call.json(new PruneResponse(pruned.deleted(), pruned.spaceReclaimedBytes()));
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record ListResponse(List<Volume> volumes, @Nullable List<String> warnings) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record PruneResponse(List<String> volumesDeleted, long spaceReclaimed) {}
}
