package dev.proa.network.none;

import dev.proa.spi.conformance.NetworkDriverSuite;
import dev.proa.spi.network.NetworkDriver;

class NoneDriverTest extends NetworkDriverSuite {
  @Override
  protected NetworkDriver newDriver() {
    return new NoneDriver();
  }
}
