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
 * named and repairs what the others need. What the driver needs to know after a restart lies in its folders. Methods may be called from many
 * threads, for one container one after the other.
 *
 * <p>The engine gives addresses and ports: which of them are free it knows for all drivers together. A driver does the work in the kernel.
 */
@ConsumerType
public interface NetworkDriver extends AutoCloseable {

  /** Makes nothing in the kernel: what a host cannot do is told by the call that needs it. */
  void open(DriverContext context);

  /** What serves nobody may be taken down; what containers use stays. Idempotent. */
  @Override
  void close();

  /** Where a container on this driver's networks lives. */
  Sandbox sandbox();

  /** Whether the engine chooses subnets and addresses for this driver's networks. */
  Addressing addressing();

  /** The same network again is no error; {@code ALREADY_EXISTS} for another one of the same id. Nothing is left by a failure. */
  void createNetwork(NetworkConfig network);

  /** Idempotent. {@code CONFLICT} while it has endpoints. */
  void deleteNetwork(String networkId);

  /** {@code ALREADY_EXISTS} for an endpoint, or an interface in the namespace, that is there. Nothing is left by a failure. */
  Endpoint attach(AttachRequest request);

  /**
   * Changes what a container's other endpoints have a say in: which of them has the default route, and with it the published ports. All at once:
   * after a failure the endpoint is as before. {@code NOT_FOUND} without the endpoint.
   */
  void update(UpdateRequest request);

  /** Idempotent. Everything of the endpoint is gone afterwards, also from a container that goes on. */
  void detach(String networkId, String endpointId);

  /**
   * The same for a container that has ended: its namespace goes, and with it what lies there. Afterwards no published port leads to the endpoint and
   * the network can be removed, but links may need a moment more, as long as nobody can tell. {@link #close} and {@link #sweep} wait for that.
   */
  default void release(String networkId, String endpointId) {
    detach(networkId, endpointId);
  }

  /** {@code NOT_FOUND} without the endpoint, {@code FAILED_PRECONDITION} when something that it needs is gone. */
  void check(String networkId, String endpointId);

  void sweep(Collection<String> endpointIds);

  enum Sandbox {
    /** A network namespace of its own. */
    OWN,
    /** The host's network namespace. */
    HOST
  }

  enum Addressing {
    /** Endpoints have no addresses. */
    NONE,
    /** The engine gives each network its subnets and each endpoint its addresses. */
    ENGINE
  }

  /** Transport protocols with ports. */
  enum Protocol {
    TCP,
    UDP,
    SCTP
  }

  /**
   * @param subnets of IPv4, IPv6 or both; empty with {@link Addressing#NONE}
   * @param internal without a way to anything beyond the network
   * @param options the user's, such as {@code com.docker.network.driver.mtu}; {@code INVALID_ARGUMENT} for a bad value of a known one
   */
  record NetworkConfig(String id, String name, Map<String, String> options, List<Subnet> subnets, boolean internal) {
    public NetworkConfig {
      options = Map.copyOf(options);
      subnets = List.copyOf(subnets);
    }

    /** One without addresses. */
    public NetworkConfig(String id, String name, Map<String, String> options) {
      this(id, name, options, List.of(), false);
    }
  }

  /**
   * @param prefix {@code 172.17.0.0/16}
   * @param gateway the host's address in it, without prefix length
   */
  record Subnet(String prefix, String gateway) {}

  /**
   * A port of the host that leads to one of the container's.
   *
   * @param hostAddress one of the host's addresses; {@code 0.0.0.0} or {@code ::} for all of that family
   * @param hostPort 0 on a network whose containers are reached at their own addresses: the container's port is opened and nothing is rewritten
   */
  record PublishedPort(Protocol protocol, String hostAddress, int hostPort, int containerPort) {}

  /**
   * @param networkNamespace path of the container's namespace; null for {@link Sandbox#HOST}
   * @param interfaceName wished name inside, such as {@code eth0}
   * @param macAddress null lets the driver choose
   * @param addresses with the length of the network's prefix, of each of its families at most one
   * @param defaultRoute whether the container's default route goes here
   * @param linkLocalAddresses further addresses that are no business of the network's, with prefix length
   * @param options the user's, for this endpoint, such as {@code com.docker.network.endpoint.sysctls}
   */
  record AttachRequest(
      String networkId,
      String endpointId,
      String containerId,
      @Nullable String networkNamespace,
      String interfaceName,
      @Nullable String macAddress,
      List<String> addresses,
      boolean defaultRoute,
      List<PublishedPort> ports,
      List<String> linkLocalAddresses,
      Map<String, String> options) {
    public AttachRequest {
      addresses = List.copyOf(addresses);
      ports = List.copyOf(ports);
      linkLocalAddresses = List.copyOf(linkLocalAddresses);
      options = Map.copyOf(options);
    }

    /** Without addresses. */
    public AttachRequest(String networkId, String endpointId, String containerId, @Nullable String networkNamespace, String interfaceName) {
      this(networkId, endpointId, containerId, networkNamespace, interfaceName, null, List.of(), false, List.of(), List.of(), Map.of());
    }
  }

  /** What an endpoint is to be from now on; see {@link AttachRequest}. */
  record UpdateRequest(
      String networkId, String endpointId, @Nullable String networkNamespace, boolean defaultRoute, List<PublishedPort> ports) {
    public UpdateRequest {
      ports = List.copyOf(ports);
    }
  }

  /** What came of it; empty lists and null where the driver gives none. Addresses with prefix length. */
  record Endpoint(
      String endpointId, @Nullable String interfaceName, @Nullable String macAddress, List<String> addresses, @Nullable String gateway) {
    public Endpoint {
      addresses = List.copyOf(addresses);
    }
  }
}
