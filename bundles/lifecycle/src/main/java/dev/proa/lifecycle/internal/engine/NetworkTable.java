package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.Ids;
import dev.proa.lifecycle.internal.Json;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.lifecycle.networks.Network;
import dev.proa.lifecycle.networks.NetworkCreateRequest;
import dev.proa.lifecycle.networks.Networks;
import dev.proa.spi.ProaException;
import dev.proa.store.StateStore;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The three networks that always exist; their ids are made at the first start of a data root and kept. */
final class NetworkTable implements Networks {
  private static final String KIND = "network";
  private static final Set<String> FILTERS = Set.of("dangling", "driver", "id", "label", "name", "scope", "type");

  /** A network's row. */
  record NetworkRow(String id, String name, String driver, Instant created) {}

  private final Map<String, NetworkRow> networks = new LinkedHashMap<>();
  private final Supplier<Collection<Container>> containers;

  NetworkTable(StateStore store, Supplier<Collection<Container>> containers) {
    this.containers = containers;
    store
        .all(KIND)
        .forEach(
            (id, body) -> {
              NetworkRow row = Json.read(body, NetworkRow.class, "network " + id);
              networks.put(row.name(), row);
            });
    List<NetworkRow> missing =
        List.of(row("bridge", "bridge"), row("host", "host"), row("none", "null")).stream().filter(row -> !networks.containsKey(row.name())).toList();
    if (!missing.isEmpty()) {
      store.write(transaction -> missing.forEach(row -> transaction.put(KIND, row.id(), Json.write(row))));
      missing.forEach(row -> networks.put(row.name(), row));
    }
  }

  private static NetworkRow row(String name, String driver) {
    return new NetworkRow(Ids.random(), name, driver, Instant.now());
  }

  boolean has(String ref) {
    return networks.containsKey(ref) || networks.values().stream().anyMatch(row -> !ref.isEmpty() && row.id().startsWith(ref));
  }

  /** {@code NOT_FOUND} "network X not found". */
  NetworkRow get(String ref) {
    NetworkRow named = networks.get(ref);
    if (named != null) {
      return named;
    }
    List<NetworkRow> byId = networks.values().stream().filter(row -> !ref.isEmpty() && row.id().startsWith(ref)).toList();
    if (byId.size() > 1) {
      throw ProaException.invalid("network " + ref + " is ambiguous (" + byId.size() + " matches found on ID prefix)");
    }
    if (byId.isEmpty()) {
      throw ProaException.notFound("network " + ref + " not found");
    }
    return byId.getFirst();
  }

  @Override
  public List<Network> list(Map<String, List<String>> filters) {
    Filters.check(filters, FILTERS);
    for (String type : Filters.values(filters, "type")) {
      if (!type.equals("custom") && !type.equals("builtin")) {
        throw ProaException.invalid("invalid filter 'type=" + type + "'");
      }
    }
    return networks.values().stream()
        .filter(row -> Filters.any(filters, "driver", row.driver()::equals))
        .filter(row -> Filters.any(filters, "id", row.id()::startsWith))
        .filter(row -> Filters.any(filters, "name", row.name()::contains))
        .filter(row -> Filters.any(filters, "scope", "local"::equals))
        .filter(row -> Filters.any(filters, "type", "builtin"::equals))
        .filter(row -> Filters.labels(filters, Map.of()))
        .filter(row -> Filters.dangling(filters, false))
        .map(row -> view(row, false))
        .toList();
  }

  @Override
  public Network inspect(String ref) {
    return view(get(ref), true);
  }

  private Network view(NetworkRow row, boolean attached) {
    Map<String, Network.NetworkContainer> endpoints = new LinkedHashMap<>();
    if (attached) {
      for (Container container : containers.get()) {
        ContainerRow its = container.row();
        EndpointSettings endpoint = its.networks().get(row.name());
        if (endpoint != null && its.state().status().hasProcess()) {
          endpoints.put(
              container.id(),
              new Network.NetworkContainer(its.name(), orEmpty(endpoint.endpointId()), orEmpty(endpoint.macAddress()), "", ""));
        }
      }
    }
    Network.Ipam ipam = new Network.Ipam("default", null, row.driver().equals("bridge") ? List.of() : null);
    return new Network(
        row.name(),
        row.id(),
        row.created(),
        "local",
        row.driver(),
        true,
        false,
        ipam,
        false,
        false,
        false,
        new Network.ConfigReference(""),
        false,
        endpoints,
        Map.of(),
        Map.of());
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  @Override
  public Created create(NetworkCreateRequest request) {
    String name = orEmpty(request.name());
    if (name.isEmpty()) {
      throw ProaException.invalid("invalid network name: name is empty");
    }
    if (networks.containsKey(name)) {
      throw ProaException.conflict("network with name " + name + " already exists");
    }
    throw ProaException.notImplemented("cannot create network " + name + ": only the networks bridge, host and none exist yet");
  }

  @Override
  public void remove(String ref) {
    NetworkRow row = get(ref);
    throw ProaException.permissionDenied(row.name() + " is a pre-defined network and cannot be removed");
  }

  @Override
  public void connect(String ref, String container, @Nullable EndpointSettings settings) {
    get(ref);
    throw ProaException.notImplemented("cannot connect " + container + " to network " + ref + ": a container keeps its network for now");
  }

  @Override
  public void disconnect(String ref, String container, boolean force) {
    get(ref);
    throw ProaException.notImplemented("cannot disconnect " + container + " from network " + ref + ": a container keeps its network for now");
  }

  @Override
  public List<String> prune(Map<String, List<String>> filters) {
    Filters.check(filters, Set.of("label", "label!", "until"));
    return List.of();
  }
}
