package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.containers.Resources;
import dev.proa.lifecycle.containers.UpdateRequest;
import dev.proa.lifecycle.internal.create.ContainerNames;
import dev.proa.lifecycle.internal.create.HostConfigChecks;
import dev.proa.lifecycle.internal.run.ResourceSpec;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.IsolationBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What changes of a container that stays what it is: paused or not, its name, its limits. */
final class ContainerChanges {
  private final Engine engine;
  private final Host host;

  ContainerChanges(Engine engine, Host host) {
    this.engine = engine;
    this.host = host;
  }

  void pause(Container container) {
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      switch (row.state().status()) {
        case RUNNING -> {}
        case PAUSED -> throw ProaException.conflict("Container " + row.id() + " is already paused");
        case RESTARTING -> throw ProaException.conflict("Container " + row.id() + " is restarting, wait until the container is running");
        default -> throw ProaException.conflict("container " + row.id() + " is not running");
      }
      engine.isolate(row, backend -> backend.pause(row.id()));
      FaultPoints.reach("pause.frozen");
      engine.table.update(container, row.with(row.state().with(Status.PAUSED)));
      FaultPoints.reach("pause.row-written");
      engine.publish(row, "pause", Map.of());
    } finally {
      container.lock.unlock();
    }
  }

  void unpause(Container container) {
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      if (row.state().status() != Status.PAUSED) {
        // No conflict, for clients that know the Docker Engine's answer.
        throw ProaException.internal("Container " + row.id() + " is not paused", null);
      }
      engine.isolate(row, backend -> backend.resume(row.id()));
      FaultPoints.reach("unpause.thawed");
      engine.table.update(container, row.with(row.state().with(Status.RUNNING)));
      FaultPoints.reach("unpause.row-written");
      engine.publish(row, "unpause", Map.of());
    } finally {
      container.lock.unlock();
    }
  }

  void rename(String ref, String newName) {
    if (newName.isEmpty()) {
      throw ProaException.invalid("Neither old nor new names may be empty");
    }
    String name = ContainerNames.check(newName);
    Container container = engine.table.get(ref);
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      if (row.name().equals(name)) {
        throw ProaException.invalid("Renaming a container with the same name as its current name");
      }
      engine.table.reserve(name, row.id());
      try {
        engine.table.update(container, NetworkNames.renamed(row, name, engine.networks));
      } catch (RuntimeException e) {
        engine.table.release(name, row.id());
        throw e;
      }
      FaultPoints.reach("rename.row-written");
      engine.table.release(row.name(), row.id());
      engine.publish(container.row(), "rename", Map.of("oldName", "/" + row.name()));
    } finally {
      container.lock.unlock();
    }
  }

  /** @return warnings */
  List<String> update(Container container, UpdateRequest request) {
    List<String> warnings = new ArrayList<>();
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      if (row.state().status() == Status.REMOVING || row.state().status() == Status.DEAD) {
        throw ProaException.conflict("cannot update container " + row.id() + ": Container is marked for removal and cannot be \"update\".");
      }
      HostConfigChecks.checkRestart(request.restartPolicy(), row.hostConfig().autoRemove());
      HostConfigChecks checks =
          new HostConfigChecks(host.facts(), other -> other, Set.copyOf(engine.drivers.names(IsolationBackend.class)));
      Resources asked = checks.checkUpdate(request.resources(), warnings);
      Resources merged = ResourceUpdate.merge(row.hostConfig().resources(), asked);
      HostConfig updated = ResourceUpdate.with(row.hostConfig(), merged, request.restartPolicy());
      if (row.state().status().hasProcess()) {
        engine.isolate(row, backend -> backend.update(row.id(), ResourceSpec.of(ResourceUpdate.changed(asked, merged), List.of())));
      }
      FaultPoints.reach("update.limits-set");
      engine.table.update(container, isolated(row.with(updated), request.isolation()));
      FaultPoints.reach("update.row-written");
      engine.publish(row, "update", Map.of());
      return warnings;
    } finally {
      container.lock.unlock();
    }
  }

  private ContainerRow isolated(ContainerRow row, @Nullable String isolation) {
    if (isolation == null || isolation.isEmpty() || isolation.equals(row.isolation())) {
      return row;
    }
    HostConfigChecks.checkIsolation(isolation, Set.copyOf(engine.drivers.names(IsolationBackend.class)));
    if (row.state().status().hasProcess()) {
      throw ProaException.conflict(
          "cannot change the isolation of " + row.name() + " from " + row.isolation() + " to " + isolation + " while it runs: stop it first");
    }
    return row.withIsolation(isolation);
  }
}
