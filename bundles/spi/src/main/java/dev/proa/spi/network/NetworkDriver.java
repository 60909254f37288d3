package dev.proa.spi.network;

import dev.proa.spi.DriverContext;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Makes networks and attaches containers to them. {@link #attach} is CNI's ADD (fails if the endpoint exists), {@link #detach} its DEL
 * (idempotent, best effort, the namespace may be gone), {@link #check} changes nothing, {@link #sweep} releases every endpoint that is not
 * named. What the driver needs to know after a restart lies in its folders. Methods may be called from many threads, for one container
 * one after the other.
 */
@ConsumerType
public interface NetworkDriver extends AutoCloseable {

  void open(DriverContext context);

  @Override
  void close();

  /** Where a container on this driver's networks lives. */
  Sandbox sandbox();

  /** The same network again is no error; {@code ALREADY_EXISTS} for another one of the same id. */
  void createNetwork(NetworkConfig network);

  /** Idempotent. {@code CONFLICT} while it has endpoints. */
  void deleteNetwork(String networkId);

  Endpoint attach(AttachRequest request);

  void detach(String networkId, String endpointId);

  void check(String networkId, String endpointId);

  void sweep(Collection<String> endpointIds);

  enum Sandbox {
    /** A network namespace of its own. */
    OWN,
    /** The host's network namespace. */
    HOST
  }

  record NetworkConfig(String id, String name, Map<String, String> options) {
    public NetworkConfig {
      options = Map.copyOf(options);
    }
  }

  /**
   * @param networkNamespace path of the container's namespace; null for {@link Sandbox#HOST}
   * @param interfaceName wished name inside, such as {@code eth0}
   */
  record AttachRequest(String networkId, String endpointId, String containerId, @Nullable String networkNamespace, String interfaceName) {}

  /** What came of it; empty lists and null where the driver gives none. Addresses with prefix length. */
  record Endpoint(
      String endpointId, @Nullable String interfaceName, @Nullable String macAddress, List<String> addresses, @Nullable String gateway) {
    public Endpoint {
      addresses = List.copyOf(addresses);
    }
  }
}
