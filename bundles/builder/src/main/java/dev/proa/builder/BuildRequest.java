package dev.proa.builder;

import dev.proa.images.RegistryCredentials;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is to be built.
 *
 * @param dockerfile path in the context; empty for {@code Dockerfile}
 * @param remote where the context is instead of the request's body: a git repository, or an address of a tar archive or a Dockerfile; empty for none
 * @param tags names for the image
 * @param buildArgs values of {@code ARG}s; a null value takes the default
 * @param labels added to the image's
 * @param target name or number of the last stage that is wanted; empty for the last there is
 * @param platform {@code os/architecture[/variant]}; empty for this machine's
 * @param cacheFrom images whose history may serve instead of a step; if there are any, nothing else does
 * @param hostConfig of the containers that commands run in: limits, network, hosts (Engine API {@code HostConfig})
 * @param credentials by the domain of a registry; null for none
 * @param secrets by id, for {@code RUN --mount=type=secret}; null for one that there is not
 * @param sshSockets by id: sockets of agents on this host, for {@code RUN --mount=type=ssh}; null for none
 * @param squash make one layer of what the build adds
 */
public record BuildRequest(
    String dockerfile,
    String remote,
    List<String> tags,
    Map<String, @Nullable String> buildArgs,
    Map<String, String> labels,
    String target,
    String platform,
    boolean noCache,
    boolean pull,
    List<String> cacheFrom,
    Map<String, Object> hostConfig,
    Function<String, @Nullable RegistryCredentials> credentials,
    Function<String, byte @Nullable []> secrets,
    Function<String, @Nullable String> sshSockets,
    boolean squash) {

  /** Secrets stay out of logs. */
  @Override
  public String toString() {
    return "BuildRequest[dockerfile=" + dockerfile + ", remote=" + remote + ", tags=" + tags + ", target=" + target + "]";
  }
}
