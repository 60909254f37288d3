package dev.proa.lifecycle.internal.engine;

import dev.proa.images.ImageRecord;
import dev.proa.images.ImageUsers;
import dev.proa.lifecycle.containers.ContainerSummary;
import dev.proa.lifecycle.containers.Containers.ListOptions;
import dev.proa.lifecycle.containers.Health;
import dev.proa.lifecycle.internal.ports.PortSpec;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which containers a list has: the API's filters. */
final class ContainerList {
  private static final Set<String> FILTERS =
      Set.of(
          "ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network", "publish", "since", "status",
          "volume");

  private final Engine engine;
  private final ContainerViews views;

  ContainerList(Engine engine, ContainerViews views) {
    this.engine = engine;
    this.views = views;
  }

  List<ContainerSummary> list(ListOptions options) {
    Map<String, List<String>> filters = options.filters();
    Filters.check(filters, FILTERS);
    checkValues(filters);
    Instant before = created(filters, "before");
    Instant since = created(filters, "since");
    Set<String> ancestors = ancestors(filters);
    // These ask for containers that do not run, so they mean all.
    boolean all =
        options.all() || options.limit() > 0 || filters.containsKey("status") || filters.containsKey("exited") || before != null || since != null;
    Stream<Container> chosen =
        engine.table.all().stream()
            .filter(container -> all || ContainerViews.isUp(container.row().state().status()))
            .filter(container -> matches(container.row(), filters))
            .filter(container -> ancestors == null || ancestors.contains(container.row().imageId()))
            .filter(container -> before == null || container.row().created().isBefore(before))
            .filter(container -> since == null || container.row().created().isAfter(since))
            .sorted(Comparator.comparing((Container container) -> container.row().created()).reversed());
    if (options.limit() > 0) {
      chosen = chosen.limit(options.limit());
    }
    Map<String, List<String>> linkNames = new LegacyLinks(engine.table).names();
    Map<String, String> imageIds = new HashMap<>();
    return chosen
        .map(container -> views.summary(container, options.size(), linkNames.getOrDefault(container.id(), List.of()), imageIds))
        .toList();
  }

  private static void checkValues(Map<String, List<String>> filters) {
    Filters.flag(filters, "is-task");
    for (String status : Filters.values(filters, "status")) {
      if (Stream.of(Status.values()).noneMatch(known -> known.text().equals(status))) {
        throw ProaException.invalid(
            "invalid filter 'status=" + status + "': invalid value for state (" + status
                + "): must be one of created, running, paused, restarting, removing, exited, dead");
      }
    }
    for (String health : Filters.values(filters, "health")) {
      if (!Set.of("none", "starting", "healthy", "unhealthy").contains(health)) {
        throw ProaException.invalid(
            "invalid filter 'health=" + health + "': invalid value for health (" + health + "): must be one of none, starting, healthy, unhealthy");
      }
    }
    for (String code : Filters.values(filters, "exited")) {
      try {
        Integer.parseInt(code);
      } catch (NumberFormatException e) {
        throw ProaException.invalid("invalid filter 'exited=" + code + "': strconv.Atoi: parsing \"" + code + "\": invalid syntax");
      }
    }
  }

  private @Nullable Instant created(Map<String, List<String>> filters, String name) {
    Instant result = null;
    for (String ref : Filters.values(filters, name)) {
      result = engine.table.get(ref).row().created();
    }
    return result;
  }

  /** Who was made from an image, or mounts it. */
  List<ImageUsers.ImageUser> usersOf(String imageId) {
    return engine.table.rows().stream()
        .filter(row -> row.imageId().equals(imageId) || row.mounts().stream().anyMatch(mount -> mount.image() != null && mount.image().id().equals(imageId)))
        .map(row -> new ImageUsers.ImageUser(row.id(), row.state().status().hasProcess() || row.state().status() == Status.RESTARTING))
        .toList();
  }

  /** Ids of the images that are named, and of all that were built on them; null without the filter. */
  private @Nullable Set<String> ancestors(Map<String, List<String>> filters) {
    List<String> names = Filters.values(filters, "ancestor");
    if (names.isEmpty()) {
      return null;
    }
    Set<String> ids = new HashSet<>();
    for (String name : names) {
      try {
        ImageRecord ancestor = engine.images.resolve(name);
        ids.add(ancestor.id());
        for (ImageRecord image : engine.images.list(Map.of())) {
          if (image.layers().size() >= ancestor.layers().size() && image.layers().subList(0, ancestor.layers().size()).equals(ancestor.layers())) {
            ids.add(image.id());
          }
        }
      } catch (ProaException e) {
        // An unknown ancestor has no descendants.
        if (!e.is(ErrorClass.NOT_FOUND)) {
          throw e;
        }
      }
    }
    return ids;
  }

  private boolean matches(ContainerRow row, Map<String, List<String>> filters) {
    return Filters.any(filters, "id", row.id()::startsWith)
        && Filters.any(filters, "name", name -> Filters.matches(row.name(), name) || Filters.matches("/" + row.name(), name))
        && Filters.any(filters, "status", row.state().status().text()::equals)
        && Filters.any(filters, "exited", code -> exited(row, code))
        && Filters.labels(filters, Engine.labels(row))
        && Filters.any(filters, "health", health(row.state().health())::equals)
        && Filters.any(filters, "volume", volume -> row.mounts().stream().anyMatch(mount -> isVolume(mount, volume)))
        && Filters.any(filters, "network", network -> onNetwork(row, network))
        && Filters.any(filters, "expose", port -> exposes(row, port))
        && Filters.any(filters, "publish", port -> publishes(row, port))
        && Filters.any(filters, "is-task", value -> !Filters.flag(filters, "is-task"));
  }

  private static boolean exited(ContainerRow row, String code) {
    return row.state().status() != Status.CREATED
        && !row.state().status().hasProcess()
        && row.state().exitCode() == Integer.parseInt(code);
  }

  private static String health(@Nullable Health health) {
    return health == null ? "none" : health.status().toLowerCase(Locale.ROOT);
  }

  private static boolean isVolume(MountRow mount, String volume) {
    return volume.equals(mount.volume()) || mount.destination().equals(volume) || mount.source().equals(volume);
  }

  private boolean onNetwork(ContainerRow row, String network) {
    return row.networks().entrySet().stream()
        .anyMatch(entry -> entry.getKey().equals(network) || String.valueOf(entry.getValue().networkId()).startsWith(network));
  }

  private static boolean exposes(ContainerRow row, String wanted) {
    Map<String, Object> exposed = row.config().exposedPorts();
    return exposed != null && overlap(exposed.keySet(), wanted);
  }

  /** By the container's port or by the host's. */
  private static boolean publishes(ContainerRow row, String wanted) {
    Set<String> published = new HashSet<>();
    row.attached()
        .ports()
        .forEach(
            (port, bindings) -> {
              if (bindings != null && !bindings.isEmpty()) {
                published.add(port);
                bindings.stream()
                    .filter(binding -> EndpointPorts.number(binding) != 0)
                    .forEach(binding -> published.add(binding.hostPort() + port.substring(port.indexOf('/'))));
              }
            });
    return row.state().status().hasProcess() && overlap(published, wanted);
  }

  /** {@code 80}, {@code 80/udp} or {@code 80-90/tcp}. */
  private static boolean overlap(Set<String> ports, String wanted) {
    Set<String> all = new HashSet<>();
    ports.forEach(range -> all.addAll(PortSpec.expanded(range)));
    return PortSpec.expanded(wanted).stream().anyMatch(all::contains);
  }
}
