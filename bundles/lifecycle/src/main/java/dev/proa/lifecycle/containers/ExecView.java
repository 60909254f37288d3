package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * An exec (the answer of {@code GET /exec/{id}/json}).
 *
 * @param exitCode null until it has ended
 */
@JsonNaming(UpperCamelCaseStrategy.class)
public record ExecView(
    @JsonProperty("ID") String id,
    boolean running,
    @Nullable Integer exitCode,
    ProcessConfig processConfig,
    boolean openStdin,
    boolean openStderr,
    boolean openStdout,
    boolean canRemove,
    @JsonProperty("ContainerID") String containerId,
    String detachKeys,
    int pid) {

  /** Its names are in lower case in the API. */
  public record ProcessConfig(
      boolean tty,
      String entrypoint,
      List<String> arguments,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean privileged,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable String user) {}
}
