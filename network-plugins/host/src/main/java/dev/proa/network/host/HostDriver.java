package dev.proa.network.host;

import dev.proa.network.ledger.EndpointLedger;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The host's own network namespace: a container on it shares the host's interfaces and ports.
 */
public sealed class HostDriver implements NetworkDriver permits HostComponent {
  /** The value of {@link dev.proa.spi.Driver#NAME}, which is Docker's name for it. */
  public static final String NAME = "host";

  private volatile @Nullable EndpointLedger ledger;

  @Override
  public void open(DriverContext context) {
    ledger = new EndpointLedger(context);
  }

  @Override
  public void close() {
    ledger = null;
  }

  private EndpointLedger ledger() {
    EndpointLedger current = ledger;
    if (current == null) {
      throw ProaException.unavailable("network driver " + NAME + " is closed", null);
    }
    return current;
  }

  @Override
  public Sandbox sandbox() {
    return Sandbox.HOST;
  }

  @Override
  public Addressing addressing() {
    return Addressing.NONE;
  }

  @Override
  public void createNetwork(NetworkConfig network) {
    ledger().create(network);
  }

  @Override
  public void deleteNetwork(String networkId) {
    ledger().delete(networkId);
  }

  @Override
  public Endpoint attach(AttachRequest request) {
    if (request.networkNamespace() != null) {
      throw ProaException.invalid("a container on network driver host has no network namespace of its own: " + request.networkNamespace());
    }
    ledger().attach(request.networkId(), request.endpointId());
    return new Endpoint(request.endpointId(), null, null, List.of(), null);
  }

  /** There is neither a route nor a port to change. */
  @Override
  public void update(UpdateRequest request) {
    ledger().check(request.networkId(), request.endpointId());
  }

  @Override
  public void detach(String networkId, String endpointId) {
    ledger().detach(networkId, endpointId);
  }

  @Override
  public void check(String networkId, String endpointId) {
    ledger().check(networkId, endpointId);
  }

  @Override
  public void sweep(Collection<String> endpointIds) {
    ledger().sweep(endpointIds);
  }
}
