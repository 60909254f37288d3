package dev.proa.cli.context;

import dev.proa.cli.CliException;
import dev.proa.cli.command.DockerConfig;
import dev.proa.cli.http.Endpoint;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which daemon a command speaks to, and the name of the context that says so. In this order: {@code --context}, {@code --host}, {@code PROA_HOST},
 * {@code DOCKER_HOST}, {@code DOCKER_CONTEXT}, the context that {@code context use} has set, Proa's own socket.
 */
public record Target(String context, String host) {
  static final String DEFAULT_HOST = "unix:///run/proa/proa.sock";

  /** What the command line gave, null for what it did not. */
  public static Target of(@Nullable String host, @Nullable String context) throws IOException {
    if (host != null && context != null) {
      throw new CliException(1, "conflicting options: cannot specify both --host and --context");
    }
    if (context != null) {
      return named(context);
    }
    String direct = firstOf(host, System.getenv("PROA_HOST"), System.getenv("DOCKER_HOST"));
    if (direct != null) {
      return new Target(ContextStore.DEFAULT, direct);
    }
    String chosen = firstOf(System.getenv("DOCKER_CONTEXT"), DockerConfig.read().currentContext());
    return chosen == null ? new Target(ContextStore.DEFAULT, DEFAULT_HOST) : named(chosen);
  }

  private static @Nullable String firstOf(@Nullable String... candidates) {
    for (String candidate : candidates) {
      if (candidate != null && !candidate.isEmpty()) {
        return candidate;
      }
    }
    return null;
  }

  private static Target named(String name) {
    return new Target(name, "");
  }

  /** Looks the context up, which a command that changes contexts does without. */
  public Endpoint endpoint() throws IOException {
    if (!host.isEmpty()) {
      return Endpoint.parse(host);
    }
    if (context.equals(ContextStore.DEFAULT)) {
      return Endpoint.parse(Objects.requireNonNullElse(firstOf(System.getenv("PROA_HOST"), System.getenv("DOCKER_HOST")), DEFAULT_HOST));
    }
    ContextStore.Context found = new ContextStore().get(context);
    if (found.tls()) {
      throw new CliException(1, "proa: context \"" + context + "\" is for " + found.host() + " with TLS, which this command does not speak");
    }
    return Endpoint.parse(found.host());
  }
}
