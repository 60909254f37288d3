package dev.proa.plugins.fake;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** A driver that knows its version; the tests pack it into bundles, so that its class is another in each. */
public final class FakeNetwork implements NetworkDriver {
  private final String version;
  private final Map<String, String> behaviour;
  private final AtomicBoolean open = new AtomicBoolean();

  public FakeNetwork(String version, Map<String, String> behaviour) {
    this.version = version;
    this.behaviour = behaviour;
  }

  public static final class OwnFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OwnFailure(String message) {
      super(message);
    }
  }

  @Override
  public void open(DriverContext context) {
    switch (behaviour.getOrDefault("open", "")) {
      case "fails" -> throw new OwnFailure("the gate is shut");
      case "skips" -> throw ProaException.failedPrecondition("this host has no wires");
      default -> open.set(true);
    }
    context.stateDir();
  }

  @Override
  public void close() {
    open.set(false);
  }

  @Override
  public Sandbox sandbox() {
    return Sandbox.OWN;
  }

  @Override
  public Addressing addressing() {
    return Addressing.NONE;
  }

  @Override
  public void update(UpdateRequest request) {}

  @Override
  public void createNetwork(NetworkConfig network) {
    throw new OwnFailure("no network " + network.name());
  }

  @Override
  public void deleteNetwork(String networkId) {
    throw new ProaException(dev.proa.spi.ErrorClass.CONFLICT, "in use", new OwnFailure("inner"));
  }

  @Override
  public Endpoint attach(AttachRequest request) {
    if (!open.get()) {
      throw new IllegalStateException("version " + version + " is closed");
    }
    return new Endpoint(request.endpointId(), null, version, List.of(), null);
  }

  @Override
  public void detach(String networkId, String endpointId) {}

  @Override
  public void check(String networkId, String endpointId) {}

  @Override
  public void sweep(Collection<String> endpointIds) {}
}
