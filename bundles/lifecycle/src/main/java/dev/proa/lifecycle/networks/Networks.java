package dev.proa.lifecycle.networks;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The networks. {@code bridge}, {@code host} and {@code none} always exist. Until bridges arrive, {@code bridge} behaves as {@code none}
 * and the creation of a container says so in its warnings; making further networks fails with {@code NOT_IMPLEMENTED}.
 */
@ProviderType
public interface Networks {

  /** @param filters driver, id, label, name, scope, type (custom, builtin), dangling; {@code INVALID_ARGUMENT} for others */
  List<Network> list(Map<String, List<String>> filters);

  /** @param ref name, id or a prefix of an id that only one has; {@code NOT_FOUND} "network X not found" */
  Network inspect(String ref);

  Created create(NetworkCreateRequest request);

  void remove(String ref);

  void connect(String ref, String container, @Nullable EndpointSettings settings);

  void disconnect(String ref, String container, boolean force);

  /** Removes unused networks; the names of those that went. */
  List<String> prune(Map<String, List<String>> filters);

  record Created(String id, String warning) {}
}
