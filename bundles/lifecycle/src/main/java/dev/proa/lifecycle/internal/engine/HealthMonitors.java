package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.HealthConfig;

/** Runs health checks for the containers that have one. */
final class HealthMonitors {
  private final Engine engine;
  private final ExecTable execs;

  HealthMonitors(Engine engine, ExecTable execs) {
    this.engine = engine;
    this.execs = execs;
  }

  /** The container was started. The lock is held. */
  void start(Container container) {
    stop(container);
    HealthConfig config = container.row().config().healthcheck();
    if (HealthMonitor.checks(config)) {
      HealthMonitor monitor = new HealthMonitor(engine, execs, container, config);
      container.health = monitor;
      monitor.start();
    }
  }

  /** Its process has ended, or the daemon ends. */
  void stop(Container container) {
    HealthMonitor monitor = container.health;
    if (monitor != null) {
      monitor.stop();
      container.health = null;
    }
  }
}
