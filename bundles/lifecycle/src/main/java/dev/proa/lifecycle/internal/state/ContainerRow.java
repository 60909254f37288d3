package dev.proa.lifecycle.internal.state;

import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.ContainerState;
import dev.proa.lifecycle.containers.Health;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.lifecycle.networks.PortBinding;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container as the state store keeps it: a document of all, and one of its life alone, which takes its place there once there is one. For a life
 * has several changes, and the rest, which is much longer, has none.
 *
 * @param name without a slash
 * @param imageId {@code sha256:…}
 * @param config merged with the image's
 * @param hostConfig with defaults filled in
 * @param networks by name
 * @param networking what its networks gave it; null in rows of before there were bridges
 * @param storageDriver which driver holds its root, under the container's id
 * @param isolation which backend runs it
 */
public record ContainerRow(
    String id,
    String name,
    Instant created,
    String imageId,
    String platform,
    ContainerConfig config,
    HostConfig hostConfig,
    Map<String, EndpointSettings> networks,
    List<MountRow> mounts,
    String storageDriver,
    String isolation,
    State state,
    @Nullable Networking networking) {

  public static final String KIND = "container";

  public ContainerRow {
    networks = Map.copyOf(networks);
    mounts = List.copyOf(mounts);
    networking = networking == null ? Networking.NONE : networking;
  }

  /**
   * What a container's networks gave it.
   *
   * @param addresses by network, those it has or had last and gets again if they are free; without prefix length
   * @param ports by {@code 80/tcp}, where they are published now or were last
   * @param gateway the network that its default route goes to; empty for none
   * @param macs by network, those that a user asked for
   */
  public record Networking(Map<String, List<String>> addresses, Map<String, List<PortBinding>> ports, String gateway, Map<String, String> macs) {
    public static final Networking NONE = new Networking(Map.of(), Map.of(), "", Map.of());

    public Networking {
      addresses = Map.copyOf(addresses);
      ports = Map.copyOf(ports);
      macs = Map.copyOf(macs);
    }

    /** Of a container without a process. */
    public Networking detached() {
      return new Networking(addresses, ports, "", macs);
    }
  }

  /**
   * What changes with each start and end.
   *
   * @param networks as in the row
   */
  public record Life(State state, Map<String, EndpointSettings> networks, @Nullable Networking networking) {
    public static final String KIND = "container-life";
  }

  public Life life() {
    return new Life(state, networks, networking);
  }

  public ContainerRow with(Life life) {
    return new ContainerRow(
        id, name, created, imageId, platform, config, hostConfig, life.networks(), mounts, storageDriver, isolation, life.state(), life.networking());
  }

  /** Whether the two differ in nothing but their lives; not seen for copies of equal parts. */
  public boolean isMadeAs(ContainerRow other) {
    return id.equals(other.id)
        && name.equals(other.name)
        && created.equals(other.created)
        && imageId.equals(other.imageId)
        && platform.equals(other.platform)
        && config == other.config
        && hostConfig == other.hostConfig
        && mounts == other.mounts
        && storageDriver.equals(other.storageDriver)
        && isolation.equals(other.isolation);
  }

  /** What its networks gave it. */
  public Networking attached() {
    return networking == null ? Networking.NONE : networking;
  }

  /**
   * What changes as it lives.
   *
   * @param pid 0 without a process
   * @param stoppedByUser not to be started again by itself
   * @param restartCount how often the policy started it again
   */
  public record State(
      Status status,
      int pid,
      int exitCode,
      String error,
      Instant startedAt,
      Instant finishedAt,
      boolean oomKilled,
      boolean stoppedByUser,
      int restartCount,
      @Nullable Health health) {

    public static final State CREATED =
        new State(Status.CREATED, 0, 0, "", ContainerState.NEVER, ContainerState.NEVER, false, false, 0, null);

    public State with(Status other) {
      return new State(other, pid, exitCode, error, startedAt, finishedAt, oomKilled, stoppedByUser, restartCount, health);
    }

    public State started(int newPid, Instant at) {
      return new State(Status.RUNNING, newPid, 0, "", at, finishedAt, false, false, restartCount, null);
    }

    /** @param next EXITED or RESTARTING */
    public State ended(Status next, int code, Instant at, boolean oom) {
      return new State(next, 0, code, "", startedAt, at, oom, stoppedByUser, restartCount, null);
    }

    public State failed(int code, String message) {
      return new State(status, 0, code, message, startedAt, finishedAt, oomKilled, stoppedByUser, restartCount, null);
    }

    public State outOfMemory() {
      return new State(status, pid, exitCode, error, startedAt, finishedAt, true, stoppedByUser, restartCount, health);
    }

    public State stopped(boolean byUser) {
      return new State(status, pid, exitCode, error, startedAt, finishedAt, oomKilled, byUser, restartCount, health);
    }

    public State restarts(int count) {
      return new State(status, pid, exitCode, error, startedAt, finishedAt, oomKilled, stoppedByUser, count, health);
    }

    public State with(@Nullable Health other) {
      return new State(status, pid, exitCode, error, startedAt, finishedAt, oomKilled, stoppedByUser, restartCount, other);
    }

    public ContainerState view() {
      boolean restarting = status == Status.RESTARTING;
      return new ContainerState(
          status.text(),
          status.hasProcess() || restarting,
          status == Status.PAUSED,
          restarting,
          oomKilled,
          status == Status.DEAD,
          pid,
          exitCode,
          error,
          startedAt,
          finishedAt,
          health);
    }
  }

  public ContainerRow with(State other) {
    return new ContainerRow(
        id, name, created, imageId, platform, config, hostConfig, networks, mounts, storageDriver, isolation, other, networking);
  }

  public ContainerRow withName(String other) {
    return new ContainerRow(
        id, other, created, imageId, platform, config, hostConfig, networks, mounts, storageDriver, isolation, state, networking);
  }

  public ContainerRow with(HostConfig other) {
    return new ContainerRow(
        id, name, created, imageId, platform, config, other, networks, mounts, storageDriver, isolation, state, networking);
  }

  public ContainerRow withIsolation(String other) {
    return new ContainerRow(
        id, name, created, imageId, platform, config, hostConfig.withRuntime(other), networks, mounts, storageDriver, other, state, networking);
  }

  public ContainerRow withNetworks(Map<String, EndpointSettings> other, Networking given) {
    return new ContainerRow(id, name, created, imageId, platform, config, hostConfig, other, mounts, storageDriver, isolation, state, given);
  }

  /** What is executed: the entry point and the command behind it. */
  public List<String> argv() {
    List<String> entrypoint = config.entrypoint() == null ? List.of() : config.entrypoint();
    List<String> command = config.cmd() == null ? List.of() : config.cmd();
    return java.util.stream.Stream.concat(entrypoint.stream(), command.stream()).toList();
  }
}
