package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** A mount as {@code docker run --mount} asks for it (Engine API {@code Mount}). */
@JsonNaming(UpperCamelCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record MountRequest(
    @Nullable String type,
    @Nullable String source,
    @Nullable String target,
    boolean readOnly,
    @Nullable String consistency,
    @Nullable BindOptions bindOptions,
    @Nullable VolumeOptions volumeOptions,
    @Nullable ImageOptions imageOptions,
    @Nullable TmpfsOptions tmpfsOptions) {

  @JsonNaming(UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public record BindOptions(
      @Nullable String propagation,
      boolean nonRecursive,
      boolean createMountpoint,
      boolean readOnlyNonRecursive,
      boolean readOnlyForceRecursive) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public record VolumeOptions(
      boolean noCopy, @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> labels, @Nullable String subpath, @Nullable DriverConfig driverConfig) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public record DriverConfig(@Nullable String name, @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> options) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public record ImageOptions(@Nullable String subpath) {}

  /** {@code options} are lists of one (flag) or two (key, value) strings. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public record TmpfsOptions(long sizeBytes, int mode, @Nullable List<List<String>> options) {}
}
