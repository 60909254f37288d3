package dev.proa.api.distribution;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proa.api.images.RegistryAuth;
import dev.proa.api.router.Call;
import dev.proa.images.DistributionRecord;
import dev.proa.images.Images;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** What a registry has under a name. */
public final class DistributionHandlers {
  private final Images images;

  public DistributionHandlers(Images images) {
    this.images = images;
  }

  void inspect(Call call) throws IOException {
    call.exchange().interruptOnDisconnect();
    call.json(Document.of(images.inspectDistribution(call.parameter(), RegistryAuth.ofHeader(call.exchange().header("X-Registry-Auth")))));
  }

  /** Engine API {@code DistributionInspect}; what is inside is OCI's and in lower case. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  record Document(Descriptor descriptor, List<Platform> platforms) {
    static Document of(DistributionRecord found) {
      return new Document(
          new Descriptor(found.mediaType(), found.digest(), found.sizeBytes()), found.platforms().stream().map(Platform::of).toList());
    }
  }

  record Descriptor(String mediaType, String digest, long size) {}

  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  record Platform(
      String architecture,
      String os,
      @JsonProperty("os.version") @Nullable String osVersion,
      @JsonProperty("os.features") List<String> osFeatures,
      @Nullable String variant) {
    static Platform of(DistributionRecord.Platform platform) {
      return new Platform(platform.architecture(), platform.os(), platform.osVersion(), platform.osFeatures(), platform.variant());
    }
  }
}
