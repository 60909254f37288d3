package dev.proa.api.images;

import dev.proa.api.router.Failures;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.proa.api.router.Call;
import dev.proa.images.HistoryItem;
import dev.proa.images.ImageUsers;
import dev.proa.images.Images;
import dev.proa.images.PruneReport;
import dev.proa.images.RegistryCredentials;
import dev.proa.images.RemovedImage;
import dev.proa.images.SearchRequest;
import dev.proa.images.SearchResult;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The documents about images, their names and their removal. */
public final class ImageHandlers {
  private static final int MAX_SEARCH_RESULTS = 100;

  private final Images images;
  private final ImageUsers users;
  private final Supplier<String> storageDriver;
  private volatile @Nullable String storageDriverName;

  /** @param storageDriver name of the driver that holds the layers, which never changes while the daemon lives; asked for once */
  public ImageHandlers(Images images, ImageUsers users, Supplier<String> storageDriver) {
    this.images = images;
    this.users = users;
    this.storageDriver = storageDriver;
  }

  void list(Call call) throws IOException {
    Map<String, List<String>> filters = call.query().filters();
    String legacy = call.query().orNull("filter");
    if (legacy != null && call.version().before(1, 41)) {
      filters = new LinkedHashMap<>(filters);
      filters.put("reference", List.of(legacy));
    }
    boolean sharedSize = !call.version().before(1, 42) && call.query().flag("shared-size");
    boolean counted = !call.version().before(1, 51);
    Map<String, Long> shared = sharedSize ? images.usage().sharedBytes() : Map.of();
    call.json(
        images.list(filters).stream()
            .map(
                image ->
                    ImageSummary.of(
                        image,
                        call.version(),
                        sharedSize ? shared.getOrDefault(image.id(), 0L) : ImageSummary.NOT_COUNTED,
                        counted ? users.of(image.id()).size() : ImageSummary.NOT_COUNTED))
            .toList());
  }

  void inspect(Call call) throws IOException {
    String client = call.exchange().header("User-Agent");
    // Compose 1 speaks the newest version that it finds, and reads the image's volumes from what is gone there.
    boolean ofContainer = call.version().before(1, 45) || client != null && client.startsWith("docker-compose/1.");
    call.json(ImageDocument.of(images.resolve(call.parameter()), call.version(), ofContainer, storageDriver()));
  }

  private String storageDriver() {
    String name = storageDriverName;
    if (name == null) {
      name = storageDriver.get();
      storageDriverName = name;
    }
    return name;
  }

  void history(Call call) throws IOException {
    call.json(images.history(call.parameter()).stream().map(HistoryLine::of).toList());
  }

  void tag(Call call) throws IOException {
    images.tag(call.parameter(), call.query().get("repo"), call.query().orNull("tag"));
    call.exchange().send(201);
  }

  void remove(Call call) throws IOException {
    boolean prune = !call.query().flag("noprune");
    call.json(images.remove(call.parameter(), call.query().flag("force"), prune, users).stream().map(RemovedLine::of).toList());
  }

  void prune(Call call) throws IOException {
    PruneReport report = images.prune(call.query().filters(), users);
    call.json(new PruneResponse(report.removed().stream().map(RemovedLine::of).toList(), report.reclaimedBytes()));
  }

  void search(Call call) throws IOException {
    call.exchange().interruptOnDisconnect();
    OptionalInt limit = call.query().integer("limit");
    if (limit.isPresent() && (limit.getAsInt() < 0 || limit.getAsInt() > MAX_SEARCH_RESULTS)) {
      throw ProaException.invalid("limit " + limit.getAsInt() + " is outside the range of [1, " + MAX_SEARCH_RESULTS + "]");
    }
    RegistryCredentials credentials = RegistryAuth.ofHeader(call.exchange().header("X-Registry-Auth"));
    SearchRequest request = new SearchRequest(call.query().get("term"), limit.orElse(0), call.query().filters(), credentials);
    try {
      call.json(images.search(request).stream().map(SearchLine::of).toList());
    } catch (ProaException e) {
      throw Failures.ofRegistry(e);
    }
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record HistoryLine(String id, long created, String createdBy, @Nullable List<String> tags, long size, String comment) {
    static HistoryLine of(HistoryItem item) {
      List<String> tags = item.tags().isEmpty() ? null : item.tags();
      return new HistoryLine(item.id(), item.created(), item.createdBy(), tags, item.sizeBytes(), item.comment());
    }
  }

  /** One of the two is there. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record RemovedLine(@Nullable String untagged, @Nullable String deleted) {
    static RemovedLine of(RemovedImage removed) {
      return switch (removed) {
        case RemovedImage.Untagged untagged -> new RemovedLine(untagged.reference(), null);
        case RemovedImage.Deleted deleted -> new RemovedLine(null, deleted.id());
      };
    }
  }

  /** Engine API {@code ImageSearch}; its names are those of the registry's answer. */
  @JsonNaming(SnakeCaseStrategy.class)
  record SearchLine(int starCount, boolean isOfficial, String name, boolean isAutomated, String description) {
    static SearchLine of(SearchResult result) {
      return new SearchLine(result.stars(), result.official(), result.name(), false, result.description());
    }
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record PruneResponse(List<RemovedLine> imagesDeleted, long spaceReclaimed) {}
}
