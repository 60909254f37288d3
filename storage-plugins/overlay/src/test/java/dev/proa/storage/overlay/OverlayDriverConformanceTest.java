package dev.proa.storage.overlay;

import dev.proa.spi.conformance.StorageDriverSuite;
import dev.proa.spi.storage.StorageDriver;

class OverlayDriverConformanceTest extends StorageDriverSuite {
  @Override
  protected StorageDriver newDriver() {
    return new OverlayDriver();
  }
}
