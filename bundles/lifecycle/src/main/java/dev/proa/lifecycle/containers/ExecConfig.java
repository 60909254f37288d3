package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The body of {@code POST /containers/{id}/exec}. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record ExecConfig(
    @Nullable String user,
    boolean privileged,
    boolean tty,
    @Nullable List<Integer> consoleSize,
    boolean attachStdin,
    boolean attachStderr,
    boolean attachStdout,
    @Nullable String detachKeys,
    @Nullable List<String> env,
    @Nullable String workingDir,
    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) @Nullable List<String> cmd) {
  public ExecConfig {
    consoleSize = Copies.of(consoleSize);
    env = Copies.of(env);
    cmd = Copies.of(cmd);
  }
}
