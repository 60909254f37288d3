package dev.proa.lifecycle.internal.engine;

import dev.proa.images.CommitRequest;
import dev.proa.images.ImageConfig;
import dev.proa.lifecycle.containers.Containers.CommitOptions;
import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.HealthConfig;
import dev.proa.lifecycle.internal.create.ConfigMerge;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code docker commit}: a container becomes an image. Its processes are frozen meanwhile if the client wants it so. */
final class Committing {
  private static final Logger LOG = LoggerFactory.getLogger(Committing.class);

  private final Engine engine;
  private final ContainerService containers;

  Committing(Engine engine, ContainerService containers) {
    this.engine = engine;
    this.containers = containers;
  }

  String commit(Container container, CommitOptions options) {
    ContainerRow row = container.row();
    switch (row.state().status()) {
      case REMOVING -> throw ProaException.conflict("You cannot commit container " + row.id() + " which is being removed");
      case DEAD -> throw ProaException.conflict("You cannot commit container " + row.id() + " which is Dead");
      default -> {}
    }
    CommitRequest request = request(row, options);
    engine.images.checkCommit(request);
    boolean pause = options.pause() && pause(container);
    String id;
    try {
      id = ContainerLayer.use(engine, row, Set.of(), diff -> engine.images.commit(request, diff));
    } catch (IOException e) {
      throw Trees.failure("cannot commit container " + row.name(), e);
    } finally {
      if (pause) {
        goOn(row);
      }
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("comment", request.comment());
    attributes.put("imageID", id);
    attributes.put("imageRef", request.repository() == null ? "" : engine.images.resolve(id).repoTags().stream().findFirst().orElse(""));
    engine.publish(row, "commit", attributes);
    return id;
  }

  /** False if there is nothing to be frozen, or not any more. */
  private boolean pause(Container container) {
    if (container.row().state().status() != Status.RUNNING) {
      return false;
    }
    try {
      containers.pause(container.id());
      return true;
    } catch (ProaException e) {
      if (container.row().state().status() == Status.RUNNING) {
        throw e;
      }
      LOG.debug("container {} ended before its commit: {}", container.row().name(), e.getMessage());
      return false;
    }
  }

  /** Somebody may have ended or resumed it meanwhile. */
  private void goOn(ContainerRow row) {
    try {
      containers.unpause(row.id());
    } catch (ProaException e) {
      LOG.info("container {} is not resumed after its commit: {}", row.name(), e.getMessage());
    }
  }

  private static CommitRequest request(ContainerRow row, CommitOptions options) {
    ImageConfig own = imageConfig(row.config());
    ContainerConfig asked = options.config();
    ImageConfig config = asked == null ? own : imageConfig(ConfigMerge.merge(asked, own, ""));
    return new CommitRequest(
        row.imageId(),
        options.repository(),
        options.tag(),
        config,
        options.changes(),
        options.author(),
        options.comment(),
        String.join(" ", row.config().cmd() == null ? List.of() : row.config().cmd()),
        row.id());
  }

  private static ImageConfig imageConfig(ContainerConfig config) {
    return new ImageConfig(
        orEmpty(config.user()),
        keys(config.exposedPorts()),
        config.env(),
        config.entrypoint(),
        config.cmd(),
        keys(config.volumes()),
        orEmpty(config.workingDir()),
        config.labels(),
        orEmpty(config.stopSignal()),
        config.stopTimeout(),
        healthcheck(config.healthcheck()),
        config.onBuild(),
        config.shell(),
        config.argsEscaped());
  }

  private static ImageConfig.@Nullable Healthcheck healthcheck(@Nullable HealthConfig check) {
    return check == null
        ? null
        : new ImageConfig.Healthcheck(
            check.test() == null ? List.of() : check.test(),
            Duration.ofNanos(check.interval()),
            Duration.ofNanos(check.timeout()),
            Duration.ofNanos(check.startPeriod()),
            Duration.ofNanos(check.startInterval()),
            check.retries());
  }

  private static @Nullable Set<String> keys(@Nullable Map<String, Object> map) {
    return map == null ? null : map.keySet();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
