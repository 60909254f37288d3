package dev.proa.lifecycle.internal.create;

import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.HealthConfig;
import dev.proa.spi.ProaException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks what a container is to be, with Docker's words. */
public final class ConfigChecks {
  private static final long MIN_HEALTH_NS = 1_000_000;
  private static final int MAX_HOSTNAME = 63;

  private ConfigChecks() {}

  public static void check(ContainerConfig config) {
    String directory = HostConfigChecks.orEmpty(config.workingDir());
    if (!directory.isEmpty() && !directory.startsWith("/")) {
      throw ProaException.invalid("the working directory '" + directory + "' is invalid, it needs to be an absolute path");
    }
    String signal = HostConfigChecks.orEmpty(config.stopSignal());
    if (!signal.isEmpty()) {
      Signals.parse(signal);
    }
    checkEnvironment(config.env());
    checkHealth(config.healthcheck());
    if (config.exposedPorts() != null) {
      config.exposedPorts().keySet().forEach(HostConfigChecks::checkPort);
    }
    if (config.volumes() != null) {
      config.volumes().keySet().forEach(target -> MountSpecs.bind(target, ""));
    }
    String hostname = HostConfigChecks.orEmpty(config.hostname());
    if (hostname.length() > MAX_HOSTNAME || hostname.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw ProaException.invalid("invalid hostname: " + hostname);
    }
    noNul(config.entrypoint(), "Entrypoint");
    checkCommand(config.cmd(), config.env());
  }

  public static void checkCommand(@Nullable List<String> command, @Nullable List<String> environment) {
    noNul(command, "Cmd");
    noNul(environment, "Env");
  }

  /** An argument or a variable with a NUL would be cut off there by the kernel. */
  private static void noNul(@Nullable List<String> texts, String field) {
    if (texts != null && texts.stream().anyMatch(text -> text.indexOf('\0') >= 0)) {
      throw ProaException.invalid("invalid " + field + ": it holds a NUL");
    }
  }

  public static void checkEnvironment(@Nullable List<String> environment) {
    for (String variable : environment == null ? List.<String>of() : environment) {
      if (variable.isEmpty() || variable.startsWith("=")) {
        throw ProaException.invalid("invalid environment variable: " + variable);
      }
    }
  }

  private static void checkHealth(@Nullable HealthConfig health) {
    if (health == null) {
      return;
    }
    checkDuration("Interval", health.interval());
    checkDuration("Timeout", health.timeout());
    if (health.retries() < 0) {
      throw ProaException.invalid("Retries in Healthcheck cannot be negative");
    }
    checkDuration("StartPeriod", health.startPeriod());
    checkDuration("StartInterval", health.startInterval());
    // A test of a kind that nobody knows is taken, and checks nothing, as by Docker.
  }

  private static void checkDuration(String field, long nanos) {
    if (nanos != 0 && nanos < MIN_HEALTH_NS) {
      throw ProaException.invalid(field + " in Healthcheck cannot be less than 1ms");
    }
  }
}
