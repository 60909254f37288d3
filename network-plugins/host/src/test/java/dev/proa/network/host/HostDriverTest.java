package dev.proa.network.host;

import dev.proa.spi.conformance.NetworkDriverSuite;
import dev.proa.spi.network.NetworkDriver;

class HostDriverTest extends NetworkDriverSuite {
  @Override
  protected NetworkDriver newDriver() {
    return new HostDriver();
  }
}
