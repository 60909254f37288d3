package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * What a container is, independent of the host (Engine API {@code ContainerConfig}). The members keep what the client sent: an absent
 * {@code Cmd} takes the image's, an empty {@code Entrypoint} removes it.
 *
 * @param exposedPorts keys such as {@code 80/tcp}, the values empty objects
 * @param volumes keys are absolute paths in the container, the values empty objects
 * @param stopTimeout seconds, −1 waits for ever
 */
@JsonNaming(UpperCamelCaseStrategy.class)
public record ContainerConfig(
    @Nullable String hostname,
    @Nullable String domainname,
    @Nullable String user,
    boolean attachStdin,
    boolean attachStdout,
    boolean attachStderr,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable Map<String, Object> exposedPorts,
    boolean tty,
    boolean openStdin,
    boolean stdinOnce,
    @Nullable List<String> env,
    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) @Nullable List<String> cmd,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable HealthConfig healthcheck,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean argsEscaped,
    @Nullable String image,
    @Nullable Map<String, Object> volumes,
    @Nullable String workingDir,
    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) @Nullable List<String> entrypoint,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean networkDisabled,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable String macAddress,
    @Nullable List<String> onBuild,
    @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> labels,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable String stopSignal,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer stopTimeout,
    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Nullable List<String> shell) {

  public ContainerConfig {
    exposedPorts = Copies.of(exposedPorts);
    env = Copies.of(env);
    cmd = Copies.of(cmd);
    volumes = Copies.of(volumes);
    entrypoint = Copies.of(entrypoint);
    onBuild = Copies.of(onBuild);
    labels = Copies.of(labels);
    shell = Copies.of(shell);
  }
}
